"""Runs `entaku` as a person would: in this process where that says the same, else as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from entaku.cli import main

PROGRAM = (sys.executable, "-c", "import sys; from entaku.cli import main; sys.exit(main())")


class Outcome(msgspec.Struct, frozen=True):
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        assert self.status == 0, self.err
        return json.loads(self.out)


class CommandLine:
    """`entaku(...)` on one data folder, inside this process."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self._capsys = data, capsys

    def __call__(self, *arguments: str) -> Outcome:
        self._capsys.readouterr()
        status = main([*arguments])
        out, err = self._capsys.readouterr()
        return Outcome(status, out, err)

    def must(self, *arguments: str) -> str:
        """What a command that has to work prints."""
        outcome = self(*arguments)
        assert outcome.status == 0, outcome.err
        return outcome.out


def environment(data: Path, **more: str) -> Mapping[str, str]:
    """For a process of its own: that of the tests, on this data folder."""
    return {**os.environ, "ENTAKU_DATA": str(data), "PYTHONUNBUFFERED": "1", **more}


def start(
    data: Path, *arguments: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE, **more: str
) -> subprocess.Popen[str]:
    """Starts `entaku` as a process of its own."""
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        env=environment(data, **more),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
    )


def start_interruptible(data: Path, *arguments: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """The same for a process that is to hear SIGINT: tests that run in the background of a shell are deaf to it, and so
    would be the processes they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return start(data, *arguments, stdout=stdout)
    finally:
        signal.signal(signal.SIGINT, before)


def finish(process: subprocess.Popen[str]) -> Outcome:
    out, err = process.communicate()
    return Outcome(process.returncode, out or "", err or "")


def on_terminal(
    data: Path, stream: Literal["stdout", "stderr"], *arguments: str, places: int = 80
) -> tuple[Outcome, str]:
    """Runs `entaku` with one of its streams on a terminal: how it ended, and what the terminal was sent."""
    terminal, end = os.openpty()
    stdout, stderr = (end, subprocess.PIPE) if stream == "stdout" else (subprocess.PIPE, end)
    process = start(data, *arguments, stdout=stdout, stderr=stderr, TERM="xterm", COLUMNS=str(places))
    os.close(end)
    # Read while it writes: a terminal holds little, and then lets the writer wait.
    shown = b"".join(iter(lambda: _read(terminal), b""))
    os.close(terminal)
    return finish(process), shown.decode()


def _read(terminal: int) -> bytes:
    """What the terminal was sent next; nothing after the last process has closed it, which Linux calls an error."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
