"""Two serving processes on one file are killed again and again while people are shared with, moved, and listed.

    python -m tests.reliability.killed_sharing --kills 200 --seed 1

Meanwhile a department of many members gets a library and loses it, so that there is always long work to be killed in.
In the end, when all is settled: every acknowledged change is there and recorded once, rows say what shares say, and
what was announced leads without a gap or a repetition to how it is. Ends with status 1 when anything is wrong.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import msgspec

from entaku.core.clock import SystemClock
from entaku.core.config import Config
from entaku.core.context import AccessLevel
from entaku.main import App, build
from entaku.modules.accounts import (
    ORGANISATION,
    Department,
    Group,
    Member,
    NewTenant,
    NewUser,
    Principal,
    PrincipalKind,
    Usage,
    UserProfile,
)
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing import NewLibrary, Share
from entaku.modules.sharing.rows.model import AccessRow, Pending
from entaku.table import BoundTable, changed
from entaku.testing import ManualClock
from tests.reliability.invariants import violations
from tests.reliability.row_violations import notice_violations, notices_since, row_violations
from tests.reliability.served import Served
from tests.reliability.sharing_callers import (
    DEPARTMENTS,
    GROUPS,
    LIBRARIES,
    WIDE,
    Ledger,
    Mover,
    Sharer,
    WideSharer,
)
from tests.reliability.sound_file import file_violations
from tests.reliability.stored import Found, Holding, holdings

TENANT, ROOT = "acme", "root"
PROCESSES = 2
STANDS_S = 1.0
"""The longest that a process serves before it is killed."""
EARLY = 0.15
"""How many are killed before they have opened."""
PEOPLE_AT_ONCE = 30
ANSWERED_WITHIN_S = 120.0
"""When nobody is killed any more, all that was asked for is answered."""
SETTLED_WITHIN = 5
"""Times that all of it is worked through."""
SHOWN_MAX = 20
NOBODY_ELSE_DOES = ("share_added", "share_removed", "user_changed")
LATER = timedelta(minutes=1)
"""What was to end has ended, and what a dead process held it holds no more."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and over how many."""

    kills: int = 200
    members: int = 10_000
    seed: int = 1


class Outcome(msgspec.Struct, frozen=True):
    """What it came to."""

    broken: list[str]
    kills: int
    rows_of_wide: int
    """Members of the wide department who have their row in the end."""
    notices: int
    summary: str


async def run(folder: Path, plan: Plan) -> Outcome:
    """All the kills, and what they broke."""
    data = folder / "data"
    token, position = await furnish(data, plan.members)
    chance, ledger = random.Random(plan.seed), Ledger()
    served = [Served(data, rows_threshold="0", request_log="false") for _ in range(PROCESSES)]
    ports = [each.port for each in served]
    callers = _callers(ports, token, ledger, chance, plan.members)
    tasks = [asyncio.create_task(caller.run()) for caller in callers]
    try:
        share = plan.kills // PROCESSES
        kills = sum(
            await asyncio.gather(*(_kill_on_and_on(each, share, random.Random(chance.random())) for each in served))
        )
        ledger.is_over = True
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        for caller in callers:
            caller.close()
        for each in served:
            await each.kill()
    # One file for all of them. What is expected, such as having lost against others, is no error there.
    logged = [line for line in served[0].logged().splitlines() if "Error" in line or "Traceback" in line]
    broken = [*ledger.wrong, *logged]
    app = await build(Config(data=data, rows_threshold=0), clock=ManualClock(SystemClock().now() + LATER))
    try:
        await settle(app)
        holding = (await holdings(app))[TENANT]
        notices = await notices_since(app, TENANT, position)
        broken += [*_ledger_violations(holding, ledger), *row_violations(holding, app.clock.now())]
        broken += [*notice_violations(notices, holding), *await violations(app)]
        drift = await app.sharing.jobs.run(app.operator(TENANT), "drift")
        if drift.found or drift.looked_at < plan.members:
            broken.append(f"the drift job looked at {drift.looked_at} users and found {drift.found}")
    finally:
        await app.close()
    broken += file_violations(data / "entaku.db")
    rows_of_wide = sum(row.resource.id == WIDE and not row.is_tombstone for row in holding.all(AccessRow))
    return Outcome(broken, kills, rows_of_wide, len(notices), ledger.summary())


async def furnish(data: Path, members: int) -> tuple[str, str]:
    """An organisation with rows; the token of its administrator, and from where on changes are read."""
    app = await build(Config(data=data, rows_threshold=0))
    actor, accounts = app.operator(TENANT), app.accounts
    await accounts.tenants.create(actor, NewTenant(tenant_id=TENANT, name="Acme", tier="enterprise"))
    await accounts.users.create(actor, NewUser(user_id=ROOT, name="Root", level=AccessLevel.TENANT_ADMIN))
    for department in (WIDE, *DEPARTMENTS):
        parent = WIDE if department in DEPARTMENTS[4:] else None
        await accounts.directory.create(actor, Department(department_id=department, name=department, parent=parent))
    for group in GROUPS:
        await accounts.directory.create(actor, Group(group_id=group, name=group))
    for number, (department, group) in enumerate(zip(DEPARTMENTS, GROUPS, strict=True)):
        groups = frozenset({group})
        reader = NewUser(user_id=f"r{number}", name=f"Reader {number}", department=department, groups=groups)
        await accounts.users.create(actor, reader)
        await accounts.users.create(actor, NewUser(user_id=f"p{number}", name=f"Person {number}"))
    await app.sharing.jobs.run(actor, "rows")
    position = (await app.table.driver.changes(None, limit=1)).position
    await fill_department(app.table.for_tenant(TENANT), members)
    for library in (*LIBRARIES, WIDE):
        await app.sharing.libraries.create(actor, NewLibrary(name=library, library_id=library, owner=ROOT))
    token = app.tokens.mint(TENANT, ROOT)
    await app.close()
    return token, position


async def fill_department(table: BoundTable, members: int) -> None:
    """The wide department, written as items: creating them one by one would take longer than all the kills."""
    principals = (Principal(PrincipalKind.DEPARTMENT, WIDE), ORGANISATION)
    for start in range(0, members, PEOPLE_AT_ONCE):
        async with table.transaction() as tx:
            for number in range(start, min(members, start + PEOPLE_AT_ONCE)):
                user_id = _member(number)
                tx.create(UserProfile(user_id=user_id, name=user_id, department=WIDE))
                for principal in principals:
                    tx.create(Member(principal=principal, user_id=user_id))
    usage = await table.get(Usage.at())
    async with table.transaction() as tx:
        tx.replace(changed(usage, users=usage.users + members))


def _member(number: int) -> str:
    return f"m{number:06d}"


def _callers(
    ports: list[int], token: str, ledger: Ledger, chance: random.Random, members: int
) -> list[Sharer | WideSharer | Mover]:
    def dice() -> random.Random:
        return random.Random(chance.random())

    of_wide = [_member(chance.randrange(members)) for _ in range(4)]
    return [
        *(Sharer(number, ports, token, ledger, dice()) for number in range(len(GROUPS))),
        WideSharer("w", ports, token, ledger, dice()),
        Mover("m0", [f"p{number}" for number in range(3)], ports, token, ledger, dice()),
        Mover("m1", [f"p{number}" for number in range(3, 6)], ports, token, ledger, dice()),
        Mover("m2", sorted({*of_wide}), ports, token, ledger, dice()),
    ]


async def _kill_on_and_on(served: Served, kills: int, chance: random.Random) -> int:
    """Leaves it serving, and says how many were killed, and did not end by themselves."""
    killed = 0
    for _ in range(kills):
        served.start()
        if chance.random() >= EARLY:
            await served.until_open()
        await asyncio.sleep(chance.uniform(0.0, STANDS_S))
        killed += await served.kill() == -signal.SIGKILL
    served.start()
    return killed


async def settle(app: App) -> None:
    """As a process does that serves: starts and ends are swept, and what is pending is worked through."""
    table = app.table.for_tenant(TENANT)
    for _ in range(SETTLED_WITHIN):
        await app.sharing.rows.sweep(TENANT)
        await app.sharing.rows.catch_up(TENANT)
        if not (await table.list(Pending.all(), limit=1)).items:
            return


def _ledger_violations(holding: Holding, ledger: Ledger) -> Iterator[str]:
    """What was acknowledged and is not there, or not recorded once, by one transaction, at the version that was told;
    and what is recorded although nobody was told so."""
    shares = {(each.resource.id, str(each.principal)): each.terms for each in holding.all(Share)}
    for pair in sorted(shares.keys() ^ ledger.shares.keys()):
        yield f"the share {pair} is {'there, but was never acknowledged' if pair in shares else 'lost'}"
    for pair in sorted(shares.keys() & ledger.shares.keys()):
        if shares[pair].permissions != set(ledger.shares[pair]["permissions"]):
            yield f"the share {pair} was acknowledged as {ledger.shares[pair]}, and is {shares[pair]}"
    places = {each.user_id: (each.department, each.groups) for each in holding.all(UserProfile)}
    for user, (department, groups) in ledger.places.items():
        if places[user] != (department, frozenset(groups)):
            yield f"{user} was moved to {department} and {groups}, and is at {places[user]}"
    records: dict[tuple[str, str, int], list[Found]] = defaultdict(list)
    for found in holding.found(AuditRecord):
        record: AuditRecord = found.entity
        records[record.target.kind, record.target.id, record.target_version].append(found)
    for each in ledger.acknowledged:
        some = records.pop((each.kind, each.target, each.version), [])
        noted = sorted((found.entity.action, str(found.entity.subject)) for found in some)
        if noted != [*each.noted] or len({found.write_id for found in some}) != 1:
            yield f"{each.key} was acknowledged as {each.noted} at {each.version}, and is recorded as {noted}"
    for target, some in records.items():
        if any(found.entity.action in NOBODY_ELSE_DOES for found in some):
            yield f"{target} is recorded, and nobody was told of it"


@click.command()
@click.option("--kills", type=click.IntRange(PROCESSES, 100_000), default=200, show_default=True)
@click.option("--members", type=click.IntRange(10, 100_000), default=10_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(kills: int, members: int, seed: int) -> None:
    """Kill two serving processes at random moments while shares, people and many rows change."""
    with tempfile.TemporaryDirectory(prefix="entaku-sharing-") as folder:
        outcome = asyncio.run(run(Path(folder), Plan(kills=kills, members=members, seed=seed)))
    click.echo(f"{outcome.kills} kills; {outcome.notices} announcements, {outcome.rows_of_wide} wide rows at the end")
    click.echo(outcome.summary)
    for sentence in outcome.broken[:SHOWN_MAX]:
        click.echo(f"  WRONG {sentence}")
    click.echo(f"{len(outcome.broken)} violations; seed {seed}")
    sys.exit(1 if outcome.broken else 0)


if __name__ == "__main__":
    main()
