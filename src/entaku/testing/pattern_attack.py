"""Every access pattern of a module, asked by another tenant for what a tenant has stored.

A pattern is asked for with the values of each item that is stored. Bound to another tenant it must find nothing that
holds the first one's word, and its cursors must be worth nothing there. An entity of the whole platform is bound to
nobody, so what a tenant writes into one is everybody's: that is told too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entaku.core.errors import Invalid
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.table import BoundTable, Key, Table
from entaku.table.driver import ItemKey
from entaku.table.entity import EntityInfo, info_of
from entaku.table.patterns import Pattern
from entaku.testing.leaks import Leak
from entaku.testing.world import WALKED_AT_ONCE, Furnish, Side, World

if TYPE_CHECKING:
    from entaku.modules import Module


async def pattern_leaks(world: World, modules: Sequence[Module], furnish: Furnish | None) -> list[Leak]:
    """What the patterns of these modules' entities give another tenant."""
    land, table = await world.land(furnish), world.app.table
    infos = {info.kind: info for module in modules for info in map(info_of, module.entities)}
    leaks = [leak async for leak in _told_to_all(table, infos, world.sides)]
    at_home = table.for_tenant(land.home.tenant_id)
    prefix = f"TENANT#{land.home.tenant_id}#"
    for item in await world.walk(land.home.tenant_id):
        info = infos.get(item.kind)
        if info is None or info.scope != "tenant":
            continue
        entity = await at_home.find(Key(info.cls, item.pk.removeprefix(prefix), item.sk))
        for pattern in info.patterns if entity is not None else ():
            for other in (land.twin, land.stranger):
                abroad = table.for_tenant(other.tenant_id)
                leaks += [leak async for leak in _given(info, pattern, entity, at_home, abroad, land.home)]
    return leaks


async def _given(
    info: EntityInfo, pattern: Pattern, entity: Any, at_home: BoundTable, abroad: BoundTable, home: Side
) -> AsyncIterator[Leak]:
    """What one pattern gives a tenant that asks with the values of another's entity."""
    values = {name: getattr(entity, name) for name in pattern.parameters}
    if None in values.values():
        return  # Not shown in that index.
    use = getattr(info.cls, pattern.name)(**values)
    asked = f"{info.cls.__name__}.{pattern.name}({', '.join(f'{name}={value!r}' for name, value in values.items())})"
    proof = f"> {asked}\n> bound to {abroad.tenant_id}, which stands at {use}"
    if pattern.is_key:
        found = [await abroad.find(use)]
    else:
        found = list((await abroad.list(use, limit=PAGE_SIZE_MAX)).items)
        cursor = (await at_home.list(use, limit=1)).cursor
        if cursor is not None and await _goes_on(abroad, use, cursor):
            yield Leak(f"a cursor of {home.tenant_id} was accepted", proof)
    for each in found:
        if home.mark in repr(each):
            yield Leak(f"an access pattern gave a word of {home.tenant_id}", f"{proof}\n< {each!r}")


async def _goes_on(abroad: BoundTable, query: Any, cursor: str) -> bool:
    try:
        await abroad.list(query, limit=1, after=cursor)
    except Invalid:
        return False
    return True


async def _told_to_all(table: Table, infos: Mapping[str, EntityInfo], sides: Sequence[Side]) -> AsyncIterator[Leak]:
    """What tenants' things left in entities of the whole platform."""
    platform = {kind: info for kind, info in infos.items() if info.scope == "platform"}
    after: ItemKey | None = None
    while platform:
        part = await table.driver.walk(0, 1, after=after, limit=WALKED_AT_ONCE)
        for item in part:
            info = platform.get(item.kind)
            key = None if info is None else Key(info.cls, item.pk, item.sk)
            entity = None if key is None else await table.platform.find(key)
            for tenant_id in (side.tenant_id for side in sides if side.mark in repr(entity)):
                problem = f"{item.kind} is an entity of the whole platform, and holds a word of {tenant_id}"
                yield Leak(f"{problem}; give it scope='tenant'", f"> {key!r}\n< {entity!r}")
        if len(part) < WALKED_AT_ONCE:
            return
        after = ItemKey(part[-1].pk, part[-1].sk)
