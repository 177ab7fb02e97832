"""How many calls of the table each operation takes: exactly, so that nobody adds one without noticing.

The hierarchy of the tenant is known to the process here; to load it takes two calls more, once a version.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from entaku.core.config import Config
from entaku.main import build
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import Check, LibraryChange, ListRequest, NewLibrary
from entaku.table import idempotency_key
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.modules.sharing.world import World, grant

Calls = dict[str, int]
Deed = Callable[[World], Awaitable[Any]]

READS = {
    "a check of oneself": (lambda w: w.sharing.checks.check(w.actor("bob"), [asked("bob")]), {"read": 2}),
    "a check of an owner": (lambda w: w.sharing.checks.check(w.actor("ann"), [asked("ann")]), {"read": 1}),
    "four questions about one pair": (
        lambda w: w.sharing.checks.check(w.actor("bob"), [asked("bob")] * 4),
        {"read": 2},
    ),
    "what somebody may do, and why": (lambda w: w.access("bob", "l", by="bob"), {"read": 2}),
    "the same, asked by the owner": (lambda w: w.access("bob", "l", by="ann"), {"read": 3}),
    "the same, asked by an administrator": (lambda w: w.access("bob", "l"), {"read": 4}),
    "a library": (lambda w: w.sharing.libraries.get(w.actor("bob"), "l"), {"read": 2}),
    "a library of one's own": (lambda w: w.sharing.libraries.get(w.actor("ann"), "l"), {"read": 1}),
    "all libraries": (lambda w: w.sharing.libraries.list(w.actor(), limit=10), {"query": 1}),
    "a search of all libraries": (lambda w: w.sharing.libraries.list(w.actor(), limit=10, q="x"), {"query": 1}),
    "the shares of a library": (
        lambda w: w.sharing.shares.list(w.actor("ann"), "l", limit=10),
        {"read": 1, "query": 1},
    ),
    "the trail of a library": (
        lambda w: w.sharing.libraries.audit(w.actor("ann"), "l", limit=10),
        {"read": 1, "query": 1},
    ),
    "what somebody reaches": (
        lambda w: w.sharing.lists.of_user(w.actor("bob"), "bob", ListRequest(limit=10)),
        {"begin_snapshot": 1, "read": 2, "query": 1},
    ),
}
WRITES = {
    "a new library": (
        lambda w: w.sharing.libraries.create(w.actor("ann"), NewLibrary(name="New")),
        {"read": 3, "write": 1},
    ),
    "another name": (
        lambda w: w.sharing.libraries.change(w.actor("ann"), "l", LibraryChange(name="Other")),
        {"read": 1, "write": 1},
    ),
    "the name it has": (
        lambda w: w.sharing.libraries.change(w.actor("ann"), "l", LibraryChange(name="L")),
        {"read": 1},
    ),
    "another owner": (
        lambda w: w.sharing.libraries.change(w.actor("ann"), "l", LibraryChange(owner="bob")),
        {"read": 2, "write": 1},
    ),
    "no library any more": (
        lambda w: w.sharing.libraries.delete(w.actor("ann"), "l"),
        {"read": 2, "query": 1, "write": 1},
    ),
    "no library any more, which was not shared": (
        lambda w: w.sharing.libraries.delete(w.actor("ann"), "alone"),
        {"read": 2, "write": 1},
    ),
    "a library with an id that is free again": (
        lambda w: w.sharing.libraries.create(w.actor("ann"), NewLibrary(name="New", library_id="gone")),
        {"read": 3, "write": 1},
    ),
    "a share by the owner": (
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", add=[grant("role:r")]),
        {"read": 2, "write": 1},
    ),
    "twenty shares by the owner": (
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", add=[grant(f"individual:u{n}") for n in range(20)]),
        {"read": 2, "query": 1, "write": 1},
    ),
    "a share that may outrank another": (
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", add=[grant("individual:cara")]),
        {"read": 2, "query": 1, "write": 1},
    ),
    "a share by a delegate": (
        lambda w: w.sharing.shares.change(w.actor("bob"), "l", add=[grant("individual:cara")]),
        {"read": 3, "write": 1},
    ),
    "one share less": (
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", remove=[parse_principal("group:g")]),
        {"read": 2, "write": 1},
    ),
    "a share that is there": (
        lambda w: w.sharing.shares.change(w.actor("ann"), "l", add=[grant("group:g", "read write share")]),
        {"read": 2},
    ),
    "a share with an idempotency key": (
        lambda w: w.sharing.shares.change(
            w.actor("ann"), "l", add=[grant("role:r")], idempotency=idempotency_key("k", b"")
        ),
        {"read": 3, "write": 1},
    ),
}


def asked(user_id: str) -> Check:
    return Check(user_id=user_id, library_id="l")


@pytest.fixture
def counting(bare_driver: Driver) -> CountingDriver:
    return CountingDriver(bare_driver)


@pytest.fixture
async def counted(counting: CountingDriver, clock: ManualClock, tmp_path: Path) -> World:
    """Ann owns a library that is shared with Bob's group; the process knows the tenant's hierarchy."""
    app = await build(Config(data=tmp_path / "data"), driver=counting, clock=clock)
    world = await World(app, clock, "acme").create()
    await world.role("r")
    await world.group("g")
    await world.user("ann", "cara", *(f"u{n}" for n in range(20)))
    await world.user("bob", groups="g")
    for library in ("l", "alone", "gone"):
        await world.library(library)
    await world.sharing.libraries.delete(world.actor(), "gone")
    await world.share("l", "group:g", "read write share")
    counting.start()
    return world


@pytest.mark.parametrize(("deed", "calls"), [*READS.values(), *WRITES.values()], ids=[*READS, *WRITES])
async def test_it_takes_exactly_these_calls(counted: World, counting: CountingDriver, deed: Deed, calls: Calls) -> None:
    await deed(counted)

    assert dict(counting.calls) == calls


@pytest.mark.parametrize(("shares", "steps"), [(20, 1), (21, 2), (60, 3)])
async def test_a_deletion_removes_twenty_shares_at_once(
    counted: World, counting: CountingDriver, shares: int, steps: int
) -> None:
    people = [f"reader-{n}" for n in range(shares)]
    for start in range(0, shares, 20):
        await counted.user(*people[start : start + 20])
        add = [grant(f"individual:{each}") for each in people[start : start + 20]]
        await counted.sharing.shares.change(counted.actor("ann"), "alone", add=add)
    counting.start()

    await counted.sharing.libraries.delete(counted.actor("ann"), "alone")

    assert dict(counting.calls) == {"read": 2 * steps, "query": steps, "write": steps}


@pytest.mark.parametrize(("groups", "reads"), [(40, 2), (140, 3)])
async def test_a_check_reads_94_principals_at_once(
    counted: World, counting: CountingDriver, groups: int, reads: int
) -> None:
    names = [f"group-{n}" for n in range(groups)]
    for name in names:
        await counted.group(name)
    for start in range(0, groups, 50):
        await counted.change_user("bob", join=frozenset(names[start : start + 50]))
    await counted.may("bob", "l")
    counting.start()

    await counted.sharing.checks.check(counted.actor("bob"), [asked("bob")])

    assert dict(counting.calls) == {"read": reads}


ALL = tuple(f"l{n}" for n in range(100))
PEOPLE = tuple(f"p{n}" for n in range(100))
MANY = {
    "100 libraries of one user": ([("bob", each) for each in ALL], {"read": 7}),
    "100 users of one library": ([(each, "l0") for each in PEOPLE], {"read": 5}),
    "100 distinct pairs": ([*zip(PEOPLE, ALL, strict=True)], {"read": 8}),
    "ten users and ten libraries": ([(user, each) for user in PEOPLE[:10] for each in ALL[:10]], {"read": 3}),
    "100 libraries of their owner": ([("ann", each) for each in ALL], {"read": 2}),
    "100 libraries that are not there": ([("bob", f"no-{each}") for each in ALL], {"read": 7}),
    "25 pairs, each asked about four times": ([("bob", each) for each in ALL[:25]] * 4, {"read": 3}),
}


@pytest.mark.parametrize(("pairs", "calls"), MANY.values(), ids=MANY)
async def test_checks_of_many_pairs_are_read_together(
    counted: World, counting: CountingDriver, pairs: list[tuple[str, str]], calls: Calls
) -> None:
    for user, library in zip(PEOPLE, ALL, strict=True):
        await counted.user(user)
        await counted.library(library)
    checks = [Check(user_id=user, library_id=library) for user, library in pairs]
    counting.start()

    await counted.sharing.checks.check(counted.actor(), checks)

    assert dict(counting.calls) == calls


async def test_a_changed_directory_is_loaded_once(counted: World, counting: CountingDriver) -> None:
    await counted.group("new")
    counting.start()

    await counted.sharing.checks.check(counted.actor("bob"), [asked("bob")])
    first = dict(counting.calls)
    counting.start()
    await counted.sharing.checks.check(counted.actor("bob"), [asked("bob")])

    assert first == {"read": 3, "query": 1}
    assert dict(counting.calls) == {"read": 2}
