"""Several processes change shares, profiles, groups and people at once, and are killed at moments of their own.

Each says what it is about to ask for, and what it was answered. After a round everything that was left without an
answer is asked for again under its own key, and so are some of those that were answered; then each answer is held
against the audit trail, and the table against its invariants.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
from pathlib import Path

import msgspec

from entaku.core.config import Config
from entaku.main import App, build
from entaku.modules.audit import AuditRecord
from tests.reliability.answers import answer_violations
from tests.reliability.invariants import violations
from tests.reliability.killed_import import TENANT, Size, found_tenant, import_all
from tests.reliability.operations import DELETIONS, LIBRARIES, USERS, Answer, Operation, operation, perform
from tests.reliability.processes import Killable, Say
from tests.reliability.sound_file import file_violations
from tests.reliability.stored import holdings

PROCESSES, TASKS = 3, 4
ROUNDS_OF_ONE_FOLDER = 20
"""Then it begins anew, or looking through it would take longer than changing it."""
ASKED_AGAIN_MAX = 20


class Part(msgspec.Struct, frozen=True):
    """What one process is to do."""

    name: str
    seed: int


class KilledChanges:
    """The scenario. `folder` is its own."""

    name = "changes"

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._seed = folder, seed
        self._chance = random.Random(seed)
        self._rounds = self.kills = 0
        self._answered = self._refused = self._unavailable = 0
        self._unanswered = self._had_happened = 0

    async def begin(self) -> None:
        """Makes the organisation that every folder starts with."""
        await found_tenant(self._folder / "beginning")
        await Killable(
            import_all, self._folder / "beginning", argument=Size(self._seed, users=USERS, libraries=LIBRARIES)
        ).end()

    async def round(self) -> list[str]:
        """Some kills, and what they broke."""
        data = self._folder / "data"
        if self._rounds % ROUNDS_OF_ONE_FOLDER == 0:
            shutil.rmtree(data, ignore_errors=True)
            shutil.copytree(self._folder / "beginning", data)
        self._rounds += 1
        parts = [Part(f"{self._rounds}.{number}", self._chance.getrandbits(32)) for number in range(PROCESSES)]
        at_once, at = self._chance.random() < 0.5, self._chance.uniform(0, 0.7)
        moments = [at if at_once else self._chance.uniform(0, 0.7) for _ in parts]
        processes = [Killable(change_on_and_on, data, argument=part) for part in parts]
        said = await asyncio.gather(
            *(_killed(process, moment) for process, moment in zip(processes, moments, strict=True))
        )
        asked = [one for some in said for one in some if isinstance(one, Operation)]
        answers = [one for some in said for one in some if isinstance(one, Answer)]
        self.kills += len(processes)
        broken = [f"a process ended with {p.exit_status} by itself" for p in processes if p.exit_status != -9]
        app = await build(Config(data=data))
        try:
            broken += await self._check(app, asked, answers)
        finally:
            await app.close()
        return broken + file_violations(data / "entaku.db")

    async def _check(self, app: App, asked: list[Operation], answers: list[Answer]) -> list[str]:
        broken = [f"after the kill: {sentence}" for sentence in await violations(app)]
        answered = {answer.operation.id: answer for answer in answers}
        pending = [one for one in asked if one.id not in answered]
        self._had_happened += await _recorded(app, pending)
        again = [await perform(app, one) for one in pending]
        for before in self._chance.sample(answers, min(len(answers), ASKED_AGAIN_MAX)):
            if before.refused or before.operation.kind in (*DELETIONS, "delete_library"):
                continue
            after = await perform(app, before.operation)
            if after != before:
                broken.append(f"asked again, {before} became {after}")
        answers = [*answers, *again]
        self._unanswered += len(pending)
        self._refused += sum(bool(answer.refused) for answer in answers)
        self._unavailable += sum(answer.refused == "unavailable" for answer in answers)
        self._answered += sum(not answer.refused for answer in answers)
        broken += [f"{answer.operation} broke: {answer.broken}" for answer in answers if answer.broken]
        broken += await answer_violations(app, answers)
        return broken + [f"after asking again: {sentence}" for sentence in await violations(app)]

    async def end(self) -> list[str]:
        """Each round has asked for all that was left open already."""
        return []

    def summary(self) -> str:
        return (
            f"{self.kills} kills; {self._answered} changes acknowledged, {self._refused} refused"
            f" ({self._unavailable} as unavailable), {self._unanswered} without an answer,"
            f" of which {self._had_happened} had happened; all asked again"
        )


async def change_on_and_on(app: App, say: Say, part: Part) -> None:
    """In a process of its own, until it is killed."""
    numbers = itertools.count()
    chance = random.Random(part.seed)

    async def task() -> None:
        while True:
            asked = operation(chance, f"{part.name}.{next(numbers)}")
            say(asked)
            say(await perform(app, asked))

    await asyncio.gather(*(task() for _ in range(TASKS)))


async def _killed(process: Killable, moment: float) -> list[object]:
    await process.until_said(1)
    await asyncio.sleep(moment)
    return await process.kill()


async def _recorded(app: App, pending: list[Operation]) -> int:
    """How many of those without an answer had been done all the same."""
    done = {record.request_id for record in (await holdings(app))[TENANT].all(AuditRecord)}
    return sum(one.id in done for one in pending)
