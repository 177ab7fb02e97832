"""How many calls of the table it takes where there is much: exactly, so that nobody adds one without noticing.

What each operation takes where there is little stands in docs/calls.md. The hierarchy of the tenant is known to the
process here; to load it takes two calls more, once a version.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import build
from entaku.modules.sharing import Check
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.modules.sharing.world import World, grant

Calls = dict[str, int]


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
    await world.sharing.libraries.purge(world.actor(), "gone")
    await world.share("l", "group:g", "read write share")
    counting.start()
    return world


@pytest.mark.parametrize(("shares", "steps"), [(15, 1), (16, 2), (45, 3)])
async def test_a_purge_removes_fifteen_shares_at_once(
    counted: World, counting: CountingDriver, shares: int, steps: int
) -> None:
    people = [f"reader-{n}" for n in range(shares)]
    for start in range(0, shares, 20):
        await counted.user(*people[start : start + 20])
        add = [grant(f"individual:{each}") for each in people[start : start + 20]]
        await counted.sharing.shares.change(counted.actor("ann"), "alone", add=add)
    counting.start()

    await counted.sharing.libraries.purge(counted.actor("ann"), "alone")

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
