"""What requests and furnishers have left in the table: words of one tenant among the things of another, or of all.

An answer may say nothing, and the thing be copied all the same; so what is stored is read when an attack is over.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entaku.table import Key
from entaku.table.driver import Item, ItemKey
from entaku.table.entity import EntityInfo, info_of
from entaku.testing.leaks import Leak
from entaku.testing.world import WALKED_AT_ONCE, World

if TYPE_CHECKING:
    from entaku.modules import Module

Kinds = Mapping[str, EntityInfo]


def kinds_of(modules: Sequence[Module], scope: str) -> Kinds:
    """The kinds of entity of the modules that are a tenant's, or the platform's."""
    infos = [info_of(entity) for module in modules for entity in module.entities]
    return {info.kind: info for info in infos if info.scope == scope}


async def platform_items(world: World, kinds: Kinds, tenant_id: str) -> dict[ItemKey, tuple[int, str]]:
    """The items of the platform that name a tenant, as guards and registries do, with version and write."""
    return {
        ItemKey(item.pk, item.sk): (item.version, item.write_id)
        async for item, entity in _entities(world, kinds)
        if repr(tenant_id) in repr(entity)
    }


async def traces(world: World, modules: Sequence[Module], said: Collection[tuple[str, str]]) -> AsyncIterator[Leak]:
    """Everything stored that holds a word of a tenant and is not its own. `said` are tenants that sent a word of
    another themselves, with that one: what they store of it was known to them."""
    async for item, entity in _entities(world, kinds_of(modules, "platform")):
        for side in world.sides:
            if side.mark in repr(entity):
                problem = f"{item.kind} is an entity of the whole platform, and holds a word of {side.tenant_id}"
                yield Leak(f"{problem}; give it scope='tenant'", _proof(item, entity))
    async for item, entity in _entities(world, kinds_of(modules, "tenant")):
        owner = _tenant_of(item)
        for side in world.sides:
            if side.tenant_id != owner and side.mark in repr(entity) and (owner, side.tenant_id) not in said:
                problem = f"a {item.kind} of {owner} holds a word of {side.tenant_id}, which nobody there has said"
                yield Leak(problem, _proof(item, entity))


async def _entities(world: World, kinds: Kinds) -> AsyncIterator[tuple[Item, Any]]:
    """Every entity of these kinds, with the item that it is stored as."""
    table, after = world.app.table, None
    while kinds:
        part = await table.driver.walk(0, 1, after=after, limit=WALKED_AT_ONCE)
        for item in part:
            info = kinds.get(item.kind)
            if info is None:
                continue
            if info.scope == "tenant":
                owner = _tenant_of(item)
                key = Key(info.cls, item.pk.removeprefix(f"TENANT#{owner}#"), item.sk)
                entity = await table.for_tenant(owner).find(key)
            else:
                entity = await table.platform.find(Key(info.cls, item.pk, item.sk))
            if entity is not None:
                yield item, entity
        if len(part) < WALKED_AT_ONCE:
            return
        after = ItemKey(part[-1].pk, part[-1].sk)


def _tenant_of(item: Item) -> str:
    return item.pk.split("#", 2)[1]


def _proof(item: Item, entity: Any) -> str:
    return f"> {item.pk} / {item.sk}\n< {entity!r}"
