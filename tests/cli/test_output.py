"""Tables align whatever they hold, lists go on where they ended, and nothing that was stored commands a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.cli.text_table import GAP, aligned, printable, width
from tests.cli.command_line import CommandLine, on_terminal

TEXT = st.text(st.sampled_from("aé社ﾊ\u0301한🙂 "), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("text", "places"), [("abc", 3), ("本社", 4), ("ﾊﾝｶｸ", 4), ("e\u0301", 1), ("ＡＢ", 4), ("", 0), ("García", 6)]
)
def test_wide_characters_take_two_places_and_accents_none(text: str, places: int) -> None:
    assert width(text) == places


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_every_second_column_begins_in_the_same_place(rows: list[tuple[str, str]]) -> None:
    marked = [(first, f"|{second}") for first, second in rows]

    lines = aligned(marked)

    starts = {width(line.rpartition(f"{GAP}|")[0]) for line in lines}
    assert len(starts) == 1


@given(st.text(max_size=20))
def test_no_control_reaches_the_terminal(text: str) -> None:
    shown = printable(text)

    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in shown)


def test_what_is_stored_is_shown_escaped(maru: CommandLine) -> None:
    maru.must("libraries", "change", "handbook", "--description", "\x1b[31mred\nnext")

    out = maru.must("libraries", "show", "handbook")

    assert "\\x1b[31mred\\nnext" in out


def test_a_list_says_how_it_goes_on(maru: CommandLine) -> None:
    first = maru("users", "list", "--limit", "40")
    cursor = first.err.rpartition("--cursor ")[2].split()[0]

    rest = maru("users", "list", "--cursor", cursor)

    assert len(first.out.splitlines()) == 1 + 40
    assert len(rest.out.splitlines()) == 1 + 1
    assert rest.err == ""


def test_json_carries_the_cursor(maru: CommandLine) -> None:
    first = maru("--json", "users", "list", "--limit", "30").json()
    rest = maru("--json", "users", "list", "--cursor", first["next_cursor"]).json()

    users = [user["user_id"] for user in first["items"] + rest["items"]]

    assert rest["next_cursor"] is None
    assert len(set(users)) == len(users) == 41


def test_all_shows_every_one(maru: CommandLine) -> None:
    assert len(maru("--json", "users", "list", "--all").json()["items"]) == 41


def test_an_empty_list_says_so(maru: CommandLine) -> None:
    assert maru.must("users", "list", "--q", "nobody at all") == "no users\n"
    assert maru("users", "list", "--q", "nobody at all", "--json").json() == {"items": [], "next_cursor": None}


def test_a_terminal_gets_a_drawn_table_and_names_are_no_markup(maru: CommandLine) -> None:
    maru.must("roles", "create", "x", "--name", "[red]営業")

    outcome, shown = on_terminal(maru.data, "stdout", "roles", "list")

    assert outcome.status == 0
    assert "[red]営業" in shown
    assert "─" in shown
