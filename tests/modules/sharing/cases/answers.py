"""What a case asks: under which policy, what somebody may do by every way of asking, and what was announced."""

from __future__ import annotations

from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing import ReachersRequest
from entaku.modules.sharing.model import library_resource
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import World

NOTHING = ""


async def is_union(rows: RowWorld) -> bool:
    return (await rows.world.accounts.tenants.settings(rows.world.actor())).sharing_policy is SharingPolicy.UNION


async def may(rows: RowWorld, user: str, library: str = "handbook") -> str:
    """As `department: read write`, the same from checks, from the list of the user, from why, and from the list of all
    who reach the library; empty for nothing."""
    world = rows.world
    checked = await world.may(user, library)
    row = (await world.listed(user)).get(library)
    answer = await world.access(user, library)
    listed = "" if row is None else " ".join(row.permissions)
    assert checked == listed == " ".join(answer.permissions), (checked, listed, answer.permissions)
    assert answer.access_type == (None if row is None else row.access_type)
    reached = await _reached(world, user, library)
    assert reached == ([f"{answer.access_type}: {checked}"] if checked else [])
    return f"{answer.access_type}: {checked}" if checked else NOTHING


async def _reached(world: World, user: str, library: str) -> list[str]:
    """As all who reach the library list the user; of very many, one page looks through a part."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        wanted = ReachersRequest(limit=10, q=user, cursor=cursor)
        page = await world.sharing.reachers.of_resource(world.actor(), library_resource(library), wanted)
        found += [f"{each.access_type}: {' '.join(each.permissions)}" for each in page.users if each.user_id == user]
        cursor = page.next_cursor
        if cursor is None:
            return found


async def announced(rows: RowWorld) -> list[str]:
    """Everything since the last time, when all work is done: `bob updated read write`."""
    await rows.finish()
    return [
        f"{each.user_id} {each.action} {'' if each.after is None else ' '.join(each.after.permissions)}".strip()
        for each in await rows.notices()
    ]


async def sources(world: World, user: str, library: str = "handbook") -> list[str]:
    """The shares that the explanation lists, nearest first."""
    return [str(source.principal) for source in (await world.access(user, library)).why.sources]


async def trail(rows: RowWorld, library: str = "handbook") -> list[str]:
    """What was done to a library since it was created."""
    return (await rows.world.audited(library))[1:]
