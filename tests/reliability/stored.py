"""Everything that a table holds, read by walking all items and decoded: one value for each tenant, and the registry.

What the invariants are computed from. It trusts no key, no index and no listing: entities are found by their fields.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, TypeVar, cast

import msgspec

from entaku.core.clock import to_ms
from entaku.core.ids import shown
from entaku.main import App, model
from entaku.table import Entity
from entaku.table.driver import Item, ItemKey
from entaku.table.reader import decode

E = TypeVar("E", bound=Entity)

WALKED_AT_ONCE = 1_000
REGISTRY = ""
"""The place of what belongs to no tenant."""


class Found(msgspec.Struct, frozen=True):
    """One item and the entity in it."""

    item: Item
    entity: Any

    @property
    def write_id(self) -> str:
        """The same for all that one transaction wrote."""
        return self.item.write_id


class Holding:
    """What one tenant has, or what the platform has."""

    def __init__(self) -> None:
        self._by_type: dict[type[Entity], list[Found]] = defaultdict(list)

    def add(self, found: Found) -> None:
        self._by_type[type(found.entity)].append(found)

    def found(self, kind: type[Entity]) -> list[Found]:
        """The items of one kind, in the order of the walk."""
        return self._by_type.get(kind, [])

    def all(self, kind: type[E]) -> list[E]:
        """The entities of one kind."""
        return [cast("E", each.entity) for each in self.found(kind)]

    def everything(self) -> list[Found]:
        return [found for some in self._by_type.values() for found in some]


async def items_of(app: App) -> list[Item]:
    """Every item that has not expired."""
    now_ms = to_ms(app.clock.now())
    items: list[Item] = []
    after: ItemKey | None = None
    while True:
        part = await app.table.driver.walk(0, 1, after=after, limit=WALKED_AT_ONCE)
        items += [item for item in part if item.expires_ms is None or item.expires_ms > now_ms]
        if len(part) < WALKED_AT_ONCE:
            return items
        after = ItemKey(part[-1].pk, part[-1].sk)


async def holdings(app: App) -> dict[str, Holding]:
    """What there is, by tenant id, and under `REGISTRY` what is the platform's."""
    kinds, codec = model(), app.table.driver.codec
    found: dict[str, Holding] = defaultdict(Holding)
    for item in await items_of(app):
        info = kinds.of_kind(item.kind)
        assert info is not None, f"an item of the unknown kind {shown(item.kind)} at {item.pk} / {item.sk}"
        tenant_id = REGISTRY if info.scope == "platform" else item.pk.split("#")[1]
        found[tenant_id].add(Found(item, decode(codec, item, info)))
    return found
