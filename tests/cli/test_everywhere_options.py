"""--data, --json and --tenant: in any place of the line, and what happens without them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "--tenant", "maru", "users", "list", "--limit", "2"),
        ("users", "--json", "--tenant", "maru", "list", "--limit", "2"),
        ("users", "list", "--json", "--limit", "2", "--tenant", "maru"),
        ("--json", "users", "--tenant", "nobody", "list", "--limit", "2", "--tenant", "maru"),
    ],
)
def test_options_stand_before_or_after_the_noun(maru: CommandLine, arguments: tuple[str, ...]) -> None:
    assert len(maru(*arguments).json()["items"]) == 2


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_data_folder_is_named_anywhere(
    maru: CommandLine, place: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENTAKU_DATA", str(tmp_path / "elsewhere"))
    arguments = ["roles", "list"]

    out = maru.must(*arguments[:place], "--data", str(maru.data), *arguments[place:])

    assert "editor" in out


def test_the_only_tenant_need_not_be_named(maru: CommandLine) -> None:
    assert "editor" in maru.must("roles", "list")


def test_with_several_tenants_the_question_names_them(maru: CommandLine) -> None:
    maru.must("tenants", "create", "acme")

    outcome = maru("roles", "list")

    assert outcome.status == 2
    assert outcome.err == "entaku: which tenant? name one with --tenant; there are acme, maru\n"


def test_a_deleted_tenant_is_no_choice(maru: CommandLine) -> None:
    for verb in ("create", "suspend", "delete"):
        maru.must("tenants", verb, "acme")

    assert "editor" in maru.must("roles", "list")


def test_an_unknown_tenant_is_told_with_the_way_out(maru: CommandLine) -> None:
    outcome = maru("roles", "list", "--tenant", "acme")

    assert outcome.status == 5
    assert "there is no tenant 'acme'; 'entaku tenants list' shows" in outcome.err


def test_a_mistyped_data_folder_is_told_and_not_made(entaku: CommandLine) -> None:
    outcome = entaku("users", "list")

    assert outcome.status == 5
    assert "--data or ENTAKU_DATA" in outcome.err
    assert not entaku.data.exists()


def test_a_folder_without_tenants_says_how_to_make_one(entaku: CommandLine) -> None:
    for verb in ("create", "suspend", "delete"):
        entaku.must("tenants", verb, "acme")

    assert "entaku tenants create" in entaku("users", "list").err


def test_json_is_one_document_in_any_case(maru: CommandLine) -> None:
    for arguments in (("users", "list"), ("libraries", "show", "handbook"), ("users", "deactivate", "ito.daichi")):
        outcome = maru("--json", *arguments)

        assert isinstance(json.loads(outcome.out), dict)


@pytest.mark.parametrize("option", ["--tenant", "--data"])
def test_an_empty_value_is_refused_instead_of_meaning_the_default(maru: CommandLine, option: str) -> None:
    outcome = maru("users", "delete", "ito.daichi", option, "")

    assert outcome.status == 2
    assert "it is empty" in outcome.err
    assert maru("users", "show", "ito.daichi").status == 0


def test_a_deleted_tenant_is_not_worked_on(maru: CommandLine) -> None:
    for verb in ("create", "suspend", "delete"):
        maru.must("tenants", verb, "acme")

    outcome = maru("users", "create", "ann", "--tenant", "acme")

    assert outcome.status == 6
    assert "entaku tenants resume acme" in outcome.err


@pytest.mark.parametrize("command", [("users", "list"), ("doctor",), ("tenants", "create", "acme")])
def test_another_users_folder_is_told_with_its_owner(
    maru: CommandLine, command: tuple[str, ...], somebody_else: str
) -> None:
    outcome = maru(*command)

    assert outcome.status in (1, 4)
    assert somebody_else in outcome.out + outcome.err


@pytest.fixture
def somebody_else(maru: CommandLine) -> Iterator[str]:
    """Takes the right to the data folder away, and gives what is to be told then."""
    maru.must("doctor", "--json")  # What a command imports is not everybody's either.
    maru.must("tenants", "list")
    maru.data.chmod(0)
    is_root = os.geteuid() == 0  # Root may enter any folder, so the test is nobody meanwhile.
    if is_root:
        os.seteuid(65_534)
    yield "belongs to root, and you are nobody" if is_root else "is yours, but closed"
    if is_root:
        os.seteuid(0)
    maru.data.chmod(0o700)
