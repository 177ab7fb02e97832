"""Libraries on the command line, whom they are shared with, and what is told about it."""

from __future__ import annotations

import pytest

from tests.cli.command_line import CommandLine


def reached(maru: CommandLine, user: str, *more: str) -> dict[str, list[str]]:
    items = maru("libraries", "list", "--user", user, "--json", *more).json()["items"]
    return {item["library_id"]: item["permissions"] for item in items}


def test_a_users_list_says_what_the_user_may_do(maru: CommandLine) -> None:
    libraries = reached(maru, "ito.daichi")

    assert len(libraries) == 7
    assert libraries["fiction-manuscripts"] == ["read"]


def test_a_users_list_follows_its_cursors(maru: CommandLine) -> None:
    first = maru("libraries", "list", "--user", "ito.daichi", "--limit", "4", "--json").json()

    rest = reached(maru, "ito.daichi", "--cursor", first["next_cursor"])

    assert len(first["items"]) == 4
    assert len(rest) == 3


def test_expired_shares_are_shown_when_asked_for(maru: CommandLine) -> None:
    assert "annual-accounts" not in reached(maru, "laurent.claire")
    assert reached(maru, "laurent.claire", "--include-expired")["annual-accounts"] == []


def test_options_of_a_users_list_need_the_user(maru: CommandLine) -> None:
    outcome = maru("libraries", "list", "--sort", "owner")

    assert outcome.status == 2
    assert "--user" in outcome.err


def test_a_library_is_created_changed_transferred_and_deleted(maru: CommandLine) -> None:
    maru.must("libraries", "create", "drafts", "--name", "下書き", "--owner", "endo.riku")
    maru.must("libraries", "change", "drafts", "--discoverable", "--description", "unfinished")
    maru.must("libraries", "transfer", "drafts", "ito.daichi", "--reason", "a new desk")
    shown = maru("libraries", "show", "drafts", "--json").json()
    trail = maru.must("audit", "library:drafts")
    maru.must("libraries", "delete", "drafts")

    assert (shown["name"], shown["owner"], shown["is_discoverable"]) == ("下書き", "ito.daichi", True)
    assert "owner: endo.riku -> ito.daichi" in trail
    assert "a new desk" in trail
    assert maru("libraries", "show", "drafts").status == 5


def test_a_share_is_given_changed_and_taken_back(maru: CommandLine) -> None:
    given = maru.must("share", "handbook", "group:series")
    again = maru.must("share", "handbook", "group:series")
    changed = maru("share", "handbook", "group:series", "read,write", "--until", "2035-01-01T00:00+09:00", "--json")
    listed = maru("share", "handbook", "--json").json()["items"]
    taken = maru.must("share", "handbook", "group:series", "--remove")

    assert given == "library handbook is shared with group:series: read\n"
    assert again == "library handbook is shared already with group:series: read\n"
    assert changed.json()["changed"]
    assert {"read", "write"} in [set(share["terms"]["permissions"]) for share in listed]
    assert taken == "library handbook is no longer shared with group:series\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("handbook", "--remove"), "name a principal"),
        (("handbook", "series"), "write individual:ID, group:ID"),
        (("handbook", "group:series", "read,fly"), "there are read, write, delete, share"),
        (("handbook", "group:series", "write"), "say 'read,write'"),
        (("handbook", "group:series", ""), "say 'read'"),
        (("handbook", "group:series", "red"), "there is no permission 'red'"),
        (("handbook", "--reason", "so"), "name a principal"),
        (("handbook", "group:series", "--only-itself"), "it is for departments"),
        (("handbook", "group:series", "--until", "2035-01-01"), "date, time and zone"),
        (("handbook", "group:series", "read", "--remove"), "takes the whole share back"),
    ],
)
def test_a_share_that_cannot_be_meant_is_told_with_the_way_out(
    maru: CommandLine, arguments: tuple[str, ...], hint: str
) -> None:
    outcome = maru("share", *arguments)

    assert outcome.status == 2
    assert hint in outcome.err


def test_a_share_that_lowers_somebody_warns(maru: CommandLine) -> None:
    outcome = maru("share", "fiction-manuscripts", "individual:fujita.mei", "read")

    assert outcome.status == 0
    assert outcome.err.startswith("entaku: warning: ")
    assert "reaches the library through department 'Fiction 文芸課'" in outcome.err


def test_a_share_says_its_terms(maru: CommandLine) -> None:
    times = ("--from", "2099-01-01T09:00+09:00", "--until", "2099-02-01T00:00Z")

    given = maru.must("share", "handbook", "department:sales", "read, write", *times, "--only-itself")

    assert given == (
        "library handbook is shared with department:sales: read, write, from 2099-01-01 00:00:00 UTC,"
        " until 2099-02-01 00:00:00 UTC, not for those below it\n"
    )


def test_the_list_of_shares_says_which_are_live(maru: CommandLine) -> None:
    maru.must("share", "handbook", "group:series", "--from", "2099-01-01T00:00Z")
    maru.must("share", "handbook", "group:crisis", "--until", "2020-01-01T00:00Z")

    lines = maru.must("share", "handbook").splitlines()

    states = {line.split()[0]: line for line in lines}
    assert " not started " in states["group:series"]
    assert " ended " in states["group:crisis"]
    assert " live " in states["organisation"]
    assert " Series シリーズ " in states["group:series"]


def test_a_change_says_whether_it_was_one(maru: CommandLine) -> None:
    first = maru.must("libraries", "change", "handbook", "--name", "Handbook")
    second = maru.must("libraries", "change", "handbook", "--name", "Handbook")

    assert first == "changed library handbook\n"
    assert second == "library handbook is so already; nothing was changed\n"


def test_why_begins_with_the_sentence(maru: CommandLine) -> None:
    lines = maru.must("why", "fiction-manuscripts", "ito.daichi").splitlines()

    assert lines[0].startswith("伊藤 大地 (Daichi Ito) may read in library")
    assert lines[2].split()[:2] == ["SHARE", "WITH"]
    assert [line.split()[0] for line in lines[3:]] == ["individual:ito.daichi", "department:fiction"]


def test_why_not_is_told_as_well(maru: CommandLine) -> None:
    answer = maru("why", "annual-accounts", "laurent.claire", "--json").json()

    assert answer["permissions"] == []
    assert "any more" in answer["why"]["sentence"]


def test_access_says_when_it_changes_by_itself(maru: CommandLine) -> None:
    answer = maru("access", "shop-statistics", "okafor.chidi", "--json").json()

    assert (answer["permissions"], answer["access_type"]) == (["read"], "individual")
    assert answer["next_transition"].startswith("2034-12-31T15:00:00")


def test_what_has_no_value_is_a_dash(maru: CommandLine) -> None:
    shown = maru.must("access", "annual-accounts", "ito.daichi")

    assert shown.splitlines()[2:] == ["permissions:      -", "through:          -", "next transition:  -"]


def test_access_and_lists_call_the_way_by_the_same_word(maru: CommandLine) -> None:
    assert "\nthrough:          organisation\n" in maru.must("access", "handbook", "ito.daichi")
    assert " THROUGH " in maru.must("libraries", "list", "--user", "ito.daichi")


def test_the_audit_trail_is_newest_first(maru: CommandLine) -> None:
    maru.must("share", "handbook", "group:series")

    records = maru("audit", "library:handbook", "--json", "--limit", "2").json()

    assert [record["action"] for record in records["items"]] == ["share_added", "share_added"]
    assert records["items"][0]["subject"] == "group:series"
    assert records["next_cursor"]


def test_a_new_share_is_recorded_without_what_is_usual(maru: CommandLine) -> None:
    maru.must("share", "handbook", "group:series", "read,write")
    usual = maru.must("audit", "library:handbook", "--limit", "1")
    maru.must("share", "handbook", "department:sales", "--only-itself")
    unusual = maru.must("audit", "library:handbook", "--limit", "1")

    assert "  permissions: read, write  " in usual
    assert "include_children: no; permissions: read" in unusual


@pytest.mark.parametrize("target", ["handbook", "libary:handbook", "library:"])
def test_a_target_that_is_none_is_told(maru: CommandLine, target: str) -> None:
    outcome = maru("audit", target)

    assert outcome.status == 2
    assert "library:ID" in outcome.err
