"""The hosted application: what it holds is let go before the server hears that it has ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entaku.hosts.asgi import application

pytestmark = pytest.mark.engine("sqlite")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the application."""
    monkeypatch.setenv("ENTAKU_DATA", str(tmp_path))
    return tmp_path


def log_files(data: Path) -> list[str]:
    """Which the engine has beside its table while it is open."""
    return sorted(file.name for file in data.glob("entaku.db-*"))


async def live(data: Path) -> list[tuple[str, list[str]]]:
    """The whole life of the application: what it says, and what is open then."""
    said: list[tuple[str, list[str]]] = []
    told = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Any:
        return {"type": next(told)}

    async def send(message: Any) -> None:
        said.append((message["type"], log_files(data)))

    await application()({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
    return said


async def test_the_table_is_closed_when_the_server_hears_of_the_end(data: Path) -> None:
    said = await live(data)

    assert said == [
        ("lifespan.startup.complete", ["entaku.db-shm", "entaku.db-wal"]),
        ("lifespan.shutdown.complete", []),
    ]


async def test_an_application_that_cannot_start_says_why(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTAKU_PORT", "many")

    said = await live(data)

    assert said == [("lifespan.startup.failed", [])]
