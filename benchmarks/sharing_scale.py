"""Do a check, a list and a share cost the same whether the table holds ten thousand shares or a million?

One tenant on the embedded engine grows to 10,000, 100,000 and, with `--items 1000000`, a million shares, each stored
under its library and under its principal, with the access row that comes of it and those of the owners. Everybody
reaches four libraries, however large the tenant is. At each size a hundred blocks of people and their libraries are
taken from all of it, equally far apart, and asked about again and again: a check, a whole list by its rows, and a share
given and taken back, with its rows, each through the services. So what is asked about is as much at each size, and lies
in the memory of the engine or the system alike. Beside it stands a check of anybody of all, whose pages of the file are
in nobody's memory when the table is large. Nothing else is remembered between two calls. Figures are medians, in
microseconds by the clock and of processor time.

Run it in a quiet moment: `python benchmarks/sharing_scale.py [--items 1000000]`; `--items` is the largest number of
shares.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from report import print_header, print_table, verdict
from sharing.rows import LIBRARIES, PEOPLE, SHARES, fill, library, person

from entaku.core.config import Config
from entaku.main import App, build
from entaku.modules.accounts import Group, NewTenant, Principal, PrincipalKind
from entaku.modules.sharing import Check, Grant, ListRequest, Permission

TENANT, TEAM = "benchmark", "team"
ANYBODY = "check of anybody"
SIZES = (10_000, 100_000, 1_000_000)
CALLS, WARM_UP, BLOCKS_ASKED = 600, 400, 100
GROWTH_GOAL = 1.5
"""Of the time at the smallest size."""
SEED = 37


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=SIZES[1], help="shares in the largest table, at most a million")
    most = max(SHARES, min(parser.parse_args().items, SIZES[-1]))
    sizes = [*(size for size in SIZES if size < most), most] if most > SIZES[0] else [max(SHARES, most // 10), most]
    print_header(
        __doc__ or "", also=[f"{CALLS} calls of each kind at {', '.join(f'{size:,}' for size in sizes)} shares"]
    )
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as folder:
        await _grow(Path(folder), sizes)


async def _grow(folder: Path, sizes: list[int]) -> None:
    app = await build(Config(data=folder, page_cache_bytes=0))
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id=TENANT, name=TENANT, tier="enterprise"))
    await app.accounts.directory.create(app.operator(TENANT), Group(group_id=TEAM, name=TEAM))
    table, blocks, costs = app.table.for_tenant(TENANT), 0, dict[str, list[tuple[float, float]]]()
    rows: list[list[str]] = []
    for size in sizes:
        began, wanted = time.perf_counter(), -(-size // SHARES)
        await fill(table, blocks, wanted, app.clock.now())
        blocks = wanted
        if not rows:
            built = await app.sharing.jobs.run(app.operator(TENANT), "rows")
            if built.found:
                sys.exit(f"{built.found} rows were not as a worker writes them")
        print(f"  {size:,} shares after {time.perf_counter() - began:.0f} s more", file=sys.stderr, flush=True)
        measured = await _measure(app, blocks)
        for what, cost in measured.items():
            costs.setdefault(what, []).append(cost)
        figures = [f"{clock:,.0f} / {cpu:,.0f}" for clock, cpu in measured.values()]
        rows.append([f"{blocks * SHARES:,}", f"{_megabytes(folder):,.0f}", *figures])
    await app.close()
    print_table(["shares", "file, MB", *(f"{what}: clock / processor, us" for what in costs)], rows)
    for what, found in costs.items():
        if what == ANYBODY:
            continue
        print(f"{what}: {verdict(found[-1][0] / found[0][0], GROWTH_GOAL, 'of the time at the smallest size')}")


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.glob("entaku.db*")) / 1e6


async def _measure(app: App, blocks: int) -> dict[str, tuple[float, float]]:
    chance, operator = random.Random(SEED), app.operator(TENANT)
    asked = range(0, blocks, max(1, blocks // BLOCKS_ASKED))

    async def check_of(block: int) -> None:
        wanted = Check(
            user_id=person(block, chance.randrange(PEOPLE)),
            library_id=library(block, chance.randrange(LIBRARIES)),
            permission=Permission.WRITE,
        )
        if await app.sharing.checks.check(operator, [wanted]) != [True]:
            sys.exit(f"{wanted} is answered with no")

    async def whole_list() -> None:
        user = person(chance.choice(asked), chance.randrange(PEOPLE))
        page = await app.sharing.lists.of_user(operator, user, ListRequest(limit=20))
        if page.total != LIBRARIES:
            sys.exit(f"{user} reaches {page.total} libraries")

    async def share_and_back() -> None:
        name, team = (
            library(chance.choice(asked), chance.randrange(LIBRARIES)),
            Principal(PrincipalKind.GROUP, TEAM),
        )
        grant = Grant(principal=team, permissions=frozenset((Permission.READ,)))
        await app.sharing.shares.change(operator, name, add=[grant])
        await app.sharing.shares.change(operator, name, remove=[team])
        await app.sharing.rows.catch_up(TENANT)

    return {
        ANYBODY: await _median_us(lambda: check_of(chance.randrange(blocks))),
        "check": await _median_us(lambda: check_of(chance.choice(asked))),
        "list": await _median_us(whole_list),
        "share and back": await _median_us(share_and_back),
    }


async def _median_us(call: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    """By the clock the median call; of processor time, which is told too coarsely for one call, the mean."""
    for _ in range(WARM_UP):
        await call()
    clocks: list[float] = []
    cpu = time.process_time()
    for _ in range(CALLS):
        began = time.perf_counter()
        await call()
        clocks.append(time.perf_counter() - began)
    return statistics.median(clocks) * 1e6, (time.process_time() - cpu) / CALLS * 1e6


if __name__ == "__main__":
    asyncio.run(main())
