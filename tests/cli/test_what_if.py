"""`entaku what-if`: who gains or loses access by a change, before it is made."""

from __future__ import annotations

import pytest

from tests.cli.command_line import CommandLine

MANUSCRIPTS = "fiction-manuscripts"


def test_a_share_is_previewed_and_nothing_is_changed(maru: CommandLine) -> None:
    before = maru.must("share", "style-guide", "--json")

    shown = maru.must("what-if", "share", "style-guide", "group:series", "read,write")

    assert "users, 6 change." in shown
    assert "read (department)   read, write (group)" in shown
    assert maru.must("share", "style-guide", "--json") == before


def test_what_is_previewed_is_what_then_happens(maru: CommandLine) -> None:
    previewed = maru("what-if", "unshare", MANUSCRIPTS, "department:fiction", "--json").json()

    maru.must("share", MANUSCRIPTS, "department:fiction", "--remove")

    assert previewed["complete"]
    for pair in [*previewed["loses"], *previewed["changed"]]:
        access = maru("access", MANUSCRIPTS, pair["user_id"], "--json").json()
        assert access["permissions"] == pair["after"]["permissions"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("transfer", "style-guide", "ito.daichi", "--keep", "read"),
        ("library", "style-guide", "delete"),
        ("move-user", "ito.daichi", "--inactive"),
        ("delete-user", "abe.tsumugi"),
        ("policy", "union"),
        ("time", "style-guide", "--at", "2099-04-01T00:00Z"),
    ],
)
def test_every_kind_of_change_is_previewed(maru: CommandLine, arguments: tuple[str, ...]) -> None:
    view = maru("what-if", *arguments, "--json").json()

    assert view["state"] == "done"
    assert view["sentences"]


def test_a_difference_that_ends_stands_in_one_line(maru: CommandLine) -> None:
    shown = maru.must("what-if", "share", "presidents-notes", "individual:ito.daichi", "--until", "2099-04-01T00:00Z")

    lines = [line for line in shown.splitlines() if line.startswith("ito.daichi")]
    assert len(lines) == 1
    assert "2099-04-01 00:00:00 UTC  gains" in lines[0]


def test_what_was_previewed_is_done_by_its_token_or_not_at_all(maru: CommandLine) -> None:
    change = ("style-guide", "group:series", "read,write")
    token = maru("what-if", "share", *change, "--json").json()["token"]

    assert maru("share", "style-guide", "group:series", "read", "--preview", token).status == 2
    assert maru("share", *change, "--preview", token).status == 0
    again = maru("share", *change, "--preview", token)
    assert (again.status, "has changed since the preview" in again.err) == (6, True)


def test_a_group_is_joined_left_or_nested(maru: CommandLine) -> None:
    assert maru("what-if", "group", "editors").status == 2
    assert maru("what-if", "group", "editors", "--inside-none", "--join", "ito.daichi").status == 2


def test_it_is_said_in_japanese(maru: CommandLine) -> None:
    shown = maru.must("what-if", "policy", "precedence", "--language", "ja")

    assert "できることが増える人も減る人もいません。" in shown
