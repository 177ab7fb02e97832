"""What a file does not say stays as it is, and is the default where the file creates something."""

from __future__ import annotations

import pytest

from entaku.core.context import AccessLevel
from entaku.modules.accounts import EntryChange, Principal, PrincipalKind, UserState
from tests.modules.workspace.importing import UNCHANGED, Imports
from tests.modules.workspace.reading import flaw_of

BARE = """\
    departments: [{id: hq, name: Headquarters}]
    groups: [{id: staff, name: Staff}]
    users: [{id: lena, name: Lena}]
    libraries: [{id: menu, name: Menu, owner: lena}]
"""
FULL = """\
    departments: [{id: firm, name: Firm}, {id: hq, name: Headquarters, parent: firm}]
    roles: [{id: cook, name: Cook}]
    groups: [{id: staff, name: Staff}]
    users: [{id: lena, name: Lena, email: lena@acme.example, department: hq, role: cook, groups: [staff]}]
"""
NOTHING_OF_LENA = FULL.replace(", email: lena@acme.example, department: hq, role: cook, groups: [staff]", "")


async def test_somebody_who_was_deactivated_stays_so(acme: Imports) -> None:
    await acme(BARE)
    await acme.change_user("lena", is_active=False)

    report = await acme(BARE)

    assert (await acme.user("lena")).state is UserState.DEACTIVATED
    assert report.counts["users"] == UNCHANGED


async def test_a_level_that_was_given_by_hand_stays(acme: Imports) -> None:
    await acme(BARE)
    await acme.change_user("lena", level=AccessLevel.TENANT_ADMIN)

    await acme(BARE)

    assert (await acme.user("lena")).level is AccessLevel.TENANT_ADMIN


async def test_texts_and_what_may_be_discovered_stay(acme: Imports) -> None:
    await acme(BARE)
    await acme.change_library("menu", description="What we eat", is_discoverable=True)
    staff = Principal(PrincipalKind.GROUP, "staff")
    await acme.app.accounts.directory.change(acme.actor, staff, EntryChange(description="Everybody"))

    report = await acme(BARE)

    menu = await acme.library("menu")
    assert (menu.description, menu.is_discoverable) == ("What we eat", True)
    assert (await acme.directory()).groups["staff"].description == "Everybody"
    assert report.counts["libraries"] == report.counts["groups"] == UNCHANGED


async def test_where_people_and_departments_belong_stays(acme: Imports) -> None:
    await acme(FULL)
    before = await acme.user("lena")

    await acme(NOTHING_OF_LENA.replace(", parent: firm", ""))

    assert await acme.user("lena") == before
    assert (await acme.directory()).departments["hq"].parent == "firm"


async def test_pruning_takes_memberships_and_leaves_what_somebody_is(acme: Imports) -> None:
    await acme(FULL)
    await acme.change_user("lena", is_active=False, level=AccessLevel.TENANT_ADMIN)

    await acme(NOTHING_OF_LENA.replace(", parent: firm", ""), prune=True)

    lena = await acme.user("lena")
    assert (lena.department, lena.role, lena.groups) == (None, None, frozenset())
    assert (lena.email, lena.level, lena.state) == ("lena@acme.example", AccessLevel.TENANT_ADMIN, "deactivated")
    assert (await acme.directory()).departments["hq"].parent is None


async def test_null_says_that_there_is_none(acme: Imports) -> None:
    await acme(FULL)

    await acme("""\
        departments: [{id: hq, name: Headquarters, parent: null}]
        users: [{id: lena, name: Lena, email: null, department: null, role: null}]
    """)

    lena = await acme.user("lena")
    assert (lena.email, lena.department, lena.role) == (None, None, None)
    assert (await acme.directory()).departments["hq"].parent is None


async def test_what_is_said_holds_again(acme: Imports) -> None:
    said = BARE.replace("name: Lena", "name: Lena, state: active, level: member").replace(
        "owner: lena", "owner: lena, description: '', discoverable: false"
    )
    await acme(said)
    await acme.change_user("lena", is_active=False, level=AccessLevel.TENANT_ADMIN)
    await acme(said.replace("state: active", "state: deactivated"))
    await acme.change_library("menu", description="What we eat", is_discoverable=True)

    await acme(said)

    lena, menu = await acme.user("lena"), await acme.library("menu")
    assert (lena.level, lena.state) == (AccessLevel.MEMBER, UserState.ACTIVE)
    assert (menu.description, menu.is_discoverable) == ("", False)


async def test_what_the_file_creates_has_what_the_page_calls_the_default(acme: Imports) -> None:
    await acme(BARE)

    lena, menu = await acme.user("lena"), await acme.library("menu")
    assert (lena.level, lena.state, lena.is_service) == (AccessLevel.MEMBER, UserState.ACTIVE, False)
    assert (menu.description, menu.is_discoverable) == ("", False)


async def test_a_person_does_not_become_a_service_unnoticed(acme: Imports) -> None:
    await acme(BARE)

    (flaw,) = await acme.flaws("users: [{id: lena, name: Lena, service: true}]")

    assert flaw.startswith("user 'lena' is a person")


async def test_an_organisation_of_github_says_who_administers_and_not_who_is_active(acme: Imports) -> None:
    await acme("admins: [ada]\nmembers: [bob]\n")
    await acme.change_user("bob", is_active=False, level=AccessLevel.TENANT_ADMIN, email="bob@acme.example")

    await acme("admins: [ada]\nmembers: [bob]\n")

    bob = await acme.user("bob")
    assert (bob.level, bob.state, bob.email) == (AccessLevel.MEMBER, UserState.DEACTIVATED, "bob@acme.example")


@pytest.mark.parametrize("key", ["level", "state", "service", "groups"])
def test_a_key_without_a_value_is_a_flaw_where_there_cannot_be_none(key: str) -> None:
    flaw = flaw_of(f"users:\n- id: a\n  name: A\n  {key}:\n")

    assert (flaw.path, flaw.line) == (f"users[0].{key}", 4)
    assert "leave the key out" in flaw.message
