"""Do a check, a list and a share cost the same whether the table holds ten thousand shares or a million?

One tenant on the embedded engine grows to 10,000, 100,000 and, with `--items 1000000`, a million shares, each stored
under its library and under its principal, with the access row that comes of it and those of the owners. Everybody
reaches four libraries, however large the tenant is. At each size people and libraries are drawn from all of it: a
check, a whole list by its rows, and a share given and taken back, with its rows, each through the services. Nothing is
remembered between two calls. Figures are medians, in microseconds by the clock and of processor time.

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
SIZES = (10_000, 100_000, 1_000_000)
CALLS, WARM_UP = 600, 50
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
        built = await app.sharing.jobs.run(app.operator(TENANT), "rows")
        took = time.perf_counter() - began
        print(f"  {size:,} shares, {built.looked_at:,} users after {took:.0f} s more", file=sys.stderr, flush=True)
        measured = await _measure(app, blocks)
        for what, cost in measured.items():
            costs.setdefault(what, []).append(cost)
        figures = [f"{clock:,.0f} / {cpu:,.0f}" for clock, cpu in measured.values()]
        rows.append([f"{blocks * SHARES:,}", f"{_megabytes(folder):,.0f}", *figures])
    await app.close()
    print_table(["shares", "file, MB", *(f"{what}: clock / processor, us" for what in costs)], rows)
    for what, found in costs.items():
        print(f"{what}: {verdict(found[-1][0] / found[0][0], GROWTH_GOAL, 'of the time at the smallest size')}")


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.glob("entaku.db*")) / 1e6


async def _measure(app: App, blocks: int) -> dict[str, tuple[float, float]]:
    chance, operator = random.Random(SEED), app.operator(TENANT)

    async def check() -> None:
        block = chance.randrange(blocks)
        wanted = Check(
            user_id=person(block, chance.randrange(PEOPLE)),
            library_id=library(block, chance.randrange(LIBRARIES)),
            permission=Permission.WRITE,
        )
        if await app.sharing.checks.check(operator, [wanted]) != [True]:
            sys.exit(f"{wanted} is answered with no")

    async def whole_list() -> None:
        user = person(chance.randrange(blocks), chance.randrange(PEOPLE))
        page = await app.sharing.lists.of_user(operator, user, ListRequest(limit=20))
        if page.total != LIBRARIES:
            sys.exit(f"{user} reaches {page.total} libraries")

    async def share_and_back() -> None:
        name, team = (
            library(chance.randrange(blocks), chance.randrange(LIBRARIES)),
            Principal(PrincipalKind.GROUP, TEAM),
        )
        grant = Grant(principal=team, permissions=frozenset((Permission.READ,)))
        await app.sharing.shares.change(operator, name, add=[grant])
        await app.sharing.shares.change(operator, name, remove=[team])
        await app.sharing.rows.catch_up(TENANT)

    return {
        "check": await _median_us(check),
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
