"""MiniStack, a DynamoDB on this machine: installed once beside the development tools, started once a test process.

It lives in a virtual environment of its own inside the project's, because it brings an HTTP server with it. It listens
on 127.0.0.1 alone, keeps everything in memory, and ends with the process that started it.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

VERSION = "1.5.33"
STARTS_WITHIN_S = 60.0
INSTALLS_WITHIN_S = 300.0
STOPS_WITHIN_S = 20.0

_HOME = Path(sys.prefix) / "emulators" / f"ministack-{VERSION}"


class CannotStart(Exception):
    """In one line: what is missing, and what to do about it."""


class Emulator(NamedTuple):
    endpoint: str
    process: subprocess.Popen[bytes]


def start(state: Path | None = None) -> Emulator:
    """The emulator of this process; with a folder, it keeps there what it held when it ends, and begins with that.

    Raises CannotStart, and does so at once when it has failed before.
    """
    started = _try(state)
    if isinstance(started, CannotStart):
        raise started
    return started


@functools.cache
def _try(state: Path | None) -> Emulator | CannotStart:
    try:
        return _start(state)
    except CannotStart as error:
        return error


def _start(state: Path | None) -> Emulator:
    python, port = _installed(), _free_port()
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        **({} if state is None else {"PERSIST_STATE": "1", "STATE_DIR": str(state)}),
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            # Isolated: this folder is no place to import `ministack` from.
            [python, "-I", Path(__file__).parent / "ministack_process.py"],
            env={**os.environ, **settings},
            # It ends when this pipe is closed, as it is when our process ends, whatever it ends of.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        atexit.register(_stop, process)
        if not _listens(port, process):
            log.seek(0)
            last = (log.read().decode().strip().splitlines() or ["it says nothing"])[-1]
            raise CannotStart(f"ministack {VERSION} does not listen on port {port}: {last}")
    return Emulator(f"http://127.0.0.1:{port}", process)


def _installed() -> Path:
    """The Python that has it."""
    environment = _HOME / "environment"
    python = environment / "bin" / "python"
    _HOME.mkdir(parents=True, exist_ok=True)
    with (_HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_HOME / "installed").exists():
            shutil.rmtree(environment, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(environment)])
            _run([str(python), "-m", "pip", "install", "--quiet", f"ministack=={VERSION}"])
            (_HOME / "installed").touch()
    return python


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALLS_WITHIN_S)
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise CannotStart(f"ministack {VERSION} cannot be installed: `{' '.join(command)}` failed: {last}") from error
    except subprocess.TimeoutExpired as error:
        raise CannotStart(f"ministack {VERSION} cannot be installed within {INSTALLS_WITHIN_S:.0f} s") from error


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
