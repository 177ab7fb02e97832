"""The gaps that no other test sees: what is told to who asks an engine for something that it has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.core.config import config_from
from entaku.core.errors import Invalid
from entaku.table.drivers.sqlite import open_sqlite
from tests.building import build_on


async def test_pages_are_remembered_on_the_embedded_engine_alone(engine: str, tmp_path: Path) -> None:
    app = await build_on(engine, tmp_path)

    assert (app.tail is not None) == (engine == "sqlite")
    await app.close()


def test_there_is_no_setting_for_a_cache_of_amazon() -> None:
    with pytest.raises(Invalid, match="no setting 'dax_endpoint'"):
        config_from('dax_endpoint = "http://127.0.0.1:8111"', {})


async def test_the_embedded_engine_takes_no_address(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        await open_sqlite(tmp_path / "http://example.com/table.db")
