"""Evaluations as the specification says: closed by default, defaults for many, and where to stop."""

from __future__ import annotations

import pytest

from entaku.api.in_process import in_process
from entaku.core.errors import Invalid
from entaku.modules.authzen import Vocabulary
from tests.modules.authzen.asking import Enforcer, question, thing, user
from tests.modules.sharing.world import World

NO_SUCH = [
    question("ann", "fly", "library:atlas"),
    question("nobody", "read", "library:atlas"),
    question("ann", "read", "library:nowhere"),
    question("ann", "read", "planet:atlas"),
    question("no id at all", "read", "library:atlas"),
    question("ann", "read", "library:#"),
    {**question("ann", "read", "library:atlas"), "subject": {"type": "robot", "id": "ann"}},
]


@pytest.fixture
async def atlas(world: World) -> World:
    await world.user("ann", "bob")
    await world.library("atlas")
    await world.share("atlas", "individual:bob")
    return world


@pytest.mark.parametrize("body", NO_SUCH, ids=str)
async def test_what_is_not_there_is_a_no(atlas: World, enforcer: Enforcer, body: object) -> None:
    assert (await enforcer.post("evaluation", body))["decision"] is False


async def test_attributes_of_the_caller_are_let_through(atlas: World, enforcer: Enforcer) -> None:
    body = question("bob", "read", "library:atlas")
    body["subject"] |= {"properties": {"ip_address": "192.0.2.7"}, "identity": "a-token"}

    assert (await enforcer.post("evaluation", body | {"context": {"time": "2026-11-21T10:00Z"}}))["decision"] is True


async def test_a_decision_says_why(atlas: World, enforcer: Enforcer) -> None:
    answer = await enforcer.post("evaluation", question("bob", "write", "library:atlas"))

    assert answer["decision"] is False
    assert "Bob" in answer["context"]["reason_admin"]["en"]


async def test_one_that_stops_answers_up_to_there(atlas: World, enforcer: Enforcer) -> None:
    async def decided(semantic: str) -> list[bool]:
        body = {
            "subject": user("bob"),
            "resource": thing("library:atlas"),
            "evaluations": [{"action": {"name": name}} for name in ("read", "write", "delete")],
            "options": {"evaluations_semantic": semantic},
        }
        return [each["decision"] for each in (await enforcer.post("evaluations", body))["evaluations"]]

    assert await decided("execute_all") == [True, False, False]
    assert await decided("deny_on_first_deny") == [True, False]
    assert await decided("permit_on_first_permit") == [True]


async def test_an_incomplete_one_among_many_is_a_no_that_says_so(atlas: World, enforcer: Enforcer) -> None:
    body = {"subject": user("bob"), "evaluations": [{"resource": thing("library:atlas")}, {"action": {"name": "read"}}]}

    answers = (await enforcer.post("evaluations", body))["evaluations"]

    assert [each["decision"] for each in answers] == [False, False]
    assert answers[0]["context"]["error"]["message"] == (
        "the evaluation names no action, and the request has none for all"
    )


async def test_without_a_list_it_is_one_evaluation(atlas: World, enforcer: Enforcer) -> None:
    answer = await enforcer.post("evaluations", question("bob", "read", "library:atlas"))

    assert answer["decision"] is True


async def test_an_incomplete_request_is_refused(atlas: World, enforcer: Enforcer) -> None:
    body = question("bob", "read", "library:atlas")
    del body["action"]

    assert "action" in (await enforcer.post("evaluation", body, status=400))["detail"]
    assert "action" in (await enforcer.post("evaluations", body, status=400))["detail"]


async def test_a_member_asks_about_nobody_else(atlas: World) -> None:
    async with in_process(atlas.app.http()) as client:
        bob = Enforcer(client, atlas.app.tokens.mint("acme", "bob"))

        own = await bob.post("evaluation", question("bob", "read", "library:atlas"))
        await bob.post("evaluation", question("ann", "read", "library:atlas"), status=403)

    assert own["decision"] is True
    assert "reason_admin" not in own["context"]


async def test_who_may_not_know_hears_what_who_asks_about_nothing_hears(atlas: World) -> None:
    await atlas.user("eve")
    async with in_process(atlas.app.http()) as client:
        eve = Enforcer(client, atlas.app.tokens.mint("acme", "eve"))

        hidden = await eve.post("evaluation", question("eve", "read", "library:atlas"))
        nothing = await eve.post("evaluation", question("eve", "read", "library:nowhere"))

    assert hidden == nothing == {"decision": False}


async def test_names_that_stand_for_nothing_are_refused_at_the_start(world: World) -> None:
    with pytest.raises(Invalid, match="'fly' stands for 'flying'; choose one of read, write, delete, share"):
        Vocabulary(world.sharing.kinds, {}, {"fly": "flying"})
    with pytest.raises(Invalid, match="'disc' stands for 'planet'"):
        Vocabulary(world.sharing.kinds, {"disc": "planet"}, {})


def test_names_of_this_system_stand_for_themselves(world: World) -> None:
    with pytest.raises(Invalid, match="'read' is a permission here, so it stands for itself alone"):
        Vocabulary(world.sharing.kinds, {}, {"read": "write"})

    assert Vocabulary(world.sharing.kinds, {"library": "library"}, {"read": "read"}).permission("read") == "read"


async def test_a_reason_is_in_the_language_that_is_asked_for(atlas: World) -> None:
    headers = {"Authorization": f"Bearer {atlas.app.tokens.mint('acme', 'bob')}", "Accept-Language": "ja"}
    async with in_process(atlas.app.http()) as client:
        body = question("bob", "read", "library:atlas")
        answer = await client.call("POST", "/access/v1/evaluation", headers=headers, body=body)

    assert answer.headers["content-language"] == "ja"
    assert "できます" in answer.json()["context"]["reason_user"]["ja"]
