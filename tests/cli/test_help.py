"""Documented or it fails: every command and option says what it is for, and help costs nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from entaku.cli.commands import EntakuCommand
from entaku.cli.import_file import FORMATS
from entaku.cli.issuers import FOUND_BY
from entaku.cli.nouns import NOUNS
from entaku.cli.program import program
from entaku.cli.service_accounts import SCOPES
from entaku.cli.tenants import POLICIES
from entaku.cli.users import LEVELS
from entaku.core.context import AccessLevel, Scope
from entaku.modules import workspace
from entaku.modules.accounts import FoundBy, SharingPolicy
from tests.cli.command_line import CommandLine

HEAVY = ("apsw", "asyncio", "cryptography", "granian", "jwt", "litestar", "rich", "yaml")
LOADED_BY = """
import sys
from entaku.cli import main
main(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def commands(command: click.Command, path: str = "entaku") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            child = command.get_command(click.Context(command), name)
            assert child is not None
            yield from commands(child, f"{path} {name}")


COMMANDS = dict(commands(program))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_says_what_it_does(path: str) -> None:
    help_text = COMMANDS[path].help or ""

    first = help_text.strip().splitlines()[0] if help_text.strip() else ""

    assert first.endswith((".", ":")), f"{path}: begin its docstring with a sentence"


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_says_what_it_is_for(path: str) -> None:
    options = [param for param in COMMANDS[path].params if isinstance(param, click.Option)]

    silent = [option.opts[0] for option in options if not option.help]

    assert silent == []


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if isinstance(command, EntakuCommand)])
def test_every_command_has_an_example_of_itself(path: str) -> None:
    command = COMMANDS[path]
    assert isinstance(command, EntakuCommand)

    examples = command.example.splitlines()

    assert examples
    assert any(example.startswith(path) for example in examples)


@pytest.mark.parametrize("name", list(NOUNS))
def test_the_list_of_commands_says_what_the_command_says(name: str) -> None:
    help_text = NOUNS[name].load().help

    assert help_text is not None
    assert help_text.splitlines()[0] == NOUNS[name].line


def test_help_shows_options_examples_and_every_noun(entaku: CommandLine) -> None:
    assert "Example:" in entaku.must("share", "--help")
    assert "Options of every command:" in entaku.must("users", "list", "-h")
    assert all(f"  {name} " in entaku.must("--help") for name in NOUNS)


def test_the_help_of_a_noun_has_an_example_of_each_verb(entaku: CommandLine) -> None:
    shown = entaku.must("what-if", "--help")

    assert "  entaku what-if share fiction-manuscripts individual:ito.daichi read\n" in shown
    assert "  entaku what-if policy union\n" in shown


def test_choices_written_out_are_those_there_are() -> None:
    assert FORMATS == workspace.FORMATS
    assert tuple(SharingPolicy) == POLICIES
    assert tuple(AccessLevel) == LEVELS
    assert tuple(Scope) == SCOPES
    assert tuple(FoundBy) == FOUND_BY


def test_help_loads_no_library_but_the_parser() -> None:
    assert loaded_by("--help").isdisjoint(HEAVY)


def test_a_list_loads_neither_web_framework_nor_cryptography(maru: CommandLine) -> None:
    loaded = loaded_by("users", "list")

    assert "apsw" in loaded
    assert loaded.isdisjoint(("cryptography", "granian", "jwt", "litestar", "rich"))


def loaded_by(*arguments: str) -> set[str]:
    """Names of the packages that a process has loaded after a command."""
    done = subprocess.run([sys.executable, "-c", LOADED_BY, *arguments], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


def test_the_version_is_told(entaku: CommandLine) -> None:
    assert entaku.must("--version").startswith("entaku ")


def test_without_a_command_the_help_is_shown_as_a_mistake(entaku: CommandLine) -> None:
    outcome = entaku()

    assert outcome.status == 2
    assert "Usage: entaku" in outcome.err
    assert outcome.out == ""
