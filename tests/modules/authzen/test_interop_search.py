"""The search scenario of the working group: who may view, edit and delete twenty records, and which those are.

The results are those that its test harness publishes. Alice and Dan manage, so they view everything; who may delete
a record owns it.
"""

from __future__ import annotations

import pytest

from tests.modules.authzen.asking import Enforcer, question, thing, user
from tests.modules.sharing.world import World

USERS = {name[0]: name for name in ("alice", "bob", "carol", "dan", "erin", "felix")}
# Of each record: who views it, who edits it, who deletes it.
PUBLISHED = {
    "101": "abcd a a",
    "102": "abcd b b",
    "103": "abcd c c",
    "104": "adf d d",
    "105": "abcde e e",
    "106": "adf f f",
    "107": "ad a a",
    "108": "abcd b b",
    "109": "acdf c c",
    "110": "ad ad d",
    "111": "adef e e",
    "112": "abcdf f f",
    "113": "ad a a",
    "114": "abdf b b",
    "115": "acde cd c",
    "116": "abcd d d",
    "117": "abcde e e",
    "118": "adf f f",
    "119": "abcd a a",
    "120": "abdf b b",
}
ALLOWED = {
    (user_id, action, record)
    for record, columns in PUBLISHED.items()
    for action, letters in zip(("view", "edit", "delete"), columns.split(), strict=True)
    for user_id in (USERS[letter] for letter in letters)
}
ACTIONS = {"view": "read", "edit": "write", "delete": "delete"}


@pytest.fixture
async def records(world: World) -> World:
    await world.group("managers")
    for user_id in USERS.values():
        await world.user(user_id, groups="managers" if user_id in {"alice", "dan"} else "")
    for record, columns in PUBLISHED.items():
        viewers, editors, (owner,) = columns.split()
        await world.library(record, owner=USERS[owner])
        await world.share(record, "group:managers")
        for letter in {*viewers, *editors} - {owner}:
            permissions = "read write" if letter in editors else "read"
            await world.share(record, f"individual:{USERS[letter]}", permissions)
    return world


@pytest.mark.parametrize("limit", [100, 2])
async def test_the_records_of_each_user_are_the_published_ones(records: World, enforcer: Enforcer, limit: int) -> None:
    found = {
        (user_id, action, record)
        for user_id in USERS.values()
        for action in ACTIONS
        for record in await enforcer.search(
            "resource",
            {"subject": user(user_id), "action": {"name": action}, "resource": {"type": "record"}},
            limit=limit,
        )
    }

    assert found == ALLOWED


@pytest.mark.parametrize("limit", [100, 2])
async def test_the_users_of_each_record_are_the_published_ones(records: World, enforcer: Enforcer, limit: int) -> None:
    found = {
        (user_id, action, record)
        for record in PUBLISHED
        for action in ACTIONS
        for user_id in await enforcer.search(
            "subject",
            {"subject": {"type": "user"}, "action": {"name": action}, "resource": thing(f"record:{record}")},
            limit=limit,
        )
    }

    assert found == ALLOWED


async def test_the_actions_of_each_user_are_the_published_ones(records: World, enforcer: Enforcer) -> None:
    words = {word: action for action, word in ACTIONS.items()}
    found = {
        (user_id, words[word], record)
        for user_id in USERS.values()
        for record in PUBLISHED
        for word in await enforcer.search("action", {"subject": user(user_id), "resource": thing(f"record:{record}")})
        if word in words
    }

    assert found == ALLOWED


async def test_what_a_search_finds_an_evaluation_permits(records: World, enforcer: Enforcer) -> None:
    asked = [(user_id, action, record) for user_id in USERS.values() for action in ACTIONS for record in PUBLISHED]
    permitted = set[tuple[str, str, str]]()
    for start in range(0, len(asked), 100):
        part = asked[start : start + 100]
        body = {"evaluations": [question(u, action, f"record:{record}") for u, action, record in part]}
        answers = (await enforcer.post("evaluations", body))["evaluations"]
        permitted |= {each for each, answer in zip(part, answers, strict=True) if answer["decision"]}

    assert permitted == ALLOWED
