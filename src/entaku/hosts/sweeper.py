"""Physically removes what has expired, now and then, in the background of a serving process.

Nothing depends on it: what has expired is absent for every reader at once. It keeps the file from growing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from entaku.core.errors import EntakuError
from entaku.table import Table

log = logging.getLogger(__name__)

EVERY_S = 60.0
BATCH = 500


async def sweep_for_ever(table: Table, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Sweeps once a minute until it is cancelled. A sweep that fails is logged, and the next one tries again.

    Several processes may sweep the same table.
    """
    while True:
        await pause(EVERY_S)
        try:
            while await table.remove_expired(limit=BATCH) == BATCH:
                await pause(0)  # Lets requests go first.
        except EntakuError as error:
            log.warning("expired items were not removed: %s", error)
