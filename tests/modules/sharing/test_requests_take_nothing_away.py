"""An approval as it was asked for gives, and takes nothing away; where it would, it says what to approve instead."""

from __future__ import annotations

from datetime import datetime

import pytest

from entaku.core.errors import Conflict
from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing import AccessRequestView, Approval, Permission, SharesChange, Wanted, library_resource
from tests.modules.sharing.world import World, grant

READ = frozenset({Permission.READ})
WRITE = READ | {Permission.WRITE}
DELETE = READ | {Permission.DELETE}


async def furnish(world: World) -> World:
    """Bob is in a department that may write in Ann's library; Dan may pass it on."""
    await world.department("d")
    await world.user("ann", "dan")
    await world.user("bob", department="d")
    await world.library("l")
    await world.share("l", "individual:dan", "read delete share")
    return world


async def ask(world: World, permissions: frozenset[Permission], until: datetime | None = None) -> str:
    view: AccessRequestView = await world.sharing.requests.asking.ask(
        world.actor("bob"), library_resource("l"), Wanted(permissions=permissions, expires_at=until)
    )
    assert view.request_id is not None
    return view.request_id


async def approve(world: World, request_id: str, approval: Approval | None = None, *, by: str = "ann") -> None:
    await world.sharing.requests.deciding.approve(world.actor(by), request_id, approval or Approval())


async def test_what_a_department_gives_is_not_taken_away_by_what_was_asked_for(world: World) -> None:
    await furnish(world)
    await world.share("l", "department:d", "read write")
    request = await ask(world, DELETE)

    with pytest.raises(Conflict, match=r"'bob' may write .* approve with the permissions read, write, delete, or"):
        await approve(world, request)
    await approve(world, request, Approval(permissions=WRITE | DELETE))

    assert await world.may("bob", "l") == "read write delete"


async def test_what_a_department_gives_later_is_not_taken_away_either(world: World) -> None:
    await furnish(world)
    await world.share("l", "department:d", "read write", since="12:00")
    request = await ask(world, DELETE)

    with pytest.raises(Conflict, match="'bob' may write"):
        await approve(world, request)

    assert await world.may("bob", "l") == ""


async def test_what_was_come_by_while_the_request_waited_stays(world: World) -> None:
    await furnish(world)
    request = await ask(world, READ)
    await world.share("l", "department:d", "read write")

    with pytest.raises(Conflict, match="approve with the permissions read, write, or"):
        await approve(world, request)

    assert await world.may("bob", "l") == "read write"


async def test_who_approves_may_mean_less(world: World) -> None:
    await furnish(world)
    await world.share("l", "department:d", "read write")

    await approve(world, await ask(world, DELETE), Approval(permissions=READ))

    assert await world.may("bob", "l") == "read"


async def test_what_was_asked_for_ends_nothing_that_lasts_longer(world: World) -> None:
    await furnish(world)
    await world.share("l", "individual:bob")
    request = await ask(world, WRITE, world.at("12:00"))

    with pytest.raises(Conflict, match=r"grants read beyond .* approve with the expires_at"):
        await approve(world, request)
    await approve(world, request, Approval(expires_at=None))

    world.wait_until("13:00")
    assert await world.may("bob", "l") == "read write"


async def test_what_somebody_passes_on_is_added(world: World) -> None:
    await furnish(world)
    await world.share("l", "department:d", "read write")

    await approve(world, await ask(world, DELETE), by="dan")

    assert await world.may("bob", "l") == "read write delete"


async def test_where_levels_add_up_it_is_added_as_well(world: World) -> None:
    await furnish(world)
    await world.share("l", "department:d", "read write")
    await world.accounts.tenants.change_policy(world.actor(), SharingPolicy.UNION)

    await approve(world, await ask(world, DELETE))

    assert await world.may("bob", "l") == "read write delete"


async def test_the_preview_of_the_share_tells_it_before(world: World) -> None:
    await furnish(world)
    await world.share("l", "department:d", "read write")
    asked = SharesChange(resource=library_resource("l"), add=(grant("individual:bob", "read delete"),))

    page = await world.sharing.previews.preview(world.actor("ann"), asked)

    (effect,) = page.pairs.effects
    assert (effect.user_id, effect.steps[0].kind) == ("bob", "demoted")
    assert [warning.lost for warning in page.preview.warnings] == [(Permission.WRITE,)]
