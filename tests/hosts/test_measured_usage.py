"""The system with `measure_usage`: units are in the metrics by pattern, and written down by tenant when it ends."""

from __future__ import annotations

from pathlib import Path

from entaku.api.in_process import in_process
from entaku.core.config import Config
from entaku.main import build
from entaku.table.metering.usage import read_usage


async def test_units_are_in_the_metrics_by_pattern_and_written_down_by_tenant(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "data", measure_usage=True, metrics_public=True, request_log=False)
    app = await build(config)
    async with in_process(app.http()) as client:
        await app.table.for_tenant("acme").find_many([])
        await app.accounts.tenants.list(app.operator(), limit=1)
        text = (await client.call("GET", "/metrics")).body.decode()
    await app.close()

    assert 'entaku_table_units_total{kind="read",pattern="TENANT.by_name"} 4.0' in text
    assert [(line.tenant, line.what) for line in read_usage(config.usage)] == [("", "TENANT.by_name")]


async def test_without_it_nothing_stands_between_the_table_and_its_engine(tmp_path: Path) -> None:
    app = await build(Config(data=tmp_path / "data"))

    assert type(app.table.driver).__name__ == "SqliteDriver"
    await app.close()
    assert not (tmp_path / "data" / "usage").exists()
