"""What the kit's tests run against: the toy application, started in this process, and callers of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from entaku.api.in_process import InProcess, in_process
from tests.api.toy_app import create_toy

ANN = {"Authorization": "Bearer ann@acme"}
ROOT = {"Authorization": "Bearer root@acme"}


@pytest.fixture
async def api() -> AsyncIterator[InProcess]:
    async with in_process(create_toy()) as client:
        yield client
