"""Every access pattern of a module, asked by another tenant for what a tenant has stored.

A pattern is asked for with the values of each item that is stored. Bound to another tenant it must find nothing that
holds the first one's word, and its cursors must be worth nothing there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from entaku.core.errors import Invalid
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.table import BoundTable, Key
from entaku.table.entity import EntityInfo
from entaku.table.patterns import Pattern
from entaku.testing.leaks import Leak
from entaku.testing.traces import kinds_of
from entaku.testing.world import Furnish, Side, World

if TYPE_CHECKING:
    from entaku.modules import Module


async def pattern_leaks(world: World, modules: Sequence[Module], furnish: Furnish | None) -> list[Leak]:
    """What the patterns of these modules' entities give another tenant."""
    land, table = await world.land(furnish), world.app.table
    infos, leaks = kinds_of(modules, "tenant"), list[Leak]()
    at_home = table.for_tenant(land.home.tenant_id)
    prefix = f"TENANT#{land.home.tenant_id}#"
    for item in await world.walk(land.home.tenant_id):
        info = infos.get(item.kind)
        if info is None:
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
