"""A disk that is full: writes are refused as unavailable, reads go on, and when there is room again, so do writes.

    python -m tests.reliability.full_disk DATA
    python -m tests.reliability.full_disk DATA --fill BALLAST

The first way limits how far files of the process may grow, which works for everybody. The second fills the file system
that both paths are on, and gets the true error; give it a small one that was made for it. Either way what was
acknowledged before must be there afterwards, and nothing be half there.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from entaku.api.in_process import InProcess, in_process
from entaku.core.config import Config
from entaku.core.context import AccessLevel
from entaku.main import App, build
from entaku.modules.accounts import NewTenant, NewUser
from tests.reliability.invariants import violations
from tests.reliability.sound_file import file_violations

TENANT, ROOT = "acme", "root"
ROOM_BYTES = 64 * 1024
REFUSED_ENOUGH, TRIED_MAX = 3, 2_000


class Outcome(msgspec.Struct, frozen=True):
    """What was seen."""

    before: int
    """Libraries created before the disk was full."""
    refusals: tuple[tuple[int, str], ...]
    """Status and body of the writes while it was."""
    read_status: int
    after_status: int
    """Of the first write when there was room again."""
    broken: tuple[str, ...]


async def run(data: Path, ballast: Path | None) -> Outcome:
    app = await build(Config(data=data, request_log=False))
    actor = app.operator(TENANT)
    await app.accounts.tenants.create(actor, NewTenant(tenant_id=TENANT, name="Acme", tier="enterprise"))
    await app.accounts.users.create(actor, NewUser(user_id=ROOT, name="Root", level=AccessLevel.TENANT_ADMIN))
    headers = {"Authorization": f"Bearer {app.tokens.mint(TENANT, ROOT)}", "Content-Type": "application/json"}
    created: list[str] = []
    refusals: list[tuple[int, str]] = []
    async with in_process(app.http()) as client:
        with _filled(ballast) if ballast is not None else _limited(data / "entaku.db-wal"):
            for number in range(TRIED_MAX):
                status, text = await _create(client, headers, f"l{number}")
                if status == 201:
                    created.append(f"l{number}")
                else:
                    refusals.append((status, text))
                if len(refusals) == REFUSED_ENOUGH:
                    break
            listed = await client.call("GET", "/api/libraries", headers=headers)
        after, text = await _create(client, headers, "after")
        created.append("after")
    broken = [*await violations(app), *await _missing(app, created)]
    if after != 201:
        broken.append(f"with room again, a write was answered {after}: {text}")
    await app.close()
    broken += file_violations(data / "entaku.db")
    return Outcome(len(created) - 1, tuple(refusals), listed.status, after, tuple(broken))


async def _create(client: InProcess, headers: dict[str, str], library_id: str) -> tuple[int, str]:
    body: Any = {"name": library_id, "library_id": library_id, "description": "x" * 1_500}
    answer = await client.call("POST", "/api/libraries", headers=headers, body=msgspec.json.encode(body))
    return answer.status, answer.body.decode()


async def _missing(app: App, created: list[str]) -> list[str]:
    actor = app.operator(TENANT)
    found = [await app.sharing.libraries.get(actor, library_id) for library_id in created]
    return [f"{each.thing.library_id} has no description" for each in found if not each.thing.description]


@contextlib.contextmanager
def _limited(log: Path) -> Iterator[None]:
    """No file of this process may grow beyond a little more than the write-ahead log has now."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + ROOM_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def _filled(ballast: Path) -> Iterator[None]:
    """Takes all that is left of the file system, but for a little."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    with ballast.open("r+b") as file:
        file.truncate(max(0, ballast.stat().st_size - ROOM_BYTES))
    try:
        yield
    finally:
        ballast.unlink()


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--fill", "ballast", type=click.Path(path_type=Path))
def main(data: Path, ballast: Path | None) -> None:
    """Fill the disk, and see how the service takes it."""
    outcome = asyncio.run(run(data, ballast))
    click.echo(msgspec.json.encode(outcome))
    is_well = outcome.read_status == 200 and {status for status, _ in outcome.refusals} == {503} and not outcome.broken
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
