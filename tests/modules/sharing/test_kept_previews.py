"""Previews that are kept: how many, how long, for whom; and the token of one that took several walks."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from entaku.core.context import Actor, Scope
from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.core.limits import PREVIEWS_OF_USER_MAX
from entaku.modules.sharing import PreviewPage, SharesChange
from tests.modules.sharing.previewing import previews_of_few, resource_of
from tests.modules.sharing.world import World, grant

CHANGE = SharesChange(resource=resource_of("l"), add=(grant("group:g", "read write"),))


@pytest.fixture
async def crowd(world: World) -> World:
    """Ann's library `l`, and a group of eight."""
    await world.group("g")
    await world.group("h")
    await world.user("ann")
    await world.user(*(f"u{n}" for n in range(8)), groups="g")
    await world.library("l")
    return world


async def begun(world: World, by: str = "ann") -> PreviewPage:
    return await previews_of_few(world, pairs_at_once=3).preview(world.actor(by), CHANGE)


async def gone_on(world: World, page: PreviewPage, by: str = "ann") -> PreviewPage:
    """One walk further."""
    return await previews_of_few(world, pairs_at_once=3).get(world.actor(by), page.preview.preview_id, limit=100)


async def done(world: World) -> PreviewPage:
    page = await begun(world)
    while page.preview.state == "running":
        page = await gone_on(world, page)
    return page


async def make(world: World, token: str | None, by: str = "ann") -> None:
    await world.sharing.shares.change(world.actor(by), "l", add=CHANGE.add, preview=token)


async def test_a_preview_of_several_walks_has_a_token_and_the_change_does_what_it_showed(crowd: World) -> None:
    page = await done(crowd)

    await make(crowd, page.preview.token)

    assert page.preview.tally.counts.gains == 8
    assert await crowd.may("u7", "l") == "read write"


@pytest.mark.parametrize("walks", [1, 2, 3])
async def test_the_token_is_refused_when_somebody_moved_between_walks_or_after(crowd: World, walks: int) -> None:
    page = await begun(crowd)
    for walk in range(1, 4):
        if walk == walks:
            await crowd.change_user("u0", join=frozenset({"h"}))
            await crowd.change_user("u7", leave=frozenset({"g"}))
        page = await gone_on(crowd, page)

    assert page.preview.token is not None
    with pytest.raises(Conflict, match="somebody whom the change concerns has moved"):
        await make(crowd, page.preview.token)


async def test_who_moved_before_they_were_seen_is_in_the_token(crowd: World) -> None:
    page = await begun(crowd)
    await crowd.change_user("u7", join=frozenset({"h"}))
    while page.preview.state == "running":
        page = await gone_on(crowd, page)

    await make(crowd, page.preview.token)

    assert await crowd.may("u7", "l") == "read write"


async def test_one_that_began_anew_has_the_token_of_what_it_saw_last(crowd: World) -> None:
    page = await begun(crowd)
    await crowd.share("l", "individual:u0")
    while page.preview.state == "running":
        page = await gone_on(crowd, page)

    await make(crowd, page.preview.token)

    assert (page.preview.run, await crowd.may("u1", "l")) == (2, "read write")


async def test_two_who_go_on_at_once_count_nobody_twice(crowd: World) -> None:
    page = await begun(crowd)

    await asyncio.gather(gone_on(crowd, page), gone_on(crowd, page, by="root"))
    while page.preview.state == "running":
        page = await gone_on(crowd, page)
    again = await gone_on(crowd, page)

    assert (again.preview.tally.looked_at, [e.user_id for e in again.pairs.effects]) == (8, [f"u{n}" for n in range(8)])
    assert again == page


async def test_a_key_that_only_reads_does_not_go_on_with_a_preview_and_reads_it_when_it_is_done(crowd: World) -> None:
    def reading(user_id: str) -> Actor:
        return msgspec.structs.replace(crowd.actor(user_id), scopes=frozenset({Scope.READ}))

    page, previews = await begun(crowd), previews_of_few(crowd, pairs_at_once=3)

    with pytest.raises(Forbidden, match="needs 'write'"):
        await previews.get(reading("ann"), page.preview.preview_id, limit=5)
    while page.preview.state == "running":
        page = await gone_on(crowd, page)
    read = await previews.get(reading("ann"), page.preview.preview_id, limit=5)

    assert len(read.pairs.effects) == 5


async def test_a_user_has_so_many_previews_and_room_again_when_one_ends(crowd: World) -> None:
    first = await begun(crowd)
    crowd.wait_until("10:00")
    for _ in range(PREVIEWS_OF_USER_MAX - 1):
        await begun(crowd)

    with pytest.raises(Limited, match=f"{PREVIEWS_OF_USER_MAX} previews of yours are kept") as refused:
        await begun(crowd)
    assert refused.value.retry_after_s == (first.preview.expires_at - crowd.clock.now()).total_seconds()
    assert (await begun(crowd, by="root")).is_kept
    small = await crowd.sharing.previews.preview(crowd.actor("ann"), CHANGE)
    assert not small.is_kept

    crowd.clock.set(first.preview.expires_at)
    assert (await begun(crowd)).is_kept
    with pytest.raises(Limited):
        await begun(crowd)


async def test_of_a_later_library_of_the_same_id_there_is_neither_preview_nor_token(crowd: World) -> None:
    running, whole = await begun(crowd), await done(crowd)
    await crowd.sharing.libraries.purge(crowd.actor("ann"), "l")
    crowd.wait_until("10:00")
    await crowd.library("l", owner="u1")

    for by in ("u1", "root"):
        for page in (running, whole):
            with pytest.raises(NotFound, match="there is no preview"):
                await gone_on(crowd, page, by=by)
    with pytest.raises(Invalid, match="the preview is not of this change"):
        await make(crowd, whole.preview.token, by="u1")
