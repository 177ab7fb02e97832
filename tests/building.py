"""The whole application on the engine that was asked for, as `build` wires it there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from entaku.core.clock import Clock
from entaku.core.config import Config
from entaku.main import App, build
from entaku.table.driver import Driver
from tests.engines import ENGINES

Wrap = Callable[[Driver], Driver]


async def build_on(
    engine: str, folder: Path, clock: Clock | None = None, *, wrap: Wrap | None = None, **settings: Any
) -> App:
    """An application with a data folder and an empty table of its own; `close` follows.

    On the embedded engine it hears of changes and remembers pages, unless its driver is wrapped.
    """
    config = Config(data=folder, request_log=False, **settings)
    if engine == "sqlite" and wrap is None:
        return await build(config, clock=clock)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    driver = await ENGINES[engine](folder, clock)
    return await build(config, driver=driver if wrap is None else wrap(driver), clock=clock)
