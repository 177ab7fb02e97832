"""Libraries and shares: put back after they were deleted, pruned, ended between two milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entaku.core.errors import Invalid
from entaku.modules.accounts import Principal, PrincipalKind
from entaku.modules.sharing import SHARES_CHANGED_MAX, Grant, ResourceState
from tests.modules.workspace.importing import CREATED, UNCHANGED, Imports
from tests.modules.workspace.reading import flaw_of, read

PEOPLE = "users: [{id: ann, name: Ann}, {id: bob, name: Bob}, {id: cid, name: Cid, groups: [staff]}]\n"
STAFF = "groups: [{id: staff, name: Staff}]\n"
SHARED = PEOPLE + STAFF + "libraries: [{id: menu, name: Menu, owner: ann, shares: [{with: group:staff}]}]\n"


def shared(*shares: str) -> str:
    return SHARED.replace("{with: group:staff}", ", ".join(shares))


async def test_a_library_that_was_pruned_can_be_put_back(acme: Imports) -> None:
    await acme(SHARED)
    await acme(PEOPLE + STAFF, prune=True)

    report = await acme(SHARED)

    assert (await acme.library("menu")).state is ResourceState.ACTIVE
    assert list(await acme.shares("menu")) == ["group:staff"]
    assert (report.counts["libraries"], report.counts["shares"]) == (CREATED, CREATED)


async def test_a_library_in_the_bin_is_for_somebody_to_decide_about(acme: Imports) -> None:
    await acme(SHARED)
    await acme.app.sharing.libraries.delete(acme.actor, "menu")

    with pytest.raises(Invalid) as refusal:
        await acme(SHARED)

    assert "library 'menu' is deleted and can be restored" in refusal.value.flaws[0].message
    assert "entaku libraries restore menu" in refusal.value.flaws[0].message


async def test_an_archived_library_is_left_as_it_is(acme: Imports) -> None:
    await acme(SHARED)
    await acme.app.sharing.libraries.archive(acme.actor, "menu")

    report = await acme(shared("{with: group:staff}", "{with: user:bob}").replace("Menu", "Other"))

    assert ((await acme.library("menu")).name, list(await acme.shares("menu"))) == ("Menu", ["group:staff"])
    assert report.counts["libraries"] == UNCHANGED
    assert "library menu is archived and left as it is; unarchive it to change it" in report.warnings


async def test_a_library_that_was_purged_comes_back_as_the_file_says_and_no_more(acme: Imports) -> None:
    await acme(shared("{with: group:staff}", "{with: user:bob}"))
    await acme.change_library("menu", description="What we eat", is_discoverable=True)
    await acme.app.sharing.libraries.purge(acme.actor, "menu")

    await acme(SHARED)

    menu = await acme.library("menu")
    assert (menu.description, menu.is_discoverable) == ("", False)
    assert list(await acme.shares("menu")) == ["group:staff"]


async def test_an_end_between_two_milliseconds_is_the_earlier_one(acme: Imports) -> None:
    ending = shared("{with: user:bob, until: '2030-01-01T00:00:00.0015Z'}")

    await acme(ending)
    report = await acme(ending)

    cut = datetime(2030, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)
    assert read(ending).libraries[0].shares[0].expires_at == cut
    assert (await acme.shares("menu"))["individual:bob"].terms.expires_at == cut
    assert report.counts["shares"] == UNCHANGED


def test_a_share_that_begins_and_ends_in_one_millisecond_is_refused() -> None:
    flaw = flaw_of(shared("{with: user:bob, from: '2030-01-01T00:00:00.0001Z', until: '2030-01-01T00:00:00.0005Z'}"))

    assert flaw.path == "libraries[0].shares[0].until"


async def test_only_a_department_asks_what_is_below_it(acme: Imports) -> None:
    """Sharing keeps the word for any principal; for a group it says nothing, and a file does not undo it."""
    await acme(shared())
    staff = Grant(principal=Principal(PrincipalKind.GROUP, "staff"), include_children=False)
    await acme.app.sharing.shares.change(acme.actor, "menu", add=[staff])

    assert (await acme(SHARED)).counts["shares"] == UNCHANGED


async def test_pruning_removes_shares_that_the_file_does_not_name(acme: Imports) -> None:
    await acme(shared("{with: group:staff}", "{with: user:bob}"))

    assert (await acme(shared("{with: user:bob}"))).counts["shares"] == UNCHANGED
    report = await acme(shared("{with: user:bob}"), prune=True)

    assert list(await acme.shares("menu")) == ["individual:bob"]
    assert (report.counts["shares"].removed, report.counts["shares"].unchanged) == (1, 1)


async def test_more_shares_change_than_one_change_holds(acme: Imports) -> None:
    groups = [f"g{n}" for n in range(SHARES_CHANGED_MAX + 5)]
    directory = f"groups: [{', '.join(f'{{id: {group}, name: G}}' for group in groups)}]\n"
    everything = shared(*(f"{{with: group:{group}}}" for group in groups)).replace(STAFF, directory)
    everything = everything.replace(", groups: [staff]", "")

    first = await acme(everything)
    second = await acme(shared("{with: user:bob}"), prune=True)

    assert first.counts["shares"].created == len(groups)
    assert (second.counts["shares"].removed, second.counts["shares"].created) == (len(groups), 1)
