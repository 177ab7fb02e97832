"""An import that is killed again and again: after each kill nothing is half there, and in the end all is there.

One round is one kill. After it the invariants are checked and the import is started again, on what is there; one that
was let finish is compared with an import that nobody disturbed, and the next begins with an empty folder.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from pathlib import Path
from typing import Any

import msgspec

from entaku.core.config import Config
from entaku.main import App, build
from entaku.modules.accounts import NewTenant
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing.rows.model import Pending
from entaku.modules.sharing.undo.model import ChangePart
from entaku.table import changed
from tests.reliability.invariants import violations
from tests.reliability.organisation import organisation
from tests.reliability.processes import Killable, Say
from tests.reliability.sound_file import file_violations
from tests.reliability.stored import holdings

TENANT = "acme"
TRIES_MAX = 20
_MOMENTS = ("granted_at", "tokens_valid_from")
_OF_CHANGES = (AuditRecord, ChangePart, Pending)
"""What each change leaves beside what it is about: an import in two parts leaves its own."""


class Size(msgspec.Struct, frozen=True):
    """How much is imported, and from which number it is made up."""

    seed: int
    users: int = 300
    libraries: int = 60


class KilledImport:
    """The scenario. `folder` is its own; `close` removes what it made there."""

    name = "import"

    def __init__(self, folder: Path, size: Size) -> None:
        self._folder, self._size = folder, size
        self._chance = random.Random(size.seed)
        self._expected: list[str] = []
        self._whole_s = 0.0
        self.kills = self.finished = 0

    async def begin(self) -> None:
        """Imports once without disturbance: what every other must come to, and how long it takes."""
        data = self._folder / "whole"
        await found_tenant(data)
        started = time.monotonic()
        await Killable(import_all, data, argument=self._size).end()
        self._whole_s = time.monotonic() - started
        self._expected = await contents(data)
        assert len(self._expected) > self._size.users, "the undisturbed import did nothing"

    async def round(self) -> list[str]:
        """One kill, and what it broke. An import that was faster than its kill is compared, and the next is killed."""
        data, broken = self._folder / "killed", list[str]()
        for _ in range(TRIES_MAX):
            if not data.exists():
                await found_tenant(data)
            process = Killable(import_all, data, argument=self._size)
            await process.until_said(1)
            await asyncio.sleep(self._chance.uniform(0.0, 0.5) * self._whole_s)
            said = await process.kill()
            broken += await table_violations(data)
            if process.exit_status == -9:
                self.kills += 1
                return broken
            if "finished" not in said:
                return [*broken, f"the import ended with {process.exit_status} by itself"]
            broken += await self._compare(data)
        return [*broken, f"{TRIES_MAX} imports were faster than their kills"]

    def summary(self) -> str:
        return f"{self.kills} kills, {self.finished} imports finished after them as if nothing had been"

    async def _compare(self, data: Path) -> list[str]:
        found = await contents(data)
        shutil.rmtree(data)
        self.finished += 1
        differing = set(found) ^ set(self._expected)
        return [f"the import that was killed and finished differs: {text}" for text in sorted(differing)[:10]]

    async def end(self) -> list[str]:
        """Lets the last import finish, and compares it."""
        data = self._folder / "killed"
        if not data.exists():
            return []
        process = Killable(import_all, data, argument=self._size)
        await process.end()
        if process.exit_status != 0:
            return [f"the last import ended with {process.exit_status}"]
        return [*await table_violations(data), *await self._compare(data)]


async def import_all(app: App, say: Say, size: Size) -> None:
    """In a process of its own."""
    say("begins")
    workspace = organisation(size.seed, users=size.users, libraries=size.libraries)
    await app.importer.apply(app.operator(TENANT), workspace)
    say("finished")


async def found_tenant(data: Path) -> None:
    app = await build(Config(data=data))
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id=TENANT, name="Acme", tier="enterprise"))
    await app.close()


async def table_violations(data: Path) -> list[str]:
    """Everything that is wrong with a data folder that nobody writes to."""
    app = await build(Config(data=data))
    try:
        return [*await violations(app), *file_violations(data / "entaku.db")]
    finally:
        await app.close()


async def contents(data: Path) -> list[str]:
    """What is there, without when it was written and under which numbers; the trail of changes is another matter."""
    app = await build(Config(data=data))
    try:
        found = (await holdings(app))[TENANT].everything()
    finally:
        await app.close()
    kept = [each for each in found if not isinstance(each.entity, _OF_CHANGES)]
    return sorted(f"{type(each.entity).__name__} {_plain(each.entity)}" for each in kept)


def _plain(entity: Any) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(changed(entity, _stored=msgspec.UNSET), order="deterministic")
    if "terms" in fields:
        fields["terms"] = _timeless(fields["terms"])
    return _timeless(fields)


def _timeless(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _MOMENTS}
