"""What `entaku doctor` looks at outside the database: versions, folder, keys, clock, port."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from entaku.cli.findings import Finding, problem
from entaku.cli.folder_rights import refusal
from entaku.cli.ports import is_free
from entaku.core.limits import MIB

if TYPE_CHECKING:
    from entaku.core.config import Config

PYTHON_MIN = (3, 11)
LIBRARIES = ("apsw", "click", "cryptography", "granian", "litestar", "msgspec", "pyjwt", "pyyaml", "rich")
DISK_FREE_BYTES_MIN = 256 * MIB
CLOCK_DRIFT_MAX = timedelta(minutes=2)
PORT_ANSWER_S = 1.0


def version_findings() -> Iterator[Finding]:
    """Python and the libraries. The engine's version begins with that of the SQLite it brings."""
    running = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON_MIN:
        yield problem("python", f"{running} is too old", f"install Python {'.'.join(map(str, PYTHON_MIN))} or later")
    else:
        yield Finding(about="python", says=running)
    present: list[str] = []
    for name in LIBRARIES:
        try:
            present.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield problem("libraries", f"{name} is not installed", "install entaku with its dependencies")
    yield Finding(about="libraries", says=", ".join(present))


def folder_findings(folder: Path) -> Iterator[Finding]:
    """Whether the data folder can be used; one that is not there yet can be, if it can be made."""
    stands_against = refusal(folder)
    if stands_against is not None:
        says, _, way_out = stands_against.partition("; ")
        yield problem("data folder", says, way_out)
        return
    if not folder.exists():
        yield Finding(about="data folder", says=f"{folder} is not there yet; the first tenant makes it")
        return
    yield Finding(about="data folder", says=f"{folder} can be written")
    free = shutil.disk_usage(folder).free
    if free < DISK_FREE_BYTES_MIN:
        yield problem("disk", f"{free // MIB} MiB are free", "make room, or move the data folder to a larger disk")
    else:
        yield Finding(about="disk", says=f"{free // MIB} MiB are free")


def key_findings(config: Config) -> Iterator[Finding]:
    """The keys that sign access tokens and the secret that signs cursors: readable, and by nobody else."""
    keys = sorted(config.keys.glob("*.pem"))
    for path in (*keys, config.cursor_secret):
        if path.exists() and not os.access(path, os.R_OK):
            yield problem("keys", f"{path} cannot be read", f"run: chown $(id -un) {path}")
        elif path.exists() and path.stat().st_mode & 0o077:
            yield problem("keys", f"{path} can be read by others", f"run: chmod 600 {path}")
        elif path.exists() and not path.stat().st_size:
            yield problem(
                "keys", f"{path} is empty", f"remove it and make a new one: rm {path}; entaku token --rotate-keys"
            )
    says = f"{len(keys)} to sign tokens, the newest {keys[-1].stem}" if keys else "none yet; the first token makes one"
    yield Finding(about="keys", says=says)


def clock_finding(folder: Path) -> Finding:
    """The clock against the newest file of the folder: a clock that went back makes tokens and shares wrong."""
    now = datetime.now(UTC)
    newest = max((path.stat().st_mtime for path in folder.iterdir()), default=0.0)
    written = datetime.fromtimestamp(newest, UTC)
    if written - now > CLOCK_DRIFT_MAX:
        says = f"it is {now:%Y-%m-%d %H:%M:%S} UTC here, but the data were written at {written:%Y-%m-%d %H:%M:%S}"
        return problem("clock", says, "set the clock, or let the system keep it: timedatectl set-ntp true")
    return Finding(about="clock", says=f"{now:%Y-%m-%d %H:%M:%S} UTC")


def port_finding(host: str, port: int) -> Finding:
    """Whether `entaku serve` could listen; a port that an entaku answers on is as good."""
    if port == 0 or is_free(host, port):
        return Finding(about="port", says=f"{port} of {host} is free" if port else "any free one is taken")
    if _answers_healthy(host, port):
        return Finding(about="port", says=f"{port} of {host}: a server answers there already")
    return problem(
        "port",
        f"{port} of {host} is taken by another program",
        f"choose another with --port; find it: ss -ltnp 'sport = :{port}'",
    )


def _answers_healthy(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=PORT_ANSWER_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
