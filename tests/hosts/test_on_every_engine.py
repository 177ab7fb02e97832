"""The hosted application on the engine that was asked for: it starts on an empty table, answers and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.api.in_process import in_process
from entaku.hosts.asgi import application
from tests.engines import settings_of


async def test_the_service_starts_answers_and_starts_again(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ENTAKU_DATA": str(tmp_path), "ENTAKU_REQUEST_LOG": "false", **settings_of(engine)}.items():
        monkeypatch.setenv(name, value)

    for _ in range(2):
        async with in_process(application()) as client:
            assert (await client.call("GET", "/healthz")).status == 200
            assert (await client.call("GET", "/api/me", headers={"Authorization": "Bearer nobody's"})).status == 401
