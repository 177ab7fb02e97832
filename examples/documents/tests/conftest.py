"""What is tested: the module of this package."""

from __future__ import annotations

import pytest
from documents import module

from entaku import Module


@pytest.fixture
def entaku_modules() -> list[Module]:
    return [module]
