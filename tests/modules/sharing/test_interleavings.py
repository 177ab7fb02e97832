"""Whoever else is at work: an answer was the truth at some instant while it was asked for, in every order of calls."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from entaku.core.config import Config
from entaku.core.errors import EntakuError
from entaku.main import App, build
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import Check, Permission
from entaku.modules.sharing.model import Ownership, Share, library_resource
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.turns import ORDERS_MAX, Played, Turns, following_order
from tests.modules.sharing.world import World

pytestmark = pytest.mark.thorough

Deed = Callable[[World], Awaitable[Any]]
LIBRARY = library_resource("l")
NUMBERS = itertools.count(1)


@pytest.fixture
def turns(bare_driver: Driver) -> Turns:
    return Turns(bare_driver)


@pytest.fixture
async def turning_app(turns: Turns, clock: ManualClock, tmp_path: Path) -> App:
    return await build(Config(data=tmp_path / "data"), driver=turns, clock=clock)


async def furnished(app: App, clock: ManualClock) -> World:
    """A fresh tenant: Bob in department D1 and group H, which may stand in G; Ann and Cara, one library."""
    world = await World(app, clock, f"tenant-{next(NUMBERS)}").create()
    await world.department("d1")
    await world.department("d2")
    await world.group("g")
    await world.group("h")
    await world.user("ann", "cara", "dora")
    await world.user("bob", department="d1", groups="h")
    await world.library("l")
    return world


async def orders_of(
    turns: Turns, app: App, clock: ManualClock, before: list[Deed], players: Mapping[str, Deed], *brisk: str
) -> AsyncIterator[tuple[World, Played]]:
    """Every order in which the players' calls can come, each in a tenant of its own."""
    order: list[str] | None = []
    for _ in range(ORDERS_MAX):
        if order is None:
            return
        world = await furnished(app, clock)
        for deed in before:
            await deed(world)
        await world.may("bob", "l")
        played = await turns.play({n: bound(deed, world) for n, deed in players.items()}, order, brisk)
        yield world, played
        order = following_order(played.choices)
    raise AssertionError(f"more than {ORDERS_MAX} orders")


def bound(deed: Deed, world: World) -> Callable[[], Awaitable[Any]]:
    return lambda: deed(world)


def share(principal: str, permissions: str = "read", by: str = "ann") -> Deed:
    return lambda world: world.share("l", principal, permissions, by=by)


def unshare(principal: str, by: str = "ann") -> Deed:
    return lambda world: world.unshare("l", principal, by=by)


def change_bob(**change: Any) -> Deed:
    return lambda world: world.change_user("bob", **change)


def nest(principal: str, **change: Any) -> Deed:
    return lambda world: world.nest(principal, **change)


def transfer(to: str, by: str = "root") -> Deed:
    return lambda world: world.change_library("l", owner=to, by=by)


def transfer_keeping(to: str) -> Deed:
    return lambda world: world.sharing.libraries.transfer(world.actor(), "l", to, keep=frozenset({Permission.READ}))


async def remove(world: World) -> None:
    await world.sharing.libraries.delete(world.actor(), "l")


async def restore(world: World) -> None:
    await world.sharing.libraries.restore(world.actor(), "l")


async def purge(world: World) -> None:
    await world.sharing.libraries.purge(world.actor(), "l")


async def archive(world: World) -> None:
    await world.sharing.libraries.archive(world.actor(), "l")


async def unarchive(world: World) -> None:
    await world.sharing.libraries.unarchive(world.actor(), "l")


async def delete_bob(world: World) -> None:
    await world.accounts.users.delete(world.actor(), "bob")


async def check(world: World) -> str:
    return await world.may("bob", "l")


async def check_among_others(world: World) -> str:
    """The same together with questions about others: so many that the shares of the one pair come from two calls."""
    others = [("ann", "a0"), ("ann", "a1"), *(("bob", f"a{n}") for n in range(18)), ("cara", "l")]
    checks = [Check(user_id=user, library_id=library) for user, library in others]
    checks += [Check(user_id="bob", library_id="l", permission=each) for each in Permission]
    answers = (await world.sharing.checks.check(world.actor(), checks))[len(others) :]
    return " ".join(each for each, answer in zip(Permission, answers, strict=True) if answer)


async def look(world: World) -> str:
    """The list, as the permissions of the one library."""
    return " ".join(row.permissions if (row := (await world.listed("bob")).get("l")) else ())


async def explain(world: World) -> str:
    return " ".join((await world.access("bob", "l")).permissions)


MEETINGS: dict[str, tuple[list[Deed], list[Deed]]] = {
    "moves, then the new department is let in": ([], [change_bob(department="d2"), share("department:d2")]),
    "the new department is let in, then moves": ([], [share("department:d2"), change_bob(department="d2")]),
    "leaves, then the old department is let in": ([], [change_bob(department="d2"), share("department:d1")]),
    "moves away, then the old department is shut out": (
        [share("department:d1")],
        [change_bob(department="d2"), unshare("department:d1")],
    ),
    "the old department is shut out, then back again": (
        [share("department:d1")],
        [unshare("department:d1"), change_bob(department="d2"), share("department:d2", "read write")],
    ),
    "leaves the group, then the group is let in": ([], [change_bob(leave=frozenset({"h"})), share("group:h")]),
    "the groups part, then the outer one is let in": (
        [nest("group:h", parents=frozenset({"g"}))],
        [nest("group:h", parents=frozenset()), share("group:g")],
    ),
    "the outer group is let in, then the inner joins it": (
        [],
        [share("group:g"), nest("group:h", parents=frozenset({"g"})), share("group:h", "read delete")],
    ),
    "departments are put below one another and back": (
        [share("department:d2")],
        [nest("department:d1", parent="d2"), nest("department:d1", parent=None), share("department:d1", "read share")],
    ),
    "becomes the owner, then the library goes": ([share("organisation")], [transfer("bob"), remove]),
    "is deactivated, then the organisation is let in": ([], [change_bob(is_active=False), share("organisation")]),
    "the library is archived, then open again": ([share("group:h", "read write")], [archive, unarchive]),
    "the library goes, comes back, and is archived": ([share("group:h", "read write")], [remove, restore, archive]),
}


# A list takes more calls than a check, so there are many more orders; of three deeds they are played in `make slow`.
ASKED = [
    pytest.param(reader, meeting, marks=[pytest.mark.slow] if reader is look and len(deeds) > 2 else [])
    for reader in (check, check_among_others, look, explain)
    for meeting, (_, deeds) in MEETINGS.items()
]


@pytest.mark.parametrize(("reader", "meeting"), ASKED)
async def test_an_answer_was_true_while_it_was_asked_for(
    turns: Turns, turning_app: App, clock: ManualClock, reader: Deed, meeting: str
) -> None:
    before, deeds = MEETINGS[meeting]
    truths = await told_in_turn(await furnished(turning_app, clock), before, deeds, reader)

    async def write(world: World) -> None:
        for deed in deeds:
            await deed(world)

    orders = 0
    async for world, played in orders_of(
        turns, turning_app, clock, before, {"reader": reader, "writer": write}, "writer"
    ):
        orders += 1
        assert told(played.outcomes["reader"]) in truths, played.choices
        assert told(await caught(reader, world)) == truths[-1]
    assert orders > len(deeds)


async def told_in_turn(world: World, before: list[Deed], deeds: list[Deed], reader: Deed) -> list[str]:
    """What is true before the deeds, and after each."""
    for deed in before:
        await deed(world)
    truths = [told(await caught(reader, world))]
    for deed in deeds:
        await deed(world)
        truths.append(told(await caught(reader, world)))
    return truths


async def caught(reader: Deed, world: World) -> Any:
    try:
        return await reader(world)
    except EntakuError as error:
        return error


def told(outcome: Any) -> str:
    return outcome.code if isinstance(outcome, EntakuError) else outcome


async def test_who_loses_the_right_to_share_meanwhile_does_not_share(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    players = {"dora": share("organisation", by="dora"), "ann": unshare("individual:dora")}
    before = [share("individual:dora", "read share")]

    seen: set[bool] = set()
    async for world, played in orders_of(turns, turning_app, clock, before, players):
        trail = await world.audited("l")
        is_refused = isinstance(played.outcomes["dora"], EntakuError)
        seen.add(is_refused)
        added, removed = ["share_added"], ["share_removed"]
        assert trail[2:] == (removed if is_refused else added + removed)
        assert await world.may("bob", "l") == ("" if is_refused else "read")
    assert seen == {True, False}


async def test_who_leaves_the_group_meanwhile_does_not_share(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    players = {"bob": share("individual:cara", by="bob"), "root": change_bob(groups=frozenset())}

    async for world, played in orders_of(turns, turning_app, clock, [share("group:h", "read share")], players, "root"):
        is_refused = isinstance(played.outcomes["bob"], EntakuError)
        wrote_last = [choice.player for choice in played.choices][-1]
        assert await world.may("cara", "l") == ("" if is_refused else "read")
        assert wrote_last == "root" or is_refused


async def test_of_concurrent_transfers_every_one_leaves_one_owner(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    players = {"first": transfer("bob"), "second": transfer("cara")}

    async for world, _ in orders_of(turns, turning_app, clock, [share("individual:bob", "read write")], players):
        library = (await world.sharing.libraries.get(world.actor(), "l")).thing
        table = world.app.table.for_tenant(world.tenant_id)
        owners = [
            u for u in ("ann", "bob", "cara") if await table.find(Ownership.at(owner=u, resource=library.resource))
        ]
        listed = [u for u in ("ann", "bob", "cara") if "l" in await world.listed(u)]
        assert owners == listed == [library.owner]
        assert library.share_counts == {}
        trail = await world.audited("l")
        assert (trail.count("library_transferred"), trail.count("share_removed")) == (2, 1)


async def test_of_two_who_take_over_at_once_one_is_the_owner_and_the_others_keep_what_is_kept(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    players = {"to bob": transfer_keeping("bob"), "to cara": transfer_keeping("cara")}

    async for world, _ in orders_of(turns, turning_app, clock, [], players):
        owner = (await world.sharing.libraries.get(world.actor(), "l")).thing.owner
        may = {user: await world.may(user, "l") for user in ("ann", "bob", "cara")}
        assert owner in ("bob", "cara")
        assert may == {"ann": "read", "bob": "read", "cara": "read", owner: "read write delete share"}


@pytest.mark.slow
async def test_what_is_purged_while_it_is_restored_is_whole_or_gone(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    players = {"purge": purge, "restore": restore}

    async for world, played in orders_of(turns, turning_app, clock, [share("group:h"), remove], players):
        used = (await world.accounts.tenants.settings(world.actor())).usage["libraries"]
        shares = await world.app.table.for_tenant(world.tenant_id).list(Share.of_resource(resource=LIBRARY))
        is_whole = await world.may("bob", "l") == "read"
        assert (used, len(shares.items)) == ((1, 1) if is_whole else (0, 0))
        assert is_whole == isinstance(played.outcomes["purge"], EntakuError)


async def test_nothing_is_shared_of_what_is_archived_meanwhile(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    players = {"archive": archive, "share": share("individual:bob", "read write")}

    async for world, played in orders_of(turns, turning_app, clock, [], players):
        library = (await world.sharing.libraries.get(world.actor(), "l")).thing
        trail = await world.audited("l")
        was_shared = not isinstance(played.outcomes["share"], EntakuError)
        assert library.share_counts == ({"individual": 1} if was_shared else {})
        assert not was_shared or trail.index("share_added") < trail.index("library_archived")


@pytest.mark.slow
async def test_who_is_deleted_while_a_library_comes_back_has_no_share_of_it(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    players = {"delete": delete_bob, "restore": restore}

    async for world, _ in orders_of(turns, turning_app, clock, [share("individual:bob"), remove], players, "delete"):
        library = (await world.sharing.libraries.get(world.actor(), "l")).thing
        shares = await world.app.table.for_tenant(world.tenant_id).list(Share.of_resource(resource=LIBRARY))
        assert (library.share_counts, shares.items) == ({}, ())


@pytest.mark.slow
async def test_a_transfer_to_who_is_being_deleted_leaves_no_library_without_an_owner(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    players = {"delete": lambda world: world.accounts.users.delete(world.actor(), "bob"), "transfer": transfer("bob")}

    async for world, played in orders_of(turns, turning_app, clock, [], players, "delete"):
        owner = (await world.sharing.libraries.get(world.actor(), "l")).thing.owner
        is_gone = not isinstance(played.outcomes["delete"], EntakuError)
        assert owner == ("ann" if is_gone else "bob")


async def test_nothing_is_shared_with_a_group_that_goes_meanwhile(
    turns: Turns, turning_app: App, clock: ManualClock
) -> None:
    async def delete(world: World) -> None:
        await world.accounts.directory.delete(world.actor(), parse_principal("group:g"))

    players = {"delete": delete, "share": share("group:g")}
    async for world, _ in orders_of(turns, turning_app, clock, [], players, "delete"):
        listed = await world.sharing.shares.list(world.actor(), "l", limit=10)
        assert (listed.shares.items, listed.thing.share_counts) == ((), {})


async def remains(world: World) -> tuple[int, int]:
    """How many libraries the tenant is counted for, and how many shares of the one there are."""
    usage = (await world.accounts.tenants.settings(world.actor())).usage
    query = Share.of_resource(resource=library_resource("l"))
    return usage["libraries"], len((await world.app.table.for_tenant(world.tenant_id).list(query)).items)


MEETING_A_PURGE: dict[str, Deed] = {
    "another purge": purge,
    "a deletion": remove,
    "a new share": share("individual:cara", by="root"),
    "one share less": unshare("group:g", by="root"),
    "the deletion of a group": lambda world: world.accounts.directory.delete(world.actor(), parse_principal("group:g")),
    "another owner": transfer("cara"),
}


@pytest.mark.parametrize("meeting", MEETING_A_PURGE)
async def test_whatever_a_purge_meets_nothing_of_the_library_is_left_or_counted(
    turns: Turns, turning_app: App, clock: ManualClock, meeting: str
) -> None:
    players = {"purge": purge, "other": MEETING_A_PURGE[meeting]}

    async for world, played in orders_of(turns, turning_app, clock, [share("group:g")], players, "other"):
        assert await remains(world) == (0, 0), played.choices
        trail = await world.audited("l")
        assert trail.count("library_deleted") == 1
        assert trail.count("share_added") == trail.count("share_removed")


async def test_an_id_is_taken_over_whole_or_not_at_all(turns: Turns, turning_app: App, clock: ManualClock) -> None:
    players = {"purge": purge, "creation": lambda world: world.library("l", owner="cara")}

    seen: set[bool] = set()
    async for world, played in orders_of(turns, turning_app, clock, [share("group:g")], players):
        is_refused = isinstance(played.outcomes["creation"], EntakuError)
        seen.add(is_refused)
        assert await remains(world) == ((0, 0) if is_refused else (1, 0)), played.choices
        assert (await world.may("cara", "l") != "") is not is_refused
    assert seen == {True, False}
