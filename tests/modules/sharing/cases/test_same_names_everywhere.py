"""More of the kind: one word as the id of everything, and as the idempotency key of everybody."""

from __future__ import annotations

import pytest

from entaku.api.in_process import Answer, in_process
from entaku.main import App
from entaku.table import idempotency_key
from entaku.testing import ManualClock
from tests.modules.sharing.cases.answers import NOTHING, may
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import World, grant

WORD = "organisation"
"""Also the id of the one principal that has no id of its own."""


@pytest.mark.parametrize("kind", ["individual", "group", "role", "department"])
async def test_one_id_for_everything_mixes_nothing_up(rows: RowWorld, kind: str) -> None:
    world = rows.world
    await world.group(WORD)
    await world.role(WORD)
    await world.department(WORD)
    await world.user(WORD)
    places = {"group": {"groups": WORD}, "role": {"role": WORD}, "department": {"department": WORD}}
    for place, fields in places.items():
        await world.user(f"by-{place}", **fields)
    await world.library(WORD)

    await world.share(WORD, f"{kind}:{WORD}")
    await rows.finish()

    reached = {user for user in (WORD, *(f"by-{place}" for place in places)) if await may(rows, user, WORD)}
    assert reached == {WORD if kind == "individual" else f"by-{kind}"}
    assert await may(rows, "bob", WORD) == NOTHING


async def test_one_idempotency_key_in_two_tenants_is_two_shares(app: App, clock: ManualClock) -> None:
    answers: list[str] = []
    for tenant in ("acme", "globex"):
        world = await World(app, clock, tenant).create()
        await world.user("ann", "bob")
        await world.library("handbook")
        await world.sharing.shares.change(
            world.actor(), "handbook", add=[grant("individual:bob")], idempotency=idempotency_key("k", b"body")
        )
        answers.append(await world.may("bob", "handbook"))

    assert answers == ["read", "read"]


async def test_the_answer_to_one_persons_key_is_told_to_nobody_else(world: World) -> None:
    await world.user("ann", "bob")
    await world.library("handbook")
    body = {"add": [{"principal": {"kind": "organisation"}, "permissions": ["read"]}]}

    async with in_process(world.app.http()) as client:
        answers: list[Answer] = []
        for user in ("ann", "bob"):
            headers = {"Authorization": f"Bearer {world.app.tokens.mint('acme', user)}", "Idempotency-Key": "once"}
            answers.append(await client.call("PATCH", "/api/libraries/handbook/shares", headers=headers, body=body))

    assert [answer.status for answer in answers] == [200, 409]
    assert "idempotency-replayed" not in answers[1].headers
    assert str(answers[0].json()["version"]).encode() not in answers[1].body
