"""MiniStack, a DynamoDB on this machine: installed once beside the development tools, started once a test process.

It lives in a virtual environment of its own inside the project's, because it brings an HTTP server with it. It listens
on 127.0.0.1 alone, keeps everything in memory, and ends with the process that started it.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from tests.emulators import emulator_process
from tests.emulators.emulator_process import CannotStart, Emulator

VERSION = "1.5.33"
NAME = f"ministack {VERSION}"

__all__ = ["CannotStart", "Emulator", "start"]


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
    python = emulator_process.installed(f"ministack-{VERSION}", _install) / "bin" / "python"
    settings = {
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        **({} if state is None else {"PERSIST_STATE": "1", "STATE_DIR": str(state)}),
    }
    # Isolated: this folder is no place to import `ministack` from.
    program = Path(__file__).parent / "ministack_process.py"
    return emulator_process.start(NAME, lambda port: [python, "-I", program, str(port)], settings)


def _install(folder: Path) -> None:
    emulator_process.run(NAME, [sys.executable, "-m", "venv", str(folder)])
    emulator_process.run(
        NAME, [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", f"ministack=={VERSION}"]
    )
