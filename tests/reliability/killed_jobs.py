"""Jobs of a tenant that are killed again and again: rows built, then ended shares removed, and the bin emptied.

What the jobs work on was left two months ago. Each process has a clock a little ahead of the one before it, so that
what a dead one held is free again; the last run is that of the command line, and its clock is the machine's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from entaku.core.config import FILE_NAME, Config
from entaku.core.context import AccessLevel
from entaku.main import App, build
from entaku.modules.accounts import Department, NewTenant, NewUser, Principal, PrincipalKind, individual
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing import Grant, Library, NewLibrary, Share
from entaku.modules.sharing.jobs.model import LEASE
from entaku.testing import ManualClock
from tests.reliability.invariants import violations
from tests.reliability.killed_sharing import ROOT, TENANT, fill_department, settle
from tests.reliability.processes import Killable, Say
from tests.reliability.row_violations import row_violations
from tests.reliability.service import PROGRAM, run_entaku
from tests.reliability.sharing_callers import WIDE
from tests.reliability.sound_file import file_violations
from tests.reliability.stored import Holding, holdings

MEMBERS = 900
KEPT_LIBRARIES, BINNED_LIBRARIES, PEOPLE = 12, 100, 20
LEFT_AGO = timedelta(days=60)
NOTES_MAX = 3
"""A process is killed when it has noted at most so often how far it is, and a moment later."""
MOMENT_S = 0.03


class JobRun(msgspec.Struct, frozen=True):
    """What one process is to do, and what time it is for it."""

    name: str
    at: datetime


async def work_to_do(data: Path) -> None:
    """A tenant without rows, with shares that have ended and libraries that were deleted, all of it long ago."""
    clock = ManualClock(datetime.now(UTC) - LEFT_AGO)
    app = await build(Config(data=data, rows_threshold=0), clock=clock)
    # For the commands: everybody is to have rows, however many they are.
    await asyncio.to_thread((data / FILE_NAME).write_text, "rows_threshold = 0\n")
    actor, accounts, sharing = app.operator(TENANT), app.accounts, app.sharing
    await accounts.tenants.create(actor, NewTenant(tenant_id=TENANT, name="Acme", tier="enterprise"))
    await accounts.users.create(actor, NewUser(user_id=ROOT, name="Root", level=AccessLevel.TENANT_ADMIN))
    await accounts.directory.create(actor, Department(department_id=WIDE, name=WIDE))
    people = [f"r{number}" for number in range(PEOPLE)]
    for user_id in people:
        await accounts.users.create(actor, NewUser(user_id=user_id, name=user_id))
    await fill_department(app.table.for_tenant(TENANT), MEMBERS)
    ends_at = clock.now() + timedelta(hours=1)
    for library in [*_named("kept", KEPT_LIBRARIES), *_named("binned", BINNED_LIBRARIES)]:
        await sharing.libraries.create(actor, NewLibrary(name=library, library_id=library, owner=ROOT))
        ending = [Grant(principal=individual(each), expires_at=ends_at) for each in people]
        await sharing.shares.change(actor, library, add=ending)
        await sharing.shares.change(actor, library, add=[Grant(principal=Principal(PrincipalKind.DEPARTMENT, WIDE))])
    for library in _named("binned", BINNED_LIBRARIES):
        await sharing.libraries.delete(actor, library)
    await app.close()


async def kill_job(data: Path, name: str, kills: int, chance: random.Random) -> int:
    """How many of the processes were killed; the others had done all before."""
    killed = 0
    for number in range(kills):
        at = datetime.now(UTC) - (kills - number) * 2 * LEASE
        process = Killable(run_job, data, argument=JobRun(name, at))
        await process.until_said(chance.randint(1, NOTES_MAX))
        await asyncio.sleep(chance.uniform(0.0, MOMENT_S))
        await process.kill()
        killed += process.exit_status == -signal.SIGKILL
    return killed


async def run_job(app: App, say: Say, run: JobRun) -> None:
    """In a process of its own, which opens the folder once more: by the clock it is given."""
    own = await build(Config(data=app.config.data, rows_threshold=0), clock=ManualClock(run.at))
    try:
        await own.sharing.jobs.run(own.operator(TENANT), run.name, tell=lambda job: say(job.looked_at))
    finally:
        await own.close()


async def kill_command(data: Path, name: str) -> bool:
    """The same command that an operator types, killed as soon as it tells how far it is; False where it was faster."""
    process = await asyncio.create_subprocess_exec(
        *(*PROGRAM, "jobs", "run", name, "--tenant", TENANT),
        env={**os.environ, "ENTAKU_DATA": str(data), "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    await process.stderr.readline()
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.communicate()
    return process.returncode == -signal.SIGKILL


async def finish_job(data: Path, name: str) -> list[str]:
    """The same command that an operator types, and what is wrong with how it ended."""
    status, printed = await run_entaku(data, "jobs", "run", name, "--tenant", TENANT)
    return [] if status == 0 else [f"'entaku jobs run {name}' ended with {status}: {printed}"]


async def jobs_violations(data: Path) -> list[str]:
    """What is wrong when all three are done."""
    app = await build(Config(data=data, rows_threshold=0))
    try:
        await settle(app)
        holding = (await holdings(app))[TENANT]
        broken = [*_left(holding), *row_violations(holding, app.clock.now()), *await violations(app)]
        drift = await app.sharing.jobs.run(app.operator(TENANT), "drift")
    finally:
        await app.close()
    if drift.found or drift.looked_at < MEMBERS:
        broken.append(f"the drift job looked at {drift.looked_at} users and found {drift.found}")
    return broken + file_violations(data / "entaku.db")


def _left(holding: Holding) -> Iterator[str]:
    """Of shares only those that never end, of libraries those that nobody deleted, and of each step one record."""
    kept, binned = _named("kept", KEPT_LIBRARIES), _named("binned", BINNED_LIBRARIES)
    libraries = sorted(library.library_id for library in holding.all(Library))
    if libraries != sorted(kept):
        yield f"there are the libraries {libraries}"
    shares = sorted((share.resource.id, str(share.principal)) for share in holding.all(Share))
    if shares != sorted((library, f"department:{WIDE}") for library in kept):
        yield f"there are the shares {shares}"
    records = Counter(
        (record.target.id, record.action, record.subject)
        for record in holding.all(AuditRecord)
        if record.action in ("share_removed", "library_purged")
    )
    people = [f"individual:r{number}" for number in range(PEOPLE)]
    expected = {(library, "share_removed", each) for library in (*kept, *binned) for each in people}
    expected |= {(library, "share_removed", f"department:{WIDE}") for library in binned}
    expected |= {(library, "library_purged", None) for library in binned}
    for record in sorted(expected ^ records.keys(), key=str):
        yield f"{record} is {'not recorded' if record in expected else 'recorded, and was not to be done'}"
    for record, count in records.items():
        if count > 1:
            yield f"{record} is recorded {count} times"


def _named(word: str, count: int) -> list[str]:
    return [f"{word}{number}" for number in range(count)]
