"""The life of a library on the command line: archived, deleted, restored, removed for good, handed over."""

from __future__ import annotations

import re

import pytest

from tests.cli.command_line import CommandLine


@pytest.fixture
def drafts(maru: CommandLine) -> CommandLine:
    """Riku has drafts that Daichi may write in."""
    maru.must("libraries", "create", "drafts", "--name", "Drafts", "--owner", "endo.riku")
    maru.must("share", "drafts", "individual:ito.daichi", "read,write")
    return maru


def reached(entaku: CommandLine, user: str) -> dict[str, tuple[list[str], str]]:
    items = entaku("libraries", "list", "--user", user, "--json").json()["items"]
    return {item["library_id"]: (item["permissions"], item["state"]) for item in items}


def test_a_deleted_library_is_listed_and_restored_with_its_shares(drafts: CommandLine) -> None:
    deleted = drafts.must("libraries", "delete", "drafts", "--reason", "not used")
    gone = reached(drafts, "ito.daichi")
    listed = drafts("libraries", "list", "--deleted", "--json").json()["items"]

    restored = drafts.must("libraries", "restore", "drafts")

    assert deleted.startswith("deleted library drafts; until ")
    assert ("drafts" in gone, [item["library_id"] for item in listed]) == (False, ["drafts"])
    assert listed[0]["deletion"]["was"] == "active"
    assert restored == "library drafts is active\n"
    assert reached(drafts, "ito.daichi")["drafts"] == (["read", "write"], "active")


def test_a_refusal_writes_an_instant_as_it_can_be_sent_back(drafts: CommandLine) -> None:
    drafts.must("libraries", "delete", "drafts")

    refused = drafts("share", "drafts").err

    assert re.search(r"is kept until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z; restore it", refused)


def test_an_archived_library_is_read_and_lists_say_so(drafts: CommandLine) -> None:
    archived = drafts.must("libraries", "archive", "drafts")
    again = drafts.must("libraries", "archive", "drafts")

    assert archived == again == "library drafts is archived\n"
    assert reached(drafts, "ito.daichi")["drafts"] == (["read"], "archived")
    assert " STATE" in drafts.must("libraries", "list", "--user", "ito.daichi").splitlines()[0]
    assert drafts.must("libraries", "list", "--archived").splitlines()[1].startswith("drafts ")
    assert drafts("libraries", "change", "drafts", "--name", "Other").status == 6
    assert drafts.must("libraries", "unarchive", "drafts") == "library drafts is active\n"


def test_removed_for_good_it_does_not_come_back(drafts: CommandLine) -> None:
    drafts.must("libraries", "delete", "drafts")

    removed = drafts.must("libraries", "delete", "drafts", "--permanently")

    assert removed == "removed library drafts for good\n"
    assert drafts("libraries", "restore", "drafts").status == 5
    assert "no deleted libraries" in drafts.must("libraries", "list", "--deleted")
    assert "library purged" in drafts.must("audit", "library:drafts")


def test_what_is_deleted_says_how_to_get_it_back(drafts: CommandLine) -> None:
    drafts.must("libraries", "delete", "drafts")

    for arguments in (("show", "drafts"), ("delete", "drafts"), ("archive", "drafts")):
        outcome = drafts("libraries", *arguments)
        assert (outcome.status, "restore it" in outcome.err) == (5, True)


def test_a_library_is_handed_over_and_something_is_kept(drafts: CommandLine) -> None:
    said = drafts.must("libraries", "transfer", "drafts", "ito.daichi", "--keep", "read,share")

    assert said == "ito.daichi owns library drafts\n"
    assert reached(drafts, "endo.riku")["drafts"] == (["read", "share"], "active")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("list", "--deleted", "--archived"), "choose one of them"),
        (("list", "--deleted", "--user", "endo.riku"), "choose one of them"),
        (("transfer", "drafts", "ito.daichi", "--keep", "write"), "say 'read,write'"),
        (("transfer", "drafts", "ito.daichi", "--keep", "read,fly"), "there are read, write, delete, share"),
    ],
)
def test_what_cannot_be_meant_is_told_with_the_way_out(
    drafts: CommandLine, arguments: tuple[str, ...], hint: str
) -> None:
    outcome = drafts("libraries", *arguments)

    assert (outcome.status, hint in outcome.err) == (2, True)


def test_the_bin_is_looked_through_by_a_job(drafts: CommandLine) -> None:
    assert "0 removed" in drafts.must("jobs", "run", "purge")
