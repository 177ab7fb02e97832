"""How long does it take to settle the rows of a library that 10,000 people gain, and of a person who moves?

On the embedded engine, without anybody by reference. First a library is shared with a department: the call itself, and
the job that writes a row for each member. Then somebody in 150 groups, through whom 3,000 libraries are reached, moves
to another department, and the job looks at all of these once more. Beside the jobs stands the floor: the very same rows
written through the bare driver, in transactions of the same size. Milliseconds by the clock, and of processor time.

Run it in a quiet moment: `python benchmarks/sharing_rows.py [--items 10000]`; `--items` is the number of members.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from report import print_header, print_table, verdict
from sharing.recording import Recording
from sharing.wide import fill_department, fill_groups

from entaku.core.config import Config
from entaku.main import App, build, model
from entaku.modules.accounts import Department, Group, NewTenant, NewUser, UserChange, parse_principal
from entaku.modules.sharing import Grant, NewLibrary
from entaku.table.driver import Action, Put
from entaku.table.drivers.sqlite import open_sqlite

TENANT, SHARED, MOVING = "benchmark", "atlas", "nomad"
GROUPS, LIBRARIES_OF_GROUP = 150, 20
MEMBERS = 10_000
CALL_GOAL_MS, JOB_GOAL_MS = 50.0, 2_000.0

T = TypeVar("T")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=MEMBERS, help="members of the department")
    members = parser.parse_args().items
    also = f"{members:,} members; {GROUPS} groups, {GROUPS * LIBRARIES_OF_GROUP:,} libraries"
    print_header(__doc__ or "", also=[also])
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as folder:
        await _measure(Path(folder), members)


async def _measure(folder: Path, members: int) -> None:
    recording = Recording(await open_sqlite(folder / "table.db"))
    await recording.create_table(model().index_count)
    app = await build(Config(data=folder, page_cache_bytes=0, rows_threshold=0), driver=recording)
    await _furnish(app, members)
    rows = app.sharing.rows
    await rows.catch_up(TENANT)

    hall = Grant(principal=parse_principal("department:hall"))
    call = await _timed(lambda: app.sharing.shares.change(app.operator(TENANT), SHARED, add=[hall]))
    figures = [["share with the department", "", *_shown(call), "", "", ""]]
    for what, change in (
        ("settle the department", None),
        ("settle who moves", UserChange(department="west")),
        ("settle who leaves 50 groups", UserChange(leave=frozenset(f"g{n:03}" for n in range(50)))),
    ):
        if change is not None:
            await app.accounts.users.change(app.operator(TENANT), MOVING, change)
        recording.start()
        job = await _timed(lambda: rows.catch_up(TENANT))
        written = recording.stop("ACCESS")
        count, beside = sum(map(len, written)), ["", "", ""]
        if count:
            floor = await _floor(folder, written)
            beside = [*_shown(floor), f"{job[0] / floor[0]:.1f}"]
        figures.append([what, f"{count:,}", *_shown(job), *beside])
        if change is None:
            job_ms = job[0] * 1000
    await app.close()
    print_table(["", "rows", "ms", "processor, ms", "floor, ms", "processor, ms", "ratio"], figures)
    print(verdict(call[0] * 1000, CALL_GOAL_MS, "ms for the call"))
    print(verdict(job_ms, JOB_GOAL_MS, "ms for the department"))


async def _furnish(app: App, members: int) -> None:
    actor, directory = app.operator(TENANT), app.accounts.directory
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id=TENANT, name=TENANT, tier="enterprise"))
    for each in ("hall", "east", "west"):
        await directory.create(actor, Department(department_id=each, name=each))
    groups = [f"g{n:03}" for n in range(GROUPS)]
    for each in groups:
        await directory.create(actor, Group(group_id=each, name=each))
    await app.accounts.users.create(actor, NewUser(user_id="owner", name="Owner"))
    await app.sharing.libraries.create(actor, NewLibrary(name="Atlas", library_id=SHARED, owner="owner"))
    await app.accounts.users.create(actor, NewUser(user_id=MOVING, name="Nomad", department="east"))
    await app.sharing.jobs.run_for(TENANT, "rows")
    # From now on every change of the truth is pending; these people reach nothing, and these libraries nobody yet.
    table = app.table.for_tenant(TENANT)
    await fill_department(table, "hall", members)
    await fill_groups(table, groups, LIBRARIES_OF_GROUP, "owner", app.clock.now())
    for start in range(0, GROUPS, 50):
        change = UserChange(join=frozenset(groups[start : start + 50]))
        await app.accounts.users.change(actor, MOVING, change)


async def _floor(folder: Path, written: Sequence[Sequence[Put]]) -> tuple[float, float]:
    """The rows as they were written, and nothing else, on an engine of its own."""
    driver = await open_sqlite(folder / f"floor-{time.monotonic_ns()}.db")
    await driver.create_table(model().index_count)
    lists: list[list[Action]] = [[_anew(put) for put in puts] for puts in written]

    async def write() -> None:
        for actions in lists:
            await driver.write(actions, tenant=TENANT, now_ms=0)

    cost = await _timed(write)
    await driver.close()
    return cost


def _anew(put: Put) -> Put:
    """The same where nothing was before."""
    return msgspec.structs.replace(put, expect=msgspec.structs.replace(put.expect, present=False, version=None))


async def _timed(call: Callable[[], Awaitable[T]]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    await call()
    return time.perf_counter() - began, time.process_time() - cpu


def _shown(cost: tuple[float, float]) -> list[str]:
    return [f"{each * 1000:,.0f}" for each in cost]


if __name__ == "__main__":
    asyncio.run(main())
