"""YAML is read as JSON would say it, with a line for everything and a bound on everything."""

from __future__ import annotations

from typing import Any

import pytest

from entaku.core.errors import Flaw, Invalid
from entaku.modules.workspace.source import ALIASES_MAX, DEPTH_MAX, SOURCE_BYTES_MAX, Node
from entaku.modules.workspace.yaml_source import parse_yaml


def plain(node: Node) -> Any:
    match node.value:
        case dict() as entries:
            return {key: plain(value) for key, value in entries.items()}
        case tuple() as items:
            return [plain(item) for item in items]
        case scalar:
            return scalar


def parsed(text: str) -> Any:
    return plain(parse_yaml(text.encode(), "f.yaml").root)


def refusal(data: bytes) -> Flaw:
    with pytest.raises(Invalid) as error:
        parse_yaml(data, "f.yaml")
    (flaw,) = error.value.flaws
    return flaw


@pytest.mark.parametrize("text", ["no", "on", "Yes", "1_000", "12:30:00", "2026-11-21", "0b11", "1.2.3", "=", "nan"])
def test_what_only_older_yaml_takes_for_something_else_stays_text(text: str) -> None:
    assert parsed(f"[{text}]") == [text]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("007", 7),
        ("-12", -12),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5e3", 1500.0),
        ("1.", 1.0),
        ("-.inf", float("-inf")),
    ],
)
def test_the_core_schema_is_read(text: str, value: Any) -> None:
    assert parsed(f"[{text}]") == [value]


def test_quotes_make_everything_text() -> None:
    assert parsed("['7', \"true\", 'null', '']") == ["7", "true", "null", ""]


def test_keys_are_text_whatever_they_look_like() -> None:
    assert parsed("{1: a, true: b, null: c}") == {"1": "a", "true": "b", "null": "c"}


def test_a_value_in_a_mapping_has_the_line_of_its_key() -> None:
    source = parse_yaml(b"users:\n\n  - id: a\n    groups:\n      - x\n      - y\n", "f.yaml")

    lines = [source.flaw(place, "").line for place in ("users", "users[0]", "users[0].groups", "users[0].groups[1]")]

    assert lines == [1, 3, 4, 6]


def test_a_place_that_is_missing_has_the_line_of_what_it_would_lie_in() -> None:
    source = parse_yaml(b"users:\n  - id: a\n", "f.yaml")

    assert source.flaw("users[0].name", "").line == 2
    assert source.nearest('users[0]["k8s.io"].x') == "users[0]"


def test_keys_that_are_no_words_are_quoted_in_places() -> None:
    source = parse_yaml(b'teams:\n  "k8s.io \\"x\\"":\n    a: [1, 2]\n', "f.yaml")

    assert source.nearest('teams["k8s.io \\"x\\""].a[1]') == 'teams["k8s.io \\"x\\""].a[1]'


def test_a_second_key_is_refused_with_both_lines() -> None:
    (flaw,) = parse_yaml(b"a: 1\nb: 2\na: 3\n", "f.yaml").flaws

    assert (flaw.path, flaw.line) == ("a", 3)
    assert "first in line 1" in flaw.message


@pytest.mark.parametrize(
    "text", ["a: !!python/object:os.system x", "a: !x {}", "a: !!timestamp 2026-11-21", "<<: {a: 1}"]
)
def test_tags_and_merge_keys_are_refused(text: str) -> None:
    assert len(parse_yaml(text.encode(), "f.yaml").flaws) == 1


def test_aliases_stand_for_their_values() -> None:
    assert parsed("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


def test_aliases_that_unfold_without_end_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    assert "aliases unfolded" in refusal("\n".join(lines).encode()).message


def test_an_alias_to_what_contains_it_is_refused() -> None:
    assert "ended before it" in refusal(b"a: &x\n  b: *x\n").message


def test_more_aliases_than_allowed_are_refused() -> None:
    text = "a: &x 1\nb: [" + "*x, " * (ALIASES_MAX + 1) + "]"

    assert f"more than {ALIASES_MAX} aliases" in refusal(text.encode()).message


def test_values_may_nest_only_so_deep() -> None:
    parsed("[" * DEPTH_MAX + "]" * DEPTH_MAX)

    assert "nested" in refusal(b"[" * 1_000_000).message


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    assert "at most" in refusal(b"#" * (SOURCE_BYTES_MAX + 1)).message


def test_bytes_that_are_not_utf_8_are_named_with_their_line() -> None:
    flaw = refusal("name: x\nother: 円卓\n".encode("shift-jis"))

    assert flaw.line == 2
    assert "not UTF-8" in flaw.message


def test_a_byte_order_mark_is_passed_over() -> None:
    assert plain(parse_yaml(b"\xef\xbb\xbfa: 1", "f.yaml").root) == {"a": 1}


def test_broken_yaml_names_the_line() -> None:
    assert refusal(b"a: 1\nb: [1, 2\nc: 3\n").line == 3


@pytest.mark.parametrize(
    ("text", "line"), [("a:\n\tb: c", 2), ("- a: b\n\tc: d", 2), ("a:\n  - b\n \t c: d", 3), ("a: |\n  b\n\tc: d", 3)]
)
def test_a_tab_is_called_a_tab(text: str, line: int) -> None:
    flaw = refusal(text.encode())

    assert flaw.line == line
    assert "a tab stands where only spaces may" in flaw.message


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"\n \n"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert "empty" in refusal(data).message


def test_a_second_document_is_refused() -> None:
    assert refusal(b"a: 1\n---\nb: 2\n").line == 2


@pytest.mark.parametrize("text", ["? [a]\n: b", "? {a: 1}\n: b", "x: &k v\n*k : b"])
def test_only_text_may_be_a_key(text: str) -> None:
    assert "key must be text" in refusal(text.encode()).message


def test_numbers_have_a_bound() -> None:
    (flaw,) = parse_yaml(b"a:\n  - " + b"9" * 5000, "f.yaml").flaws

    assert (flaw.path, flaw.line) == ("a[0]", 2)
