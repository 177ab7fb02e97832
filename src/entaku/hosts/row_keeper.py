"""Keeps rows up to date in the background of a serving process, where the settings want rows.

Lists are right without it, because they evaluate from the truth what is pending; it keeps them fast, and is what
announces. Every process does it, one tenant after the other: whoever is first has done it for all.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable

from entaku.core.errors import EntakuError
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.main import App

log = logging.getLogger(__name__)

EVERY_S = 2.0
SWEEP_EVERY = 15
"""In so many rounds once it is looked what has started or ended by itself: a query for each day and shard."""


async def keep_rows_for_ever(app: App, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Goes through all tenants every other second until it is cancelled. What fails is logged, and tried again."""
    for turn in itertools.count():
        await pause(EVERY_S)
        try:
            await _keep(app, sweeps=turn % SWEEP_EVERY == 0)
        except EntakuError as error:
            log.warning("rows were not brought up to date: %s", error)


async def _keep(app: App, *, sweeps: bool) -> None:
    cursor: str | None = None
    while True:
        page = await app.accounts.tenants.list(app.operator(), limit=PAGE_SIZE_MAX, after=cursor)
        for tenant in page.items:
            if tenant.state == "active":
                if sweeps:
                    await app.sharing.rows.sweep(tenant.tenant_id)
                await app.sharing.rows.catch_up(tenant.tenant_id)
        cursor = page.cursor
        if cursor is None:
            return
