"""Tables align whatever they hold, lists go on where they ended, and nothing that was stored commands a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.cli.terminal_text import printable, width, wrapped
from entaku.cli.text_table import GAP, laid_out
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

    lines = laid_out(["first", "|second"], marked, None).lines

    starts = {width(line.rpartition(f"{GAP}|")[0]) for line in lines}
    assert len(starts) == 1


@given(st.text(max_size=20))
def test_no_control_reaches_the_terminal(text: str) -> None:
    shown = printable(text)

    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in shown)


@pytest.mark.parametrize("character", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_nothing_turns_the_direction_of_writing(character: str) -> None:
    assert printable(f"abc{character}def") == f"abc\\u{ord(character):04x}def"


def test_marks_and_joiners_that_names_need_stay() -> None:
    assert printable("\U0001f469\u200d\U0001f467 \u05d0\u200e") == "\U0001f469\u200d\U0001f467 \u05d0\u200e"


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


def test_a_terminal_gets_what_a_file_gets_and_names_are_no_markup(maru: CommandLine) -> None:
    maru.must("roles", "create", "x", "--name", "[red]営業")

    outcome, shown = on_terminal(maru.data, "stdout", "roles", "list")

    assert outcome.status == 0
    assert shown.replace("\r", "") == maru.must("roles", "list")


@pytest.mark.parametrize("places", [80, 120])
def test_a_terminal_shows_ids_whole_and_every_line_fits(maru: CommandLine, places: int) -> None:
    items = maru("libraries", "list", "--user", "endo.riku", "--json").json()["items"]

    _, shown = on_terminal(maru.data, "stdout", "libraries", "list", "--user", "endo.riku", places=places)

    lines = shown.replace("\r", "").splitlines()
    assert {item["library_id"] for item in items} <= {line.partition("  ")[0] for line in lines}
    assert max(map(width, lines)) <= places


def test_a_narrow_terminal_does_without_what_is_spare_and_tells(maru: CommandLine) -> None:
    outcome, shown = on_terminal(maru.data, "stdout", "users", "list", "--all")

    assert "E-MAIL" not in shown
    assert "tenant_admin" in shown
    assert "too narrow to show e-mail" in outcome.err


def test_columns_without_anything_in_them_are_left_out() -> None:
    layout = laid_out(["with", "from", "until"], [["group:a", "", "x"], ["group:b", "", ""]], None)

    assert layout.lines == ("WITH     UNTIL", "group:a  x", "group:b")


def test_words_longer_than_the_terminal_stay_whole() -> None:
    layout = laid_out(["id", "name"], [["individual:lena", "Lena of the long name"]], 20, spare=["from"])

    assert layout.lines[1].startswith("individual:lena  ")
    assert layout.left_out == ()


@given(TEXT, st.integers(1, 12))
def test_a_text_in_several_lines_is_the_same_text(text: str, places: int) -> None:
    lines = wrapped(text.strip(), places)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= places or " " not in line for line in lines)


def test_an_instant_stays_in_one_line() -> None:
    assert wrapped("until 2027-03-31 09:00:00 UTC, then no more", 24) == [
        "until",
        "2027-03-31 09:00:00 UTC,",
        "then no more",
    ]


def test_japanese_is_broken_between_words_first_and_never_before_a_full_stop() -> None:
    assert wrapped("Foreign Rights 海外版権課", 14) == ["Foreign Rights", "海外版権課"]
    assert wrapped("海外版権課。", 10) == ["海外版権", "課。"]


def test_times_are_shown_to_the_second_everywhere(maru: CommandLine) -> None:
    maru.must("share", "handbook", "group:series", "--until", "2099-03-31T18:00:30+09:00")

    assert "2099-03-31 09:00:30 UTC" in maru.must("share", "handbook")
    assert "expires_at: 2099-03-31 09:00:30 UTC" in maru.must("audit", "library:handbook", "--limit", "1")


def test_permissions_have_one_order_everywhere(maru: CommandLine) -> None:
    maru.must("share", "handbook", "group:series", "share,delete,read,write")

    listed = maru("share", "handbook", "--json").json()["items"]

    words = ["read", "write", "delete", "share"]
    assert words in [share["terms"]["permissions"] for share in listed]
    assert ", ".join(words) in maru.must("share", "handbook")
    assert ", ".join(words) in maru.must("audit", "library:handbook", "--limit", "1")
