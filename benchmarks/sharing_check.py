"""What does it cost to check access and to list what somebody reaches, beside casbin and OpenFGA?

1,000 people, 3,000 libraries, 10,000 shares with persons, nested groups, roles, departments and the organisation. The
same questions to all: single checks, and everything a user may read. First all must give the same answers. entaku asks
its services on the embedded engine and remembers nothing between calls: lists from access rows, as they are at rest,
and from the shares, as they are while rows are not built; casbin's FastEnforcer holds all rules in its memory, in a
process of its own; OpenFGA is its command `fga model test`, a server inside itself with the store in memory, and the
figure is what a run with many questions takes longer than a run with one. Rounds take turns, and the median counts.
Here the policy is `union`, and no share ends: casbin cannot be told otherwise.

Run it in a quiet moment: `python benchmarks/sharing_check.py [--items 10000]`; `--items` is the number of shares, of
which there are 10,000 at most. The first time it installs the other two beside the development tools.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from report import print_header, print_table, verdict
from sharing.contenders import Casbin, Cost, Entaku, OpenFga, Question
from sharing.organisation import organisation

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from entaku.core.config import Config  # noqa: E402 - after the path
from entaku.main import build  # noqa: E402
from entaku.modules.accounts import NewTenant  # noqa: E402
from entaku.modules.sharing import Permission  # noqa: E402
from entaku.modules.workspace import Share, Workspace  # noqa: E402
from tests.emulators.beside import installed  # noqa: E402
from tests.emulators.openfga import PACKAGE as OPENFGA  # noqa: E402

CASBIN = "casbin==1.43.0"
TENANT, ROWLESS = "benchmark", "rowless"
ROUNDS = 5
SHARES_MAX = 10_000
CHECKS, LISTS = 400, 40
CHECKS_OF_OPENFGA, LISTS_OF_OPENFGA, ROUNDS_OF_OPENFGA = 60, 4, 2
"""It takes its time: fewer of the same questions, in fewer rounds."""
BATCH = 100
FROM_SHARES = "entaku, from the shares"
SEED = 31
CHECK_GOAL, LIST_GOAL, ROWS_GOAL = 3.0, 1.0, 1.0
"""Of casbin's processor time. It reads no table, so a check may take longer here; a list may not."""


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=SHARES_MAX, help="shares")
    shares = max(100, min(parser.parse_args().items, SHARES_MAX))
    workspace = organisation(shares)
    there = sum(len(each.shares) for each in workspace.libraries)
    print_header(
        __doc__ or "",
        also=[
            f"{len(workspace.users):,} people, {len(workspace.libraries):,} libraries, {there:,} shares",
            f"{ROUNDS} rounds of {CHECKS} checks and {LISTS} lists",
            f"of OpenFGA {ROUNDS_OF_OPENFGA} rounds of {CHECKS_OF_OPENFGA} and {LISTS_OF_OPENFGA}, of the same",
            f"beside {CASBIN}, {OPENFGA}",
        ],
    )
    with tempfile.TemporaryDirectory(prefix="entaku-bench-") as name:
        await _compare(workspace, Path(name))


async def _compare(workspace: Workspace, folder: Path) -> None:
    app = await build(Config(data=folder / "data", page_cache_bytes=0))
    for tenant in (TENANT, ROWLESS):
        await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id=tenant, name=tenant, tier="enterprise"))
        await app.importer.apply(app.operator(tenant), workspace)
    await app.sharing.jobs.run(app.operator(TENANT), "rows")
    entaku, rowless = Entaku(app, app.operator(TENANT)), Entaku(app, app.operator(ROWLESS))
    casbin = Casbin(installed(CASBIN), workspace, folder)
    openfga = OpenFga(installed(OPENFGA), workspace, folder)
    try:
        await _measure(entaku, rowless, casbin, openfga, questions_of(workspace), users_of(workspace))
    finally:
        casbin.end()
        await app.close()


async def _measure(
    entaku: Entaku, rowless: Entaku, casbin: Casbin, openfga: OpenFga, questions: list[Question], users: list[str]
) -> None:
    checks: dict[str, list[Cost]] = {}
    lists: dict[str, list[Cost]] = {}
    for number in range(ROUNDS):
        mine, reached = await entaku.check(questions), await entaku.list(users)
        allowed, libraries = mine.answers, reached.answers
        _note(checks, "entaku", mine, allowed)
        _note(checks, f"entaku, {BATCH} in a call", await entaku.check(questions, at_once=BATCH), allowed)
        _note(checks, "casbin", casbin.check(questions), allowed)
        _note(lists, "entaku", reached, libraries)
        _note(lists, FROM_SHARES, await rowless.list(users), libraries)
        _note(lists, "casbin", casbin.list(users), libraries)
        if number < ROUNDS_OF_OPENFGA:
            some, few = CHECKS_OF_OPENFGA, LISTS_OF_OPENFGA
            _note(checks, "OpenFGA", openfga.check(questions[:some], allowed[:some]), allowed[:some])
            lists.setdefault("OpenFGA", []).append(openfga.list(users[:few], libraries[:few]))
    yes = sum(checks["entaku"][0].answers)
    reach = statistics.median(len(each) for each in lists["entaku"][0].answers)
    print(f"All answer the same: {yes} of {len(questions)} checks yes, lists of {reach:g} libraries in the median.")
    found = sum(len(each) for cost in lists["OpenFGA"] for each in cost.answers)
    wanted = ROUNDS_OF_OPENFGA * sum(len(each) for each in lists["entaku"][0].answers[:LISTS_OF_OPENFGA])
    print(f"But OpenFGA's lists, which end after three seconds: {found:,} of {wanted:,} libraries.\n")
    _print("a check", checks, CHECK_GOAL)
    _print("a whole list", lists, LIST_GOAL)


def _note(costs: dict[str, list[Cost]], who: str, cost: Cost, answers: Sequence[Any]) -> None:
    if cost.answers != answers:
        sys.exit(f"{who} answers otherwise than entaku")
    costs.setdefault(who, []).append(cost)


def _print(what: str, costs: dict[str, list[Cost]], goal: float) -> None:
    """Microseconds for each question, and how many times ours that is: of processor time, which others disturb less."""
    cpus = {who: _median_us([cost.cpu for cost in found], found) for who, found in costs.items()}
    rows = [
        [
            who,
            f"{cpus[who]:,.0f}",
            f"{_median_us([cost.clock for cost in found], found):,.0f}",
            f"{cpus[who] / cpus['entaku']:.2f}",
        ]
        for who, found in costs.items()
    ]
    print_table([what, "processor, us", "clock, us", "processor, of entaku's"], rows)
    if FROM_SHARES in cpus:
        print(f"by rows: {verdict(cpus['entaku'] / cpus[FROM_SHARES], ROWS_GOAL, 'of the time from the shares')}")
    print(f"beside casbin: {verdict(cpus['entaku'] / cpus['casbin'], goal, 'of its processor time')}\n")


def _median_us(seconds: Sequence[float], costs: Sequence[Cost]) -> float:
    return statistics.median(each / len(cost.answers) * 1e6 for each, cost in zip(seconds, costs, strict=True))


def questions_of(workspace: Workspace) -> list[Question]:
    """Half of them about people with whom the library is shared somehow, the others about anybody and anything."""
    chance = random.Random(SEED)
    users, libraries = [user.id for user in workspace.users], workspace.libraries
    found: list[Question] = []
    for number in range(CHECKS):
        library, user = chance.choice(libraries), chance.choice(users)
        if number % 2 and library.shares:
            user = _somebody(workspace, chance.choice(library.shares), chance) or user
        found.append((user, library.id, chance.choice(list(Permission))))
    return found


def _somebody(workspace: Workspace, share: Share, chance: random.Random) -> str | None:
    kind, name = share.principal.kind.value, share.principal.id
    those = [
        user.id
        for user in workspace.users
        if name in (user.id, user.department, user.role, *user.groups) or kind == "organisation"
    ]
    return chance.choice(those) if those else None


def users_of(workspace: Workspace) -> list[str]:
    users = [user.id for user in workspace.users]
    return random.Random(SEED).sample(users, min(LISTS, len(users)))


if __name__ == "__main__":
    asyncio.run(main())
