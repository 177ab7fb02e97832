"""Reviews and lists in the same words, so that they can be compared: everything that each user reaches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from entaku.core.errors import NotFound
from entaku.modules.audit import AuditRecord, Target
from entaku.modules.sharing import Resource, ReviewRequest
from tests.modules.sharing.world import World

Lists = dict[str, dict[Resource, dict[str, Any]]]
"""What each user who is there reaches."""

Settle = Callable[[], Awaitable[None]]
"""The fixture `settled`."""

SHOWN = ("name", "owner", "state", "permissions", "access_type", "granted_at", "granted_by", "expires_at")


async def lists_of(world: World, users: Iterable[str]) -> Lists:
    """What the lists of these users say now; without those who are not there, or reach nothing."""
    found: Lists = {}
    for user in users:
        try:
            rows = await world.listed(user)
        except NotFound:
            continue
        if rows:
            found[user] = {Resource("library", each): shown(row) for each, row in rows.items()}
    return found


async def reviewed(world: World, request: ReviewRequest) -> Lists:
    """The same from all pages of a review."""
    found: Lists = {}
    async for page in world.sharing.reviews.pages(world.actor(), request):
        for access in page.accesses:
            rows = found.setdefault(access.user_id, {})
            assert access.resource not in rows
            rows[access.resource] = shown(access)
    return found


def shown(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SHOWN}


async def removed(world: World, target: Target, action: str) -> None:
    """As if the trail had been written by a program that did not keep such records."""
    table = world.app.table.for_tenant(world.tenant_id)
    (records,) = await table.list_all(AuditRecord.of_target(target=target), at_most=100)
    for record in records:
        if record.action == action:
            await table.delete(record)
