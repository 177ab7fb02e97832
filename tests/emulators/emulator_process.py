"""An emulator as a process of ours: its tools installed once, started on a free port of 127.0.0.1, ended with us."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

STARTS_WITHIN_S = 60.0
INSTALLS_WITHIN_S = 300.0
STOPS_WITHIN_S = 20.0


class CannotStart(Exception):
    """In one line: what is missing, and what to do about it."""


@contextlib.contextmanager
def skipping() -> Iterator[None]:
    """What cannot start skips the test; where CI is set, it fails it."""
    try:
        yield
    except CannotStart as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


class Emulator(NamedTuple):
    endpoint: str
    process: subprocess.Popen[bytes]


def installed(name: str, install: Callable[[Path], None]) -> Path:
    """The folder that `install` has filled, in this process, another one or long ago; the name has a version in it.

    It lies inside the virtual environment, and goes with it.
    """
    home = Path(sys.prefix) / "emulators" / name
    folder = home / "environment"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "installed").exists():
            shutil.rmtree(folder, ignore_errors=True)
            install(folder)
            (home / "installed").touch()
    return folder


def run(name: str, command: Sequence[str]) -> None:
    """A step of an installation."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALLS_WITHIN_S)
    except FileNotFoundError as error:
        raise CannotStart(f"{name} cannot be installed: there is no {command[0]}") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise CannotStart(f"{name} cannot be installed: `{' '.join(command)}` failed: {last}") from error
    except subprocess.TimeoutExpired as error:
        raise CannotStart(f"{name} cannot be installed within {INSTALLS_WITHIN_S:.0f} s") from error


def start(
    name: str, command: Callable[[int], Sequence[str | Path]], settings: Mapping[str, str] | None = None
) -> Emulator:
    """Starts what the command for a port is. It must end when its standard input does, as that does when we end,
    whatever we end of."""
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command(port),
            env={**os.environ, **(settings or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        atexit.register(_stop, process)
        if not _listens(port, process):
            log.seek(0)
            last = (log.read().decode().strip().splitlines() or ["it says nothing"])[-1]
            raise CannotStart(f"{name} does not listen on port {port}: {last}")
    return Emulator(f"http://127.0.0.1:{port}", process)


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
