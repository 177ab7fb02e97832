"""The few words of a shell that the pages use, so that what a page shows is what its test runs.

entaku ...                          our command, in this process
entaku ... > FILE                   what it prints, in a file
NAME=$(entaku ...)                  the same, in a variable
export NAME=$(mktemp -d)            a new folder
NAME=$(date -u +%FT%T.%3NZ)         the present instant
export NAME=value                   PYTHONPATH: where our command finds packages from now on
pytest ...                          in a process of its own
curl ... http://127.0.0.1:8765/...  a request, answered in this process
$NAME                               in any of them
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import msgspec
from click.testing import CliRunner

from entaku.cli import main

ADDRESS = "http://127.0.0.1:8765"
_ASSIGNMENT = re.compile(r"(?P<exported>export )?(?P<name>[A-Z_]+)=\$\((?P<command>.*)\)")
_EXPORT = re.compile(r"export (?P<name>[A-Z_]+)=(?P<value>[\w.:/-]+)")
_FORM = "content-type: application/x-www-form-urlencoded"
"""What curl says of a body, unless it is told."""


class Printed(msgspec.Struct, frozen=True):
    """How a command ended, and what it printed."""

    status: int
    out: str
    """On standard output."""
    text: str
    """With standard error, in the order in which a terminal shows both."""


class Shell:
    """Runs the commands of one page."""

    def __init__(self) -> None:
        self._variables: dict[str, str] = {}

    def run(self, line: str) -> Printed:
        """Raises AssertionError for a command that the pages do not use."""
        if assignment := _ASSIGNMENT.fullmatch(line):
            done = self._run(assignment["command"])
            self._variables[assignment["name"]] = done.out.strip()
            if assignment["exported"]:
                os.environ[assignment["name"]] = done.out.strip()
            return Printed(done.status, "", "")
        if export := _EXPORT.fullmatch(line):
            os.environ[export["name"]] = export["value"]
            if export["name"] == "PYTHONPATH":
                sys.path.insert(0, os.path.abspath(export["value"]))
            return Printed(0, "", "")
        command, redirects, file = line.partition(" > ")
        done = self._run(command)
        if redirects:
            Path(file).write_text(done.out, encoding="utf-8")
            return Printed(done.status, "", done.text.replace(done.out, ""))
        return done

    def _run(self, line: str) -> Printed:
        match shlex.split(_filled(line, {**os.environ, **self._variables}), comments=True):
            case ["entaku", *arguments]:
                return _entaku(arguments)
            case ["curl", *arguments]:
                return _curl(arguments)
            case ["pytest", *arguments]:
                return _pytest(arguments)
            case ["date", "-u", "+%FT%T.%3NZ"]:
                now = f"{datetime.now(UTC):%FT%T.%f}"[:-3] + "Z"
                return Printed(0, now, now)
            case ["mktemp", "-d"]:
                folder = os.path.abspath(tempfile.mkdtemp(dir="."))
                return Printed(0, folder, folder)
            case _:
                raise AssertionError(f"{line!r} is not run here; show others in a `sh` block")


def _filled(line: str, variables: Mapping[str, str]) -> str:
    """The line with its variables, but not between single quotes, as in a shell."""
    parts = re.split(r"('[^']*')", line)
    return "".join(part if part.startswith("'") else Template(part).safe_substitute(variables) for part in parts)


def _entaku(arguments: list[str]) -> Printed:
    with CliRunner().isolation() as (out, _, text):
        status = main(arguments)
        return Printed(status, out.getvalue().decode(), text.getvalue().decode())


def _pytest(arguments: list[str]) -> Printed:
    # Its plugin is found by itself where entaku is installed with its entry points, as a checkout not always is.
    plugin = [] if "entaku" in entry_points(group="pytest11").names else ["-p", "entaku.testing.plugin"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *plugin, *arguments]
    done = subprocess.run(command, env=kept, capture_output=True, text=True, check=False)
    return Printed(done.returncode, done.stdout, done.stdout + done.stderr)


def _curl(words: list[str]) -> Printed:
    """The request by `entaku call`, and its answer as curl shows it."""
    options = list(_options(words))
    target = next(value for name, value in options if name == "")
    assert target.startswith(ADDRESS), f"{target}: the pages call {ADDRESS}"
    headers = [value for name, value in options if name == "-H"]
    body = [value for name, value in options if name == "-d"]
    if body and not any(header.lower().startswith("content-type:") for header in headers):
        headers.append(_FORM)
    method = next((value for name, value in options if name == "-X"), "POST" if body else "GET")
    path = urlsplit(target)
    request = ["call", method, f"{path.path}?{path.query}" if path.query else path.path]
    for option, values in (("-H", headers), ("--body", body)):
        request += [word for value in values for word in (option, value)]
    head, _, text = _entaku(request).text.partition("\n\n")
    shown = f"{head.replace('HTTP ', 'HTTP/1.1 ', 1)}\n\n{text}" if ("-si", "") in options else text
    return Printed(0, shown, shown)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Each option with its value, and what is none under an empty name."""
    rest = iter(words)
    for word in rest:
        if word in ("-H", "-d", "-X"):
            yield word, next(rest)
        elif word in ("-s", "-si"):
            yield word, ""
        else:
            assert not word.startswith("-"), f"curl {word} is not run here"
            yield "", word
