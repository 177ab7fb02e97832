"""Previews: what they tell apart, whom they are for, in how many steps they come, and what holds a change to them."""

from __future__ import annotations

from typing import Any

import pytest

from entaku.core.errors import Conflict, EntakuError, Forbidden, Invalid, NotFound
from entaku.modules.accounts import EntryChange, SharingPolicy, UserChange, parse_principal
from entaku.modules.sharing import (
    EntryMove,
    PolicyChange,
    PreviewPage,
    ResourceMove,
    SharesChange,
    UserMove,
    continued,
    preview_view,
)
from entaku.modules.sharing.preview.people import FEW
from entaku.modules.sharing.sentences import Language
from tests.modules.sharing.previewing import previews_of_few, resource_of
from tests.modules.sharing.world import World, grant

L = resource_of("l")


@pytest.fixture
async def shared(world: World) -> World:
    """Ann's library is shared with a department for reading and writing; Bob is in it, and in a group."""
    await world.group("g")
    await world.department("d")
    await world.department("below", "d")
    await world.user("ann", "cara")
    await world.user("bob", groups="g", department="d")
    await world.user("dan", department="below")
    await world.library("l")
    await world.share("l", "department:d", "read write")
    return world


async def previewed(world: World, change: Any, *, by: str = "root", **fields: Any) -> PreviewPage:
    return await world.sharing.previews.preview(world.actor(by), change, **fields)


def adding(principal: str, permissions: str = "read", **terms: Any) -> SharesChange:
    return SharesChange(resource=L, add=(grant(principal, permissions, **terms),))


def kinds(page: PreviewPage) -> dict[str, list[str]]:
    """What becomes of each user, in the order of the instants."""
    return {effect.user_id: [step.kind for step in effect.steps] for effect in page.pairs.effects}


async def test_a_nearer_share_demotes_whom_a_farther_one_still_grants_more(shared: World) -> None:
    page = await previewed(shared, adding("group:g"))

    assert kinds(page) == {"bob": ["demoted"]}
    assert [warning.kind for warning in page.preview.warnings] == ["outranks"]


async def test_a_share_for_a_while_is_told_with_its_start_and_its_end(shared: World) -> None:
    change = adding("individual:cara", starts_at=shared.at("12:00"), expires_at=shared.at("13:00"))

    page = await previewed(shared, change)

    steps = page.pairs.effects[0].steps
    assert [(step.kind, step.at) for step in steps] == [
        ("gains", shared.at("12:00")),
        ("same_again", shared.at("13:00")),
    ]
    assert (page.preview.tally.counts.differing, page.preview.tally.unchanged) == (0, 1)


async def test_a_share_that_lives_longer_differs_from_its_old_end_on(shared: World) -> None:
    await shared.share("l", "individual:cara", until="12:00")

    page = await previewed(shared, adding("individual:cara", expires_at=shared.at("13:00")))

    assert [(each.at, each.counts.gains) for each in page.preview.tally.later] == [
        (shared.at("12:00"), 1),
        (shared.at("13:00"), 0),
    ]


async def test_without_a_change_it_tells_what_ends_by_itself(shared: World) -> None:
    await shared.share("l", "individual:cara", until="12:00")

    soon = await previewed(shared, SharesChange(resource=L))
    then = await previewed(shared, SharesChange(resource=L), at=shared.at("12:00"))

    assert (soon.preview.tally.counts.loses, soon.preview.tally.later[0].counts.loses) == (0, 1)
    assert then.preview.tally.counts.loses == 1


async def test_a_department_that_moves_takes_everybody_below_along(shared: World) -> None:
    await shared.department("sales")
    await shared.share("l", "department:sales", "read")
    principal = parse_principal("department:below")

    page = await previewed(shared, EntryMove(principal=principal, change=EntryChange(parent="sales")))

    assert kinds(page) == {"dan": ["changed"]}
    assert page.preview.tally.looked_at == 1


async def test_who_moves_further_down_loses_what_is_not_for_those_below(shared: World) -> None:
    await shared.share("l", "department:d", "read write", include_children=False)

    page = await previewed(shared, UserMove(user_id="bob", change=UserChange(department="below")))

    assert kinds(page) == {"bob": ["loses"]}


async def test_another_policy_changes_whom_shares_of_two_levels_reach(shared: World) -> None:
    await shared.share("l", "group:g", "read delete")

    page = await previewed(shared, PolicyChange(policy=SharingPolicy.UNION))

    assert kinds(page) == {"bob": ["changed"]}


async def test_of_a_later_instant_there_is_no_token(shared: World) -> None:
    page = await previewed(shared, adding("group:g"), at=shared.at("12:00"))

    assert page.preview.token is None


async def test_who_is_concerned_in_two_ways_is_counted_once(shared: World) -> None:
    change = SharesChange(resource=L, add=(grant("group:g", "read write"), grant("individual:bob", "read write")))

    page = await previewed(shared, change)

    assert [effect.user_id for effect in page.pairs.effects] == ["bob"]
    assert page.preview.tally.looked_at == 1


@pytest.mark.parametrize(("by", "error"), [("bob", Forbidden), ("cara", NotFound)])
async def test_previews_of_a_library_are_for_who_manages_it(shared: World, by: str, error: type[EntakuError]) -> None:
    await shared.share("l", "individual:bob", "read write delete share")

    with pytest.raises(error):
        await previewed(shared, adding("group:g"), by=by)


async def test_an_unknown_library_is_not_there_in_the_same_words(shared: World) -> None:
    with pytest.raises(NotFound) as hidden:
        await previewed(shared, adding("group:g"), by="cara")
    with pytest.raises(NotFound) as missing:
        await previewed(shared, SharesChange(resource=resource_of("no")), by="cara")

    assert hidden.value.message.replace("'l'", "'no'") == missing.value.message


async def test_previews_of_people_are_for_administrators(shared: World) -> None:
    with pytest.raises(Forbidden):
        await previewed(shared, UserMove(user_id="bob", change=UserChange(department=None)), by="ann")


async def test_an_instant_that_is_over_is_refused(shared: World) -> None:
    with pytest.raises(Invalid, match="is over"):
        await previewed(shared, adding("group:g"), at=shared.at("09:00"))


async def test_with_its_token_a_change_does_what_was_shown(shared: World) -> None:
    page = await previewed(shared, adding("group:g"), by="ann")

    outcome = await changed_by(shared, "group:g", page.preview.token)

    assert outcome.added == (parse_principal("group:g"),)
    assert await shared.may("bob", "l") == "read"


async def changed_by(world: World, principal: str, token: str | None) -> Any:
    assert token is not None
    add = [grant(principal)]
    return await world.sharing.shares.change(world.actor("ann"), "l", add=add, preview=token)


async def move_a_member(world: World) -> None:
    await world.change_user("bob", role=None, leave=frozenset({"g"}))


async def add_a_member(world: World) -> None:
    await world.change_user("dan", join=frozenset({"g"}))


async def change_the_directory(world: World) -> None:
    await world.group("another")


async def change_the_library(world: World) -> None:
    await world.share("l", "individual:cara")


MOVES = [move_a_member, add_a_member, change_the_directory, change_the_library]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__)
async def test_nothing_is_changed_when_something_moved_since_the_preview(shared: World, move: Any) -> None:
    page = await previewed(shared, adding("group:g"), by="ann")
    await move(shared)
    before = await shared.version("l")

    with pytest.raises(Conflict, match="preview the change again"):
        await changed_by(shared, "group:g", page.preview.token)

    assert await shared.version("l") == before


async def test_a_token_is_good_for_the_very_change_only(shared: World) -> None:
    page = await previewed(shared, adding("group:g"), by="ann")

    with pytest.raises(Invalid, match="is not of this change"):
        await changed_by(shared, "individual:cara", page.preview.token)


async def test_a_token_stands_for_the_version_that_was_seen(shared: World) -> None:
    page = await previewed(shared, adding("department:d"), by="ann")

    outcome = await changed_by(shared, "department:d", page.preview.token)

    assert outcome.changed == (parse_principal("department:d"),)


@pytest.fixture
async def crowd(shared: World) -> World:
    """The group has seven members more."""
    await shared.user(*(f"u{n}" for n in range(7)), groups="g")
    return shared


async def test_many_pairs_come_in_several_steps(crowd: World) -> None:
    previews, root = previews_of_few(crowd, pairs_at_once=3), crowd.actor()

    begun = await previews.preview(root, adding("group:g"))
    page = await previews.get(root, begun.preview.preview_id, limit=5)
    done = await previews.get(root, begun.preview.preview_id, limit=5)

    assert [(p.preview.state, p.preview.tally.looked_at) for p in (begun, page, done)] == [
        ("running", 3),
        ("running", 6),
        ("done", 8),
    ]
    assert (begun.pairs.effects, len(done.pairs.effects)) == ((), 5)
    assert begun.preview.token is None


async def test_a_preview_begins_anew_when_what_it_is_about_moves(crowd: World) -> None:
    previews, root = previews_of_few(crowd, pairs_at_once=5), crowd.actor()
    begun = await previews.preview(root, adding("group:g"))
    await crowd.share("l", "individual:u0", "read write")

    again = await previews.get(root, begun.preview.preview_id, limit=100)
    done = await previews.get(root, begun.preview.preview_id, limit=100)

    assert again.preview.tally.looked_at == 5
    assert done.preview.tally.counts.gains == 6
    assert done.preview.applies_to.resource_version == await crowd.version("l")


async def test_a_preview_that_is_kept_is_for_who_manages_what_it_is_about(crowd: World) -> None:
    previews = previews_of_few(crowd, pairs_at_once=5)
    begun = await previews.preview(crowd.actor("ann"), adding("group:g"))

    for stranger in ("bob", "cara"):
        with pytest.raises(NotFound, match="there is no preview"):
            await previews.get(crowd.actor(stranger), begun.preview.preview_id, limit=5)
    assert (await previews.get(crowd.actor("ann"), begun.preview.preview_id, limit=5)).preview.state == "done"


async def test_a_preview_is_kept_for_a_day(crowd: World) -> None:
    previews, root = previews_of_few(crowd, pairs_at_once=5), crowd.actor()
    begun = await previews.preview(root, adding("group:g"))
    crowd.clock.set(begun.preview.expires_at)

    with pytest.raises(NotFound, match="there is no preview"):
        await previews.get(root, begun.preview.preview_id, limit=5)


async def test_nothing_is_written_by_a_preview_that_fits(shared: World) -> None:
    before = await shared.audited("l"), await shared.version("l")

    page = await previewed(shared, ResourceMove(resource=L, move="delete"))

    assert not page.is_kept
    assert (await shared.audited("l"), await shared.version("l")) == before


async def test_it_is_said_in_a_sentence_for_each_and_for_all(shared: World) -> None:
    page = await previewed(shared, adding("group:g", expires_at=shared.at("12:00")))

    english, japanese = (preview_view(page, language) for language in (Language.ENGLISH, Language.JAPANESE))

    assert english.demoted[0].sentence == ("Bob loses write in library 'L': a nearer share decides, which grants less.")
    assert english.sentences == (
        "Of 1 user, 1 loses a permission to a nearer share.",
        "From 2026-04-01 12:00:00 UTC on, 1 is as without the change again.",
    )
    assert japanese.demoted[0].sentence == (
        "より近い共有が優先されるため、Bobさんはライブラリ「L」の編集ができなくなります。"
    )
    assert english.complete


@pytest.mark.thorough
async def test_everybody_below_is_found_once_however_many_they_are(shared: World) -> None:
    """More than are read together with others, and some who are in two of the groups."""
    for group in ("g1", "g2", "g3"):
        await shared.group(group, "g")
    many, some = [f"m{n}" for n in range(FEW + 20)], [f"s{n}" for n in range(30)]
    await shared.user(*many, groups="g2")
    await shared.user(*some, groups="g1 g3")
    previews, root = previews_of_few(shared, pairs_at_once=90), shared.actor()

    page = await previews.preview(root, adding("group:g", "read write"))
    while page.preview.state == "running":
        page = await previews.get(root, page.preview.preview_id, limit=200)
    while page.pairs.cursor is not None:
        following = await previews.get(root, page.preview.preview_id, limit=200, after=page.pairs.cursor)
        page = continued(page, following)

    assert page.preview.tally.counts.gains == len(many) + len(some)
    assert sorted(effect.user_id for effect in page.pairs.effects) == sorted([*many, *some, "bob"])
