"""Stores as others model their products: what has a meaning here comes in, all else is refused by its name."""

from __future__ import annotations

import pytest

from entaku.modules.accounts import ORGANISATION
from entaku.modules.sharing import Check, Permission
from entaku.modules.workspace import Share
from tests.modules.workspace.importing import Imports
from tests.modules.workspace.reading import flaws_of, read

QUESTIONS = """\
    model: |
      model
        schema 1.1
      type user
      type group
        relations
          define member: [user, group#member]
      type page
        relations
          define owner: [user]
          define editor: [user, group#member] or owner
          define viewer: [user, user:*, group#member] or editor
          define can_open: viewer
          define can_change: editor or owner
          define can_do_anything: can_open or can_change
    tuples:
    - {user: 'user:ann', relation: owner, object: 'page:home'}
    - {user: 'user:bob', relation: member, object: 'group:press'}
    - {user: 'group:press#member', relation: editor, object: 'page:home'}
    tests:
    - check: [{user: 'user:ann', object: 'page:home', assertions: {can_open: true}}]
    """
NOTICES = """\
    model: |
      model
        schema 1.1
      type user
      type notice
        relations
          define owner: [user]
          define reader: [user, user:*] or owner
    tuples:
    - {user: 'user:ann', relation: owner, object: 'notice:hours'}
    - {user: 'user:*', relation: reader, object: 'notice:hours'}
    """
DRAWERS = """\
    model: |
      model
        schema 1.1
      type user
      type drawer
        relations
          define inside: [drawer]
          define reader: [user] or reader from inside
      type sheet
        relations
          define inside: [drawer]
          define owner: [user]
          define reader: [user] or owner or reader from inside
    tuples:
    - {user: 'drawer:top', relation: inside, object: 'sheet:one'}
    """
SHELVES = """\
    model: |
      model
        schema 1.1
      type user
      type shelf
        relations
          define above: [shelf]
          define owner: [user]
          define reader: [user] or owner or reader from above
    tuples:
    - {user: 'shelf:top', relation: above, object: 'shelf:low'}
    """
CHIEFS = """\
    model: |
      model
        schema 1.1
      type clerk
        relations
          define chief: [clerk]
          define can_answer_for: chief or can_answer_for from chief
    tuples:
    - {user: 'clerk:ann', relation: chief, object: 'clerk:bob'}
    """
HOURS = """\
    model: |
      model
        schema 1.1
      type user
      type room
        relations
          define owner: [user]
          define viewer: [user with in_time] or owner
      condition in_time(now: timestamp, from: timestamp, lasting: duration) {
        now < from + lasting
      }
    tuples:
    - user: user:bob
      relation: viewer
      object: room:attic
      condition: {name: in_time, context: {from: '2026-01-01T00:00:00Z', lasting: 1h}}
    """
BANNED = """\
    model: |
      model
        schema 1.1
      type user
      type board
        relations
          define banned: [user]
          define owner: [user]
          define reader: [user] but not banned
          define can_post: reader and owner
    tuples:
    - {user: 'user:ann', relation: owner, object: 'board:news'}
    """
ELSEWHERE = """\
    name: Club
    model_file: ./club.fga
    tuples:
    - {user: 'user:ann', relation: guest, object: 'club:chess'}
    """

REFUSED = {
    "things in things": (DRAWERS, ["the model has the types 'user', 'drawer', 'sheet'"]),
    "a type in itself": (
        SHELVES,
        [
            "shelf: relation 'above' has no meaning here",
            "'define reader: [user] or owner or reader from above' is more than",
        ],
    ),
    "people over people": (CHIEFS, ["the model has the types 'clerk'"]),
    "times of its own": (
        HOURS,
        [
            "condition 'in_time' is not one of ours",
            "room: 'define viewer: [user with in_time] or owner': 'user with in_time' has no meaning here",
            "unknown key 'from'",
            "unknown key 'lasting'",
        ],
    ),
    "denials": (
        BANNED,
        [
            "board: relation 'banned' has no meaning here",
            "board: relation 'can_post' has no meaning here",
            "'define reader: [user] but not banned' is more than names joined by `or`",
        ],
    ),
    "a model elsewhere": (ELSEWHERE, ["other files are not read; put the model itself under `model`"]),
}


@pytest.mark.parametrize(("store", "problems"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_meaning_here_is_refused_by_name_and_place(store: str, problems: list[str]) -> None:
    flaws = flaws_of(store)

    assert all(flaw.line and flaw.path for flaw in flaws)
    assert [problem for problem in problems if not any(problem in flaw.message for flaw in flaws)] == [], flaws


async def test_questions_are_overlooked_and_their_answers_are_the_same(acme: Imports) -> None:
    await acme(QUESTIONS)

    asked = [(user, permission) for user in ("ann", "bob") for permission in (Permission.READ, Permission.WRITE)]
    checks = [Check(user_id=user, library_id="home", permission=permission) for user, permission in asked]
    assert await acme.app.sharing.checks.check(acme.actor, checks) == [True, True, True, True]


def test_a_store_without_groups_and_writers_is_plain_too() -> None:
    (library,) = read(NOTICES).libraries

    assert (library.owner, library.shares) == ("ann", (Share(principal=ORGANISATION),))


def test_nobody_can_be_given_what_is_only_a_question() -> None:
    (flaw,) = flaws_of(QUESTIONS.replace("relation: editor", "relation: can_change"))

    assert "the model does not let 'group:press#member' be 'can_change' of 'page:home'" in flaw.message
