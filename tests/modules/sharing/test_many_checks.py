"""Many checks at once: each is answered as it would be alone, whatever organisation it is and whatever the weather."""

from __future__ import annotations

import random

import pytest

from entaku.core.errors import Invalid
from entaku.main import App
from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing import Check, Permission
from entaku.testing import ManualClock
from tests.modules.sharing.histories import USERS, History
from tests.modules.sharing.naive import Naive
from tests.modules.sharing.world import World

CHECKS_AT_ONCE = 100


async def lived_in(app: App, clock: ManualClock, policy: SharingPolicy, seed: int) -> World:
    """A tenant in which much has happened."""
    world = await World(app, clock, f"tenant-{seed}").create(policy)
    history = History(world, Naive(clock.now(), policy is SharingPolicy.UNION), seed)
    await history.begin()
    for _ in range(60):
        await history.step()
    return world


def some_checks(seed: int) -> list[Check]:
    """Of people and libraries that are there, were there, or never have been; some twice."""
    users, libraries = (*USERS, "nobody"), [f"l{n}" for n in range(12)]
    dice = random.Random(seed)
    return [
        Check(user_id=dice.choice(users), library_id=dice.choice(libraries), permission=dice.choice([*Permission]))
        for _ in range(CHECKS_AT_ONCE)
    ]


@pytest.mark.parametrize("policy", list(SharingPolicy))
@pytest.mark.parametrize("seed", range(4))
async def test_each_is_answered_as_it_would_be_alone(
    app: App, clock: ManualClock, policy: SharingPolicy, seed: int
) -> None:
    world = await lived_in(app, clock, policy, seed)
    checks, ask = some_checks(seed), world.sharing.checks.check

    together = await ask(world.actor(), checks)

    assert together == [(await ask(world.actor(), [check]))[0] for check in checks]
    assert {True, False} == set(together)


async def test_answers_come_in_the_order_of_the_questions(world: World) -> None:
    await world.user("ann", "bob")
    await world.library("b", owner="bob")
    await world.library("a", owner="ann")
    pairs = [("bob", "b"), ("ann", "b"), ("bob", "a"), ("ann", "a"), ("bob", "b")]

    answers = await world.sharing.checks.check(world.actor(), [Check(user_id=u, library_id=lib) for u, lib in pairs])

    assert answers == [True, False, False, True, True]


async def test_a_question_that_makes_no_sense_is_refused_with_all_others(world: World) -> None:
    await world.user("ann")
    await world.library("l")
    checks = [Check(user_id="ann", library_id="l"), Check(user_id="ann", library_id="no id")]

    with pytest.raises(Invalid, match="'no id' is no id of a library"):
        await world.sharing.checks.check(world.actor(), checks)
