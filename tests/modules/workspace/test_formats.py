"""One way in for every format: it tells them apart, and refuses a flawed file as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.core.errors import Invalid
from entaku.modules.workspace import read_workspace
from entaku.modules.workspace.flaws import FLAWS_SHOWN_MAX
from tests.modules.workspace.reading import flaw_of, read


def refusal(text: str) -> Invalid:
    with pytest.raises(Invalid) as error:
        read(text)
    return error.value


@pytest.mark.parametrize("text", ["users: []", "name: x", "name: x\nlibraries: []"])
def test_a_workspace_file_is_known_by_its_keys(text: str) -> None:
    assert read(text).policy is None


def test_one_key_of_another_format_does_not_decide() -> None:
    assert "unknown key 'members'" in flaw_of("users: []\nroles: []\nmembers: []").message


@pytest.mark.parametrize("text", ["members: []", "name: x\nteams: {}", "admins: []\nusers_typo: 1", "repos: {}"])
def test_a_peribolos_file_is_known_by_its_keys(text: str) -> None:
    assert read(text).policy == "union"


@pytest.mark.parametrize("text", ["a: 1", "{}", "users: []\nmembers: []"])
def test_a_file_of_no_known_format_says_what_is_expected(text: str) -> None:
    assert "workspace, peribolos" in flaw_of(text).message


@pytest.mark.parametrize("text", ["7", "[users]", "null", "users"])
def test_a_file_without_keys_is_refused(text: str) -> None:
    assert "holds no keys" in flaw_of(text).message


@pytest.mark.parametrize("text", ["7", "[a]", "members: []"])
def test_a_named_format_is_not_guessed(text: str) -> None:
    flaw = flaw_of(text, format="workspace")

    assert "keys with values" in flaw.message or "unknown key" in flaw.message


def test_a_path_is_read_and_named_in_flaws(tmp_path: Path) -> None:
    path = tmp_path / "org.yaml"
    path.write_text("users: 5\n", encoding="utf-8")

    with pytest.raises(Invalid) as error:
        read_workspace(path)

    assert error.value.flaws[0].file == str(path)


def test_a_file_that_is_not_there_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="No such file"):
        read_workspace(tmp_path / "missing.yaml")


def test_a_hundred_flaws_are_listed_and_the_others_counted() -> None:
    error = refusal("users:\n" + "- {id: a b, name: A}\n" * 61)

    assert len(error.flaws) == FLAWS_SHOWN_MAX
    assert "121 flaws" in error.message
    assert "21 more are not" in error.message


def test_a_hopeless_file_is_given_up_early() -> None:
    error = refusal("users: [" + "{x: 1}, " * 20_000 + "]")

    assert len(error.flaws) == FLAWS_SHOWN_MAX
    assert "1000 flaws or more" in error.message


def test_the_path_of_an_alias_is_where_it_is_used() -> None:
    flaw = flaw_of("roles:\n- &r {id: r, name: R, x: 1}\nusers: []\n")

    assert (flaw.path, flaw.line) == ("roles[0].x", 2)
