"""What a tenant has, item by item, as cheaply as the engine allows: it is asked for before and after each request.

The embedded engine walks in the order of keys, so what belongs to one tenant lies together. Elsewhere a walk goes
through the items of all tenants, and what was written is noted down instead; `check` compares the notes with a walk.
"""

from __future__ import annotations

from collections import defaultdict
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
            own = [item for item in part if _tenant_of(_key(item)) == tenant_id]
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
        self._tenants: defaultdict[str, Items] = defaultdict(dict)

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        stored = await super().write(actions, tenant=tenant, now_ms=now_ms)
        for action, item in zip(actions, stored, strict=True):
            items = self._tenants[_tenant_of(action.key)]
            if item is not None:
                items[action.key] = item.version, item.write_id
            elif not isinstance(action, Check):
                items.pop(action.key, None)
        return stored

    async def items(self, tenant_id: str) -> Items:
        return dict(self._tenants[tenant_id])

    async def check(self) -> None:
        """Looks at a part of all the items: there are many, and the emulator reads them slowly."""
        for segment in range(SEGMENTS):
            if stored := await self.walk(segment, SEGMENTS, after=None, limit=ITEMS_MAX):
                break  # Where few tests ran, some segments have no items.
        assert stored
        for item in stored:
            key = _key(item)
            noted = self._tenants[_tenant_of(key)].get(key)
            assert noted == (item.version, item.write_id), f"{key} is {item.version} of {item.write_id}, not {noted}"


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


def _tenant_of(key: ItemKey) -> str:
    """Whose item it is, or whose entry in the registry; empty for what is the platform's own."""
    first, _, rest = key.pk.partition("#")
    return rest.partition("#")[0] if first == "TENANT" else ""
