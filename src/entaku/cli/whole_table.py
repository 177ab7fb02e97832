"""Opens the table as a whole, below its tenants: for those commands that keep, move or mend all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from entaku.cli.session import configured
from entaku.core.errors import NotFound

if TYPE_CHECKING:
    from entaku.core.clock import Clock
    from entaku.core.config import Config
    from entaku.table import Model
    from entaku.table.blobs.store import BlobStore
    from entaku.table.driver import Driver

T = TypeVar("T")


class WholeTable(NamedTuple):
    """What such a command works on."""

    driver: Driver
    model: Model
    clock: Clock
    blobs: BlobStore | None


def with_whole_table(work: Callable[[WholeTable], Awaitable[T]], *, founds: bool = False) -> T:
    """Runs the work on the table of the settings. Only what `founds` a table makes one that is not there."""
    config = configured()

    async def opened() -> T:
        async with open_whole_table(config, founds=founds) as table:
            return await work(table)

    return asyncio.run(opened())


@asynccontextmanager
async def open_whole_table(
    config: Config, *, founds: bool, model: Model | None = None, named_by: str = "--data or ENTAKU_DATA"
) -> AsyncGenerator[WholeTable]:
    """For a model, or the one of the settings. Raises NotFound where there is no table and none is founded, with the
    option by which another is named."""
    from entaku.core.clock import SystemClock
    from entaku.engines import blob_store, open_engine
    from entaku.main import model as model_of
    from entaku.main import modules_of

    if config.is_embedded and not founds and not config.database.exists():
        raise NotFound(f"nothing is kept in folder {config.data} yet; name another with {named_by}")
    declared, clock = model or model_of(modules_of(config)), SystemClock()
    if founds and config.is_embedded:
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    driver, _ = await open_engine(config, declared, founds=founds)
    try:
        blobs = blob_store(config, clock)
        try:
            yield WholeTable(driver, declared, clock, blobs)
        finally:
            if blobs is not None:
                await blobs.close()
    finally:
        await driver.close()
