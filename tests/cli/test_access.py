"""Who reaches a library, on the command line; and that the words of the commands stand in nobody's way."""

from __future__ import annotations

import pytest

from tests.cli.command_line import CommandLine


def test_everyone_who_reaches_a_library_is_listed(maru: CommandLine) -> None:
    lines = maru.must("access", "fiction-manuscripts").splitlines()

    assert lines[0].split()[:4] == ["USER", "NAME", "PERMISSIONS", "THROUGH"]
    through = {line.split()[0]: line for line in lines[1:]}
    assert " owner " in through["endo.riku"]
    assert " individual:ito.daichi " in through["ito.daichi"]
    assert list(through) == sorted(through)


def test_the_list_says_in_json_what_it_says_in_words(maru: CommandLine) -> None:
    listed = maru("access", "fiction-manuscripts", "--json").json()

    (daichi,) = [item for item in listed["items"] if item["user_id"] == "ito.daichi"]
    assert daichi["via"] == {"kind": "individual", "id": "ito.daichi"}
    assert daichi["permissions"] == ["read"]
    assert listed["next_cursor"] is None


def test_the_list_follows_its_cursors(maru: CommandLine) -> None:
    everybody = [item["user_id"] for item in maru("access", "handbook", "--json").json()["items"]]

    first = maru("access", "handbook", "--limit", "3", "--json").json()
    rest = maru("access", "handbook", "--cursor", first["next_cursor"], "--json").json()

    assert [item["user_id"] for item in [*first["items"], *rest["items"]]] == everybody
    assert len(first["items"]) == 3


def test_the_list_is_narrowed_and_sorted(maru: CommandLine) -> None:
    writers = maru("access", "fiction-manuscripts", "--permission", "write", "--sort", "name", "--json").json()["items"]
    found = maru("access", "handbook", "--q", "DAICHI", "--json").json()["items"]

    assert all("write" in item["permissions"] for item in writers)
    assert [item["name"] for item in writers] == sorted(item["name"] for item in writers)
    assert [item["user_id"] for item in found] == ["ito.daichi"]


def test_one_user_is_shown_with_and_without_the_word_show(maru: CommandLine) -> None:
    short = maru.must("access", "handbook", "ito.daichi")

    assert maru.must("access", "show", "handbook", "ito.daichi") == short
    assert "\nthrough:" in short


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "access", "handbook", "--limit", "1"),
        ("access", "--json", "handbook", "--limit", "1"),
        ("access", "--limit", "1", "handbook", "--json"),
        ("access", "--json", "show", "--limit", "1", "handbook"),
        ("access", "--tenant", "maru", "handbook", "--json", "--limit=1"),
        ("access", "--tenant=maru", "show", "handbook", "--json", "--limit=1"),
    ],
)
def test_options_stand_in_any_place(maru: CommandLine, arguments: tuple[str, ...]) -> None:
    assert len(maru(*arguments).json()["items"]) == 1


def test_a_library_that_is_called_like_a_command_is_reached(maru: CommandLine) -> None:
    maru.must("libraries", "create", "show", "--owner", "endo.riku")

    assert "endo.riku" in maru.must("access", "show", "show")


def test_options_of_the_list_are_refused_about_one_user(maru: CommandLine) -> None:
    outcome = maru("access", "handbook", "ito.daichi", "--permission", "write")

    assert outcome.status == 2
    assert "leave the user out" in outcome.err


def test_a_library_that_is_not_there_is_told(maru: CommandLine) -> None:
    outcome = maru("access", "nothing")

    assert outcome.status == 5
    assert "there is no library 'nothing'" in outcome.err


def test_without_a_library_the_help_is_shown(maru: CommandLine) -> None:
    outcome = maru("access")

    assert outcome.status == 2
    assert "LIBRARY and USER may follow at once" in outcome.err


def test_a_users_list_is_narrowed_to_a_permission(maru: CommandLine) -> None:
    listed = maru("libraries", "list", "--user", "endo.riku", "--permission", "write", "--json").json()["items"]

    assert listed
    assert all("write" in item["permissions"] for item in listed)
    assert "--permission" in maru("libraries", "list", "--permission", "write").err
