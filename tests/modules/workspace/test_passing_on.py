"""Shares that were passed on by somebody who does not manage the library: they come back as such, and lower nobody."""

from __future__ import annotations

import pytest

from entaku.modules.accounts import UserState, individual
from entaku.modules.sharing import Check, Permission
from entaku.modules.workspace import Share
from tests.modules.workspace.importing import Imports
from tests.modules.workspace.reading import flaw_of, read

FILE = """\
    groups: [{id: staff, name: Staff}]
    users: [{id: ann, name: Ann}, {id: bob, name: Bob}, {id: cid, name: Cid, groups: [staff]}, {id: dan, name: Dan}]
    libraries:
    - id: menu
      name: Menu
      owner: ann
      shares:
      - {with: group:staff, permissions: [read, write]}
      - {with: user:bob, permissions: [read, share]}
      - {with: user:cid, delegated: true, granted_by: bob}
"""
WITHOUT_SHARE = FILE.replace("permissions: [read, share]", "permissions: [read]")
OF_THE_OWNER = FILE.replace(", delegated: true, granted_by: bob", "")


async def may_write(acme: Imports, user_id: str) -> bool:
    checks = [Check(user_id=user_id, library_id="menu", permission=Permission.WRITE)]
    return (await acme.app.sharing.checks.check(acme.actor, checks))[0]


def test_who_passed_a_share_on_is_read() -> None:
    *_, share = read(FILE).libraries[0].shares

    assert share == Share(principal=individual("cid"), delegated_by="bob")


@pytest.mark.parametrize(
    ("said", "message"), [("delegated: true", "granted_by: ID"), ("granted_by: bob", "delegated: true")]
)
def test_that_a_share_was_passed_on_and_by_whom_is_said_together(said: str, message: str) -> None:
    flaw = flaw_of(FILE.replace("delegated: true, granted_by: bob", said))

    assert (flaw.path, flaw.line) == ("libraries[0].shares[2].granted_by", 10)
    assert message in flaw.message


async def test_a_share_that_was_passed_on_lowers_nobody(acme: Imports) -> None:
    first = await acme(FILE)
    second = await acme(FILE)

    terms = (await acme.shares("menu"))["individual:cid"].terms
    assert (terms.is_delegated, terms.granted_by) == (True, "bob")
    assert await may_write(acme, "cid")
    assert (first.counts["shares"].created, second.counts["shares"].unchanged) == (3, 3)


async def test_the_same_from_the_owner_decides(acme: Imports) -> None:
    await acme(FILE)

    report = await acme(OF_THE_OWNER)

    assert not await may_write(acme, "cid")
    assert (report.counts["shares"].changed, report.counts["shares"].unchanged) == (1, 2)


async def test_what_may_not_be_passed_on_is_told_and_left_out(acme: Imports) -> None:
    report = await acme(WITHOUT_SHARE)

    assert sorted(await acme.shares("menu")) == ["group:staff", "individual:bob"]
    (warning,) = report.warnings
    assert warning.startswith("library menu: the share with individual:cid that bob passed on is left out: ")


async def test_the_owners_own_share_is_not_weakened(acme: Imports) -> None:
    await acme(OF_THE_OWNER)

    report = await acme(FILE)

    assert not (await acme.shares("menu"))["individual:cid"].terms.is_delegated
    assert len(report.warnings) == 1


async def test_what_was_passed_on_may_have_been_passed_on_again(acme: Imports) -> None:
    """Whoever did comes later in the file than whom they gave it to."""
    twice = FILE.replace(
        "      - {with: user:cid, delegated: true, granted_by: bob}",
        "      - {with: user:cid, delegated: true, granted_by: dan}\n"
        "      - {with: user:dan, permissions: [read, share], delegated: true, granted_by: bob}",
    )

    report = await acme(twice)

    shares = await acme.shares("menu")
    assert [shares[f"individual:{user_id}"].terms.granted_by for user_id in ("cid", "dan")] == ["dan", "bob"]
    assert report.warnings == []


async def test_who_passed_it_on_may_have_left(acme: Imports) -> None:
    await acme(FILE.replace("name: Bob", "name: Bob, state: deactivated"))

    assert (await acme.user("bob")).state is UserState.DEACTIVATED
    assert (await acme.shares("menu"))["individual:cid"].terms.granted_by == "bob"
