"""Many callers write at once, to one library or to several, through two workers and beside an import.

    python -m tests.reliability.writers --writers 16 --seconds 30
    python -m tests.reliability.writers --writers 16 --seconds 30 --libraries 16

A third of the time in, one worker is killed; at two thirds the service is told to reload; in the end it is told to end
while everybody still writes. Then every acknowledged version must have had one winner, each change must follow from the
one before, and each repeated key must have counted once. Ends with status 1 when anything is wrong.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import click
import msgspec

from entaku.core.config import Config
from entaku.core.context import AccessLevel
from entaku.main import App, build
from entaku.modules.accounts import NewTenant, NewUser
from entaku.modules.sharing import NewLibrary
from tests.modules.workspace.workspaces import as_file
from tests.reliability.calls import Calls, Patching, Sharing
from tests.reliability.invariants import violations
from tests.reliability.organisation import organisation
from tests.reliability.service import Service, run_entaku
from tests.reliability.sound_file import file_violations
from tests.reliability.trail import trail_violations
from tests.reliability.wire import Wire

TENANT, ROOT = "acme", "root"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How many, how long, and what happens to the service."""

    writers: int = 16
    libraries: int = 1
    """With one, everybody is in everybody's way; with as many as writers, only the file is shared."""
    seconds: float = 30.0
    reloads: bool = True
    imported_users: int = 150

    def library_ids(self) -> list[str]:
        return [f"contended{number}" for number in range(self.libraries)]


async def run(folder: Path, plan: Plan) -> tuple[list[str], Calls]:
    """The whole of it: what is wrong in the end, and what the callers saw."""
    data = folder / "data"
    token = await _furnish(data, plan)
    file = folder / "organisation.yaml"
    file.write_bytes(as_file(organisation(1, users=plan.imported_users, libraries=20)))
    service, calls = Service(data, workers=2), Calls()
    try:
        await service.start()
        wires = [Wire(service.port, token) for _ in range(plan.writers)]
        ids = plan.library_ids()
        callers = [
            # Pairs, so that each library has callers of both kinds where there are enough of them.
            (Patching if number % 2 else Sharing)(number, ids[number // 2 % len(ids)], wire, calls)
            for number, wire in enumerate(wires)
        ]
        tasks = [asyncio.create_task(caller.run()) for caller in callers]
        importing = asyncio.create_task(run_entaku(data, "import", str(file), "--tenant", TENANT))
        status = await _disturb(service, calls, plan)
        calls.is_over = True
        await asyncio.gather(*tasks)
        broken: list[str] = []
        import_status, printed = await importing
        for wire in wires:
            wire.close()
    finally:
        service.kill()
    if status != 0:
        broken.append(f"the service ended with {status}")
    if import_status != 0:
        broken.append(f"the import ended with {import_status}: {printed}")
    if "locked" in service.log.read_text():
        broken.append(f"the service's log speaks of a lock: {service.log.read_text()[:500]}")
    app = await build(Config(data=data))
    try:
        for library_id in plan.library_ids():
            broken += await trail_violations(app, TENANT, library_id, calls)
        broken += [*calls.violations(), *await violations(app)]
    finally:
        await app.close()
    return broken + file_violations(data / "entaku.db"), calls


async def _furnish(data: Path, plan: Plan) -> str:
    app: App = await build(Config(data=data))
    actor = app.operator(TENANT)
    await app.accounts.tenants.create(actor, NewTenant(tenant_id=TENANT, name="Acme", tier="enterprise"))
    await app.accounts.users.create(actor, NewUser(user_id=ROOT, name="Root", level=AccessLevel.TENANT_ADMIN))
    for number in range(plan.writers):
        await app.accounts.users.create(actor, NewUser(user_id=f"s{number}", name=f"Reader {number}"))
    for library_id in plan.library_ids():
        await app.sharing.libraries.create(actor, NewLibrary(name="Contended", library_id=library_id, owner=ROOT))
    token = app.tokens.mint(TENANT, ROOT)
    await app.close()
    return token


async def _disturb(service: Service, calls: Calls, plan: Plan) -> int:
    """What happens meanwhile; the exit status of the service."""
    await asyncio.sleep(plan.seconds / 3)
    calls.begin("worker killed")
    service.kill_worker()
    await asyncio.sleep(plan.seconds / 3)
    if plan.reloads:
        calls.begin("reload")
        service.reload()
        await asyncio.sleep(plan.seconds / 3)
    calls.begin("end")
    return await service.end()


@click.command()
@click.option("--writers", type=click.IntRange(2, 200), default=16, show_default=True)
@click.option("--libraries", type=click.IntRange(1, 200), default=1, show_default=True)
@click.option("--seconds", type=float, default=30.0, show_default=True)
def main(writers: int, libraries: int, seconds: float) -> None:
    """Write from many callers while workers are killed and replaced."""
    with tempfile.TemporaryDirectory(prefix="entaku-writers-") as folder:
        broken, calls = asyncio.run(run(Path(folder), Plan(writers=writers, libraries=libraries, seconds=seconds)))
    for line in calls.summary():
        click.echo(line)
    for sentence in broken[:20]:
        click.echo(f"  WRONG {sentence}")
    click.echo(f"{len(broken)} violations")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
