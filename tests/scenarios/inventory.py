"""What a tenant has, item by item, as cheaply as the engine allows: it is asked for before and after each request.

The embedded engine walks in the order of keys, so what belongs to one tenant lies together. Elsewhere a walk goes
through the items of all tenants, and what was written is noted down instead; `check` compares the notes with a walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from entaku.core.clock import Clock
from entaku.main import App
from entaku.table.driver import Action, Check, Driver, Item, ItemKey
from entaku.testing import CountingDriver
from tests.building import build_on

Items = dict[ItemKey, tuple[int, str]]
"""Version and write of each item."""

WALKED_AT_ONCE = 200
ITEMS_MAX = 1_000_000
SEGMENTS = 16


class Inventory(Protocol):
    async def items(self, tenant_id: str) -> Items:
        """The items of a tenant, and its entry in the registry."""
        ...

    async def check(self) -> None:
        """Fails unless what it says is what is stored."""
        ...


class Walked:
    """Implements `Inventory` where a walk goes in the order of keys."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def items(self, tenant_id: str) -> Items:
        found: Items = {}
        after: ItemKey | None = ItemKey(f"TENANT#{tenant_id}", "")
        while after is not None:
            part = await self._driver.walk(0, 1, after=after, limit=WALKED_AT_ONCE)
            own = [item for item in part if _is_of(_key(item), tenant_id)]
            found |= {_key(item): (item.version, item.write_id) for item in own}
            ends = len(part) < WALKED_AT_ONCE or len(own) < len(part)
            after = None if ends else _key(part[-1])
        return found

    async def check(self) -> None:
        """It reads nothing but what is stored."""


class Ledger(CountingDriver):
    """Implements `Inventory`, and `Driver` by another one: notes down what is written."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        self._items: Items = {}

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        stored = await super().write(actions, tenant=tenant, now_ms=now_ms)
        for action, item in zip(actions, stored, strict=True):
            if item is not None:
                self._items[action.key] = item.version, item.write_id
            elif not isinstance(action, Check):
                self._items.pop(action.key, None)
        return stored

    async def items(self, tenant_id: str) -> Items:
        return {key: written for key, written in self._items.items() if _is_of(key, tenant_id)}

    async def check(self) -> None:
        """Looks at a part of all the items: there are many, and the emulator reads them slowly."""
        stored = await self.walk(0, SEGMENTS, after=None, limit=ITEMS_MAX)
        assert stored
        assert {_key(item): (item.version, item.write_id) for item in stored}.items() <= self._items.items()


async def build_walked(folder: Path, clock: Clock, settings: dict[str, Any]) -> tuple[App, Inventory]:
    app = await build_on("sqlite", folder, clock, **settings)
    return app, Walked(app.table.driver)


async def build_with_ledger(folder: Path, clock: Clock, settings: dict[str, Any]) -> tuple[App, Inventory]:
    ledgers: list[Ledger] = []

    def wrap(driver: Driver) -> Driver:
        ledgers.append(Ledger(driver))
        return ledgers[-1]

    return await build_on("dynamodb", folder, clock, wrap=wrap, **settings), ledgers[0]


BUILDERS = {"sqlite": build_walked, "dynamodb": build_with_ledger}


def _key(item: Item) -> ItemKey:
    return ItemKey(item.pk, item.sk)


def _is_of(key: ItemKey, tenant_id: str) -> bool:
    return key.pk == f"TENANT#{tenant_id}" or key.pk.startswith(f"TENANT#{tenant_id}#")
