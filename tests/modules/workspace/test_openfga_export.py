"""What a store file says of a workspace, and what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import msgspec
import pytest
import yaml

from entaku.core.context import Actor
from entaku.core.errors import Invalid, Unavailable
from entaku.modules.sharing import Check
from entaku.modules.workspace import OpenFgaExport, Workspace
from entaku.testing import ManualClock
from tests.emulators.openfga import Verdict, verdict
from tests.modules.workspace.importing import Imports
from tests.modules.workspace.reading import read

FILE = """\
    name: Acme
    policy: union
    departments: [{id: sales, name: Sales}, {id: shops, name: Shops, parent: sales}]
    groups: [{id: staff, name: Staff}, {id: night, name: Night, parents: [staff]}]
    users: [{id: ann, name: Ann}, {id: bob, name: Bob, groups: [night], department: shops, state: deactivated}]
    libraries:
    - id: menu
      name: Menu
      owner: ann
      shares:
    """
ANN = "users: [{id: ann, name: Ann}]\nlibraries:\n- id: menu\n  name: Menu\n  owner: ann\n  shares:\n"
ENDING = [(f"g{minute}", f"2026-04-01T09:{minute}:00Z") for minute in range(31, 39)]


def store(shares: str = "- {with: organisation}") -> dict[str, Any]:
    return OpenFgaExport(read(dedent(FILE) + indent(dedent(shares), "  "))).document()


def tuples_of(shares: str) -> list[tuple[str, str]]:
    """Whom the menu is shared with in which relation."""
    aside = ("organisation", "owner")
    return [
        (each["user"], each["relation"])
        for each in store(shares)["tuples"]
        if each["object"] == "library:menu" and each["relation"] not in aside
    ]


def nested(levels: int) -> Workspace:
    """Groups in groups, with a user in the innermost and a library shared with the outermost."""
    groups = "".join(f"- {{id: g{n}, name: G, parents: [g{n - 1}]}}\n" for n in range(1, levels))
    return read(
        "groups:\n- {id: g0, name: G}\n" + groups + "users:\n- {id: ann, name: Ann}\n"
        f"- {{id: bob, name: Bob, groups: [g{levels - 1}]}}\n- {{id: cid, name: Cid}}\n"
        "libraries:\n- {id: menu, name: Menu, owner: ann, shares: [{with: 'group:g0', permissions: [read, write]}]}\n"
    )


def test_a_share_is_a_tuple_for_each_permission() -> None:
    shares = tuples_of("- {with: group:staff, permissions: [read, share]}")

    assert shares == [("group:staff#member", "group_read"), ("group:staff#member", "group_share")]


def test_a_share_with_a_department_is_with_all_below_it_or_with_itself() -> None:
    shares = tuples_of("- {with: department:sales}\n- {with: department:shops, include_children: false}")

    assert [user for user, _ in shares] == ["department:sales#tree_member", "department:shops#member"]


def test_times_are_a_condition() -> None:
    (share,) = [
        each for each in store("- {with: user:bob, until: 2027-01-01T00:00:00+09:00}")["tuples"] if "condition" in each
    ]

    assert share["condition"] == {
        "name": "live",
        "context": {"starts_at": "0001-01-01T00:00:00Z", "expires_at": "2026-12-31T15:00:00Z"},
    }


def test_what_was_passed_on_stands_apart_and_says_by_whom() -> None:
    (share,) = [
        each
        for each in store("- {with: user:bob, delegated: true, granted_by: ann}")["tuples"]
        if each["relation"] == "delegated_read"
    ]

    assert share["condition"]["context"]["granted_by"] == "ann"


def test_who_is_deactivated_stays_and_is_said_to_be() -> None:
    relations = {(each["user"], each["relation"]) for each in store()["tuples"] if each["user"].startswith("user:")}

    assert {("user:bob", "member"), ("user:bob", "deactivated")} <= relations
    assert ("user:ann", "deactivated") not in relations


def test_who_is_no_user_any_more_has_no_shares() -> None:
    workspace = read(dedent(FILE) + "  - {with: user:bob}\n  - {with: organisation}\n")
    without = msgspec.structs.replace(workspace, users=workspace.users[:1])

    assert "user:bob" not in OpenFgaExport(without).text()


def test_the_text_says_what_the_document_says() -> None:
    export = OpenFgaExport(read(dedent(FILE) + "  - {with: group:staff}\n"))

    assert yaml.safe_load(export.text()) == export.document()


async def test_answers_are_about_people_of_the_shares_first(acme: Imports, clock: ManualClock) -> None:
    workspace = nested(3)
    await acme(workspace)

    export = await OpenFgaExport(workspace).with_answers(acme.app.sharing.checks.check, acme.actor, clock, 2)

    first, second = export.document()["tests"][0]["check"]
    assert (first["user"], first["object"]) == ("user:ann", "library:menu")
    assert set(first["assertions"].values()) == {True}
    assert second["context"] == {"current_time": "2026-04-01T09:30:00Z"}


async def test_more_answers_than_a_file_holds_are_refused(acme: Imports, clock: ManualClock) -> None:
    with pytest.raises(Invalid, match="100000 pairs"):
        await OpenFgaExport(nested(1)).with_answers(acme.app.sharing.checks.check, acme.actor, clock, 100_001)


async def test_answers_are_asked_for_again_when_a_share_ended_meanwhile(acme: Imports, clock: ManualClock) -> None:
    workspace = read(dedent(FILE) + "  - {with: organisation, until: 2026-04-01T09:31:00Z}\n")
    minutes = iter([1])

    async def ask(actor: Actor, checks: Sequence[Check]) -> list[bool]:
        clock.advance(timedelta(minutes=next(minutes, 0)))
        return [clock.now().minute == 30] * len(checks)

    export = await OpenFgaExport(workspace).with_answers(ask, acme.actor, clock, 1)

    (answer,) = export.document()["tests"][0]["check"]
    assert answer["context"] == {"current_time": "2026-04-01T09:31:00Z"}
    assert set(answer["assertions"].values()) == {False}


async def test_shares_that_never_cease_to_end_are_told(acme: Imports, clock: ManualClock) -> None:
    shares = "".join(f"  - {{with: group:{group}, until: {at}}}\n" for group, at in ENDING)
    workspace = read(f"groups: [{', '.join(f'{{id: {group}, name: G}}' for group, _ in ENDING)}]\n" + ANN + shares)

    async def ask(actor: Actor, checks: Sequence[Check]) -> list[bool]:
        clock.advance(timedelta(minutes=1))
        return [True] * len(checks)

    with pytest.raises(Unavailable, match="during each of 8 attempts"):
        await OpenFgaExport(workspace).with_answers(ask, acme.actor, clock, 1)


def test_what_only_a_directory_knows_is_told() -> None:
    told = OpenFgaExport(read("roles: [{id: cook, name: Cook}]\ngroups: [{id: a, name: A}]")).left_out()

    assert told == [
        "the store does not know of roles without members and shares: 'cook'",
        "the store does not know of groups without members and shares: 'a'",
    ]


@pytest.mark.parametrize(("levels", "is_told"), [(25, False), (26, True)])
def test_nesting_that_openfga_does_not_follow_is_told(levels: int, is_told: bool) -> None:
    told = OpenFgaExport(nested(levels)).left_out()

    assert any("OPENFGA_RESOLVE_NODE_LIMIT" in sentence for sentence in told) is is_told


@pytest.mark.thorough
async def test_openfga_follows_nesting_as_deep_as_is_not_told(
    acme: Imports, clock: ManualClock, tmp_path: Path
) -> None:
    await acme(nested(25))

    export = await OpenFgaExport(nested(25)).with_answers(acme.app.sharing.checks.check, acme.actor, clock, 3)

    assert verdict(export.text(), tmp_path) == Verdict(checks=12, differences=())
