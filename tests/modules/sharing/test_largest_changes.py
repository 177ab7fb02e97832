"""Twenty shares at once, with all that can come with them: a key, a preview, a reason, starts and ends; and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from entaku.core.context import AccessLevel, Actor, Scope
from entaku.core.errors import NotFound
from entaku.modules.accounts import NewApiKey, NewUser
from entaku.modules.sharing import SHARES_CHANGED_MAX, Grant, Resource, SharesChange, UndoState
from entaku.table.idempotency import idempotency_key
from tests.modules.sharing.world import World, grant

PEOPLE = [f"user{number:02}" for number in range(SHARES_CHANGED_MAX)]
RESOURCE = Resource("library", "l")


@pytest.fixture
async def program(world: World) -> Actor:
    """A service account that administers the tenant, by its API key; beside it Ann's library and many people."""
    await world.user("ann", *PEOPLE)
    await world.library("l")
    new = NewUser(user_id="program", name="Program", level=AccessLevel.TENANT_ADMIN)
    await world.accounts.service_accounts.create(world.actor(), new)
    scopes = frozenset(Scope)
    await world.accounts.service_accounts.create_key(world.actor(), "program", NewApiKey(key_id="k", scopes=scopes))
    return Actor(
        tenant_id="acme", user_id="program", level=AccessLevel.TENANT_ADMIN, api_key="k", scopes=scopes, request_id="r"
    )


def twenty(world: World, hours: int) -> list[Grant]:
    now = world.clock.now()
    times = {"starts_at": now + timedelta(minutes=1), "expires_at": now + timedelta(hours=hours)}
    return [grant(f"individual:{user_id}", "read write delete share", **times) for user_id in PEOPLE]


def said(number: int) -> dict[str, Any]:
    """What may come with a change."""
    return {"reason": "r" * 500, "idempotency": idempotency_key(f"key-{number}", b"the same request")}


async def test_twenty_shares_are_made_changed_and_undone_with_all_that_comes_with_them(
    world: World, program: Actor
) -> None:
    shares, undo = world.sharing.shares, world.sharing.undo
    made = await shares.change(program, "l", add=twenty(world, 1), **said(1))
    change = SharesChange(resource=RESOURCE, add=tuple(twenty(world, 2)))
    token = (await world.sharing.previews.preview(program, change)).preview.token
    changed = await shares.change(program, "l", add=twenty(world, 2), expect=made.version, preview=token, **said(2))

    undone = [await undo.undo(program, each.change_id or "", reason="r" * 500) for each in (changed, made)]

    assert [each.resources[0].state for each in undone] == [UndoState.UNDONE] * 2
    assert (len(undone[0].resources[0].changed), len(undone[1].resources[0].removed)) == (20, 20)


async def test_a_library_with_twenty_shares_is_removed_for_good_by_a_program(world: World, program: Actor) -> None:
    await world.sharing.shares.change(program, "l", add=twenty(world, 1))

    await world.sharing.libraries.purge(program, "l", reason="r" * 500, idempotency=idempotency_key("once", b"it"))

    with pytest.raises(NotFound):
        await world.sharing.libraries.get(world.actor(), "l")
