"""How commands end: one status for each code of error, one line for each thing that is wrong, and never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from entaku.cli.exit_status import EXIT_STATUS, INTERRUPTED, PIPE_CLOSED, flaw_line, report
from entaku.core.errors import CODES, EntakuError, Flaw, Internal
from tests.cli.command_line import PROGRAM, CommandLine, environment, finish, start, start_interruptible


def test_every_code_has_a_status_of_its_own() -> None:
    assert set(EXIT_STATUS) == set(CODES)
    assert len(set(EXIT_STATUS.values())) == len(CODES)
    assert 0 not in EXIT_STATUS.values()


@pytest.mark.parametrize("kind", [EntakuError, *EntakuError.__subclasses__()])
def test_every_error_is_one_line_and_its_status(kind: type[EntakuError], capsys: pytest.CaptureFixture[str]) -> None:
    status = report(kind("it went\nwrong"))

    assert status == EXIT_STATUS[kind.code]
    assert capsys.readouterr().err == "entaku: it went wrong\n"


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (("users", "show", "nobody"), 5, "entaku: there is no user 'nobody'\n"),
        (("users", "create", "ito.daichi"), 6, "entaku: there is a user 'ito.daichi' already\n"),
        (("users", "show", "a/b"), 2, "'/' at position 2"),
        (("users", "list", "--limit", "many"), 2, "invalid value for '--limit'"),
        (("what-if", "library", "handbook"), 2, "Choose from: archive, unarchive, delete, restore (see entaku what-if"),
        (("users", "lst"), 2, "there is no command 'lst'; did you mean 'list'? (see entaku users --help)"),
        (("librarys", "list"), 2, "there is no command 'librarys'; did you mean 'libraries'? (see entaku --help)"),
        (("xyz", "list"), 2, "there is no command 'xyz'; there are serve, import"),
        (("users", "list", "--cursor", "zzz"), 2, "entaku: "),
    ],
)
def test_a_refusal_is_one_line_and_the_status_of_its_code(
    maru: CommandLine, arguments: tuple[str, ...], status: int, line: str
) -> None:
    outcome = maru(*arguments)

    assert outcome.status == status
    assert line in outcome.err
    assert outcome.err.startswith("entaku: ")
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


def test_a_broken_assumption_names_the_way_to_see_more(capsys: pytest.CaptureFixture[str]) -> None:
    status = report(ZeroDivisionError("a\nb"))

    assert status == EXIT_STATUS[Internal.code]
    assert capsys.readouterr().err == (
        "entaku: something broke inside (ZeroDivisionError: a b); set ENTAKU_DEBUG=1 to see where\n"
    )


def test_debugging_shows_where_an_error_came_from(entaku: CommandLine) -> None:
    outcome = finish(start(entaku.data, "users", "list", ENTAKU_DEBUG="1"))

    assert outcome.status == 1
    assert "Traceback" in outcome.err


def test_a_flaw_is_told_with_the_place_it_has() -> None:
    assert flaw_line(Flaw(message="m", path="p", file="f", line=3)) == "f:3: p: m"
    assert flaw_line(Flaw(message="m", path="p", file="f")) == "f: p: m"
    assert flaw_line(Flaw(message="m\nn")) == "m n"


def test_a_closed_pipe_ends_quietly(maru: CommandLine) -> None:
    process = start(maru.data, "users", "list")
    assert process.stdout is not None

    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()

    assert (process.wait(), err) == (PIPE_CLOSED, "")


def test_a_full_disk_is_one_line(maru: CommandLine) -> None:
    with Path("/dev/full").open("wb") as full:
        outcome = finish(start(maru.data, "users", "list", stdout=full.fileno()))

    assert outcome.status == 1
    assert "No space left on device" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "redirection", "status"),
    [
        (("users", "list"), ">&-", 0),
        (("users", "show", "nobody"), ">&-", 5),
        (("users", "show", "nobody"), "2>&-", 5),
        (("users", "show", "nobody"), "2>/dev/full", 5),
        (("users", "list", "--limit", "2"), "2>/dev/full", 0),
    ],
)
def test_a_stream_that_is_closed_or_full_changes_no_status(
    maru: CommandLine, arguments: tuple[str, ...], redirection: str, status: int
) -> None:
    shell = ("sh", "-c", f'"$@" {redirection}', "sh", *PROGRAM, *arguments)

    done = subprocess.run(shell, env=environment(maru.data), capture_output=True, text=True, check=False)

    assert done.returncode == status
    assert "Traceback" not in done.stderr


def test_what_turns_the_direction_of_writing_is_told_escaped(maru: CommandLine) -> None:
    outcome = maru("users", "show", "a\u202eb")

    assert outcome.status == 2
    assert "\u202e" not in outcome.err


def test_an_interrupt_ends_quietly_with_130(entaku: CommandLine, tmp_path: Path) -> None:
    pipe = tmp_path / "workspace.yaml"
    os.mkfifo(pipe)
    process = start_interruptible(entaku.data, "import", str(pipe), stdout=subprocess.DEVNULL)

    with pipe.open("wb"):  # Opens as soon as the command reads.
        process.send_signal(signal.SIGINT)
        outcome = finish(process)

    assert (outcome.status, outcome.err.strip()) == (INTERRUPTED, "")


def test_a_missing_library_is_told_with_what_installs_it_here(tmp_path: Path) -> None:
    without = "import sys; sys.modules['aiodynamo'] = None; from entaku.cli import main; sys.exit(main(sys.argv[1:]))"
    settings = {**os.environ, "ENTAKU_DATA": str(tmp_path), "ENTAKU_TABLE": "dynamodb"}

    done = subprocess.run(
        [sys.executable, "-c", without, "tenants", "list"], env=settings, capture_output=True, text=True, check=False
    )

    assert done.returncode == EXIT_STATUS["invalid"]
    assert f"run: {sys.executable} -m pip install 'entaku[dynamodb]'" in done.stderr
