"""Members of many principals are merged in the order of ids, each once, in whatever portions they are taken."""

from __future__ import annotations

import random

import pytest

from entaku.modules.accounts import Member, Principal, PrincipalKind
from entaku.modules.sharing.reachers.candidates import Candidates, CandidateWalk
from entaku.table import BoundTable
from tests.modules.sharing.world import World

USERS = [f"u{n:02}" for n in range(40)]
PRINCIPALS = tuple(Principal(PrincipalKind.GROUP, f"g{n}") for n in range(6))


async def furnished(table: BoundTable, dice: random.Random) -> Candidates:
    """Each principal with some members; some people are named themselves."""
    for principal in PRINCIPALS:
        async with table.transaction() as tx:
            for user_id in dice.sample(USERS, dice.randint(0, 25)):
                tx.create(Member(principal=principal, user_id=user_id))
    return Candidates(tuple(sorted(dice.sample(USERS, 3))), PRINCIPALS)


async def expected(table: BoundTable, candidates: Candidates, position: str) -> list[str]:
    found = await table.list_all(*(Member.of_principal(principal=each) for each in PRINCIPALS), at_most=100)
    ids = {*candidates.named, *(member.user_id for members in found for member in members)}
    return sorted(each for each in ids if each > position)


@pytest.mark.parametrize("seed", range(20))
async def test_everybody_comes_once_in_whatever_portions(world: World, seed: int) -> None:
    dice, table = random.Random(seed), world.app.table.for_tenant(world.tenant_id)
    candidates = await furnished(table, dice)
    position = dice.choice(["", "a", "u", *USERS[::7], "u20.x", "z"])
    walk, ids = CandidateWalk(table, candidates, position), list[str]()

    while not walk.is_over:
        size = dice.randint(1, 9)
        taken = await walk.take(size)
        assert len(taken) <= size
        kept = len(taken) if dice.random() < 0.7 else dice.randint(0, len(taken))
        ids += taken[:kept]
        walk.give_back(taken[kept:])

    assert ids == await expected(table, candidates, position)
    assert await walk.take(5) == []
