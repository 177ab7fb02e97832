"""Everyone who reaches a library, in few words: all pages of the list, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec

from entaku.modules.sharing import Reacher, Reachers, ReachersPage, ReachersRequest, Resource
from entaku.modules.sharing.model import library_resource
from tests.modules.sharing.world import ROOT, World


def asked(**request: Any) -> ReachersRequest:
    return ReachersRequest(**{"limit": 100, **request})


async def nothing() -> None:
    """Happens between two pages."""


async def walked(
    world: World,
    service: Reachers,
    request: ReachersRequest,
    meanwhile: Callable[[], Awaitable[None]] = nothing,
    *,
    resource: Resource | None = None,
    by: str = ROOT,
) -> list[ReachersPage]:
    """Every page from the one that is asked for, of library `l` where nothing else is named."""
    pages: list[ReachersPage] = []
    while True:
        page = await service.of_resource(world.actor(by), resource or library_resource("l"), request)
        pages.append(page)
        if page.next_cursor is None:
            return pages
        request = msgspec.structs.replace(request, cursor=page.next_cursor)
        await meanwhile()


def ids_of(pages: Iterable[ReachersPage]) -> list[str]:
    return [reacher.user_id for page in pages for reacher in page.users]


async def reachers(world: World, library_id: str, *, by: str = ROOT, **request: Any) -> dict[str, Reacher]:
    """The whole list by user id, in its order. Fails where somebody comes twice, or a total is not the number."""
    service, resource = world.sharing.reachers, library_resource(library_id)
    pages = await walked(world, service, asked(**request), resource=resource, by=by)
    found = [reacher for page in pages for reacher in page.users]
    assert len({each.user_id for each in found}) == len(found)
    assert {page.total for page in pages} == {len(found)}
    assert all(page.complete for page in pages)
    return {each.user_id: each for each in found}
