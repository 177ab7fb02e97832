"""Any faults in any order on the line to DynamoDB against a plain model, and many writers at once against a history."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entaku.core.errors import Conflict, NotFound, Unavailable
from entaku.table import BoundTable, Model, Table, add, changed, idempotency_key
from entaku.table.drivers.dynamodb import DynamoDriver
from entaku.table.transaction import Transaction
from entaku.testing import ManualClock
from tests.emulators.dynamodb import emulator, open_for_test
from tests.emulators.faulty_wire import Fault, FaultyWire
from tests.engines import SECRET, yield_once
from tests.table.entities import Account, Note
from tests.table.walking import walk

pytestmark = pytest.mark.engine("dynamodb")

SILENCE_S = 0.1
IDS = ("a", "b")
WRITERS, OPERATIONS = 8, 50


class Step(NamedTuple):
    """One operation, and what happens to its requests."""

    operation: str
    id: str
    writes: list[Fault | None]
    reads: list[Fault | None]


OPERATIONS_OF_A_WALK = ("create", "replace", "stale", "add", "add by key", "add once", "add beside", "delete", "move")
faults = st.lists(st.none() | st.sampled_from(Fault), max_size=4)
steps = st.lists(
    st.builds(Step, st.sampled_from(OPERATIONS_OF_A_WALK), st.sampled_from(IDS), faults, faults), max_size=9
)


class Opened(NamedTuple):
    """A table behind a line, and the same one without it."""

    line: FaultyWire
    driver: DynamoDriver
    table: Table
    calm: Table


@asynccontextmanager
async def opened(model: Model, **how: Any) -> AsyncIterator[Opened]:
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        calm = await open_for_test(clock, through=emulator())
        stack.push_async_callback(calm.close)
        await calm.create_table(model.index_count)
        line = await stack.enter_async_context(FaultyWire(emulator(), **how))
        driver = await open_for_test(clock, table=calm.table, through=line.endpoint, silence_s=SILENCE_S)
        stack.push_async_callback(driver.close)
        yield Opened(
            line,
            driver,
            Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once),
            Table(calm, model, secret=SECRET, clock=clock),
        )


class Twin:
    """One tenant's accounts, and a dictionary of their balances."""

    def __init__(self, at: Opened, tenant: str) -> None:
        self._at, self._tenant, self._calm = at, at.table.for_tenant(tenant), at.calm.for_tenant(tenant)
        self._balances: dict[str, int] = {}
        self._older: dict[str, Account] = {}
        """Accounts as they were once, each at a version that is not the present one."""

    async def step(self, step: Step) -> None:
        """Whatever is told of the operation is what the table shows when everything has arrived."""
        before = dict(self._balances)
        stored = await self._calm.find(Account.at(id=step.id))
        after = self._after(step, before)
        self._at.line.next_writes(*step.writes)
        self._at.line.next_reads(*step.reads)
        outcome = await self._outcome(step, stored)
        self._at.line.forget()
        await self._at.line.deliver_late()
        found = await self._calm.find_many([Account.at(id=name) for name in IDS])
        now = {account.id: account.balance for account in found if account is not None}
        # Nobody else writes, so that nothing is refused but what must be.
        refused = [before] if after is None else []
        possible = {"done": [after], "refused": refused, "not done": [before], "unknown": [before, after]}[outcome]
        assert now in possible, (step, outcome, before, now)
        if stored is not None and now != before:
            self._older[step.id] = stored
        self._balances = now

    def _after(self, step: Step, before: dict[str, int]) -> dict[str, int] | None:
        """None for an operation that must be refused."""
        here, is_there = before.get(step.id, 0), step.id in before
        match step.operation:
            case "create":
                return None if is_there else {**before, step.id: 1}
            case "stale":
                return None
            case "replace":
                return {**before, step.id: 7} if is_there else None
            case "delete":
                return {name: balance for name, balance in before.items() if name != step.id} if is_there else None
            case "move":
                moved = {name: balance + (5 if name == step.id else -5) for name, balance in before.items()}
                return moved if len(before) == len(IDS) else None
            case _:
                return {**before, step.id: here + 5} if is_there else None

    async def _outcome(self, step: Step, stored: Account | None) -> str:
        try:
            work = self._work(step, stored)
            if work is None:
                return "refused"
            await work
        except (Conflict, NotFound):
            return "refused"
        except Unavailable as error:
            return "unknown" if error.outcome_unknown else "not done"
        return "done"

    def _work(self, step: Step, stored: Account | None) -> Awaitable[Any] | None:
        """None for what cannot be asked for now."""
        table, key = self._tenant, Account.at(id=step.id)
        match step.operation:
            case "create":
                return table.create(Account(id=step.id, balance=1))
            case "stale":
                older = self._older.get(step.id)
                return table.replace(changed(older, balance=99)) if older is not None else None
            case "replace":
                return table.replace(changed(stored, balance=7)) if stored is not None else None
            case "add":
                return table.patch(stored, balance=add(5)) if stored is not None else None
            case "delete":
                return table.delete(stored) if stored is not None else None
            case "add by key":
                return table.patch(key, balance=add(5))
            case "add once":
                return self._once(step.id)
            case "add beside":
                return self._beside(step.id)
            case _:
                return self._move(step.id)

    async def _once(self, name: str) -> None:
        """With an idempotency key, until it is answered."""

        async def work(tx: Transaction) -> None:
            tx.patch(Account.at(id=name), balance=add(5))

        key = f"once-{next(_numbers)}"
        for _ in range(20):
            try:
                return await self._tenant.run(work, idempotency=idempotency_key(key, name.encode()))
            except Unavailable:
                continue
        raise AssertionError("nothing goes on for ever")

    async def _beside(self, name: str) -> None:
        async with self._tenant.transaction() as tx:
            tx.create(Note(book="b", id=f"{next(_numbers)}"))
            tx.patch(Account.at(id=name), balance=add(5))

    async def _move(self, name: str) -> None:
        async with self._tenant.transaction() as tx:
            for each in IDS:
                tx.patch(Account.at(id=each), balance=add(5 if each == name else -5))


_numbers = itertools.count()


@pytest.mark.thorough
def test_what_a_write_says_of_itself_is_true_whatever_happens_on_the_line(model: Model) -> None:
    with asyncio.Runner() as runner:
        context = opened(model)
        at = runner.run(context.__aenter__())

        async def replayed(walked: list[Step]) -> None:
            twin = Twin(at, f"t{next(_numbers)}")
            for step in [Step("create", "a", [], []), Step("create", "b", [], []), *walked]:
                await twin.step(step)

        @settings(max_examples=60)
        @given(steps)
        def check(walked: list[Step]) -> None:
            runner.run(replayed(walked))

        try:
            check()
        finally:
            runner.run(context.__aexit__(None, None, None))


class History:
    """What writers asked for, and what they were told."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}
        self.seen_by_walks: list[tuple[set[str], list[str]]] = []
        """What was acknowledged before a listing was walked, and what the walk showed."""

    def done(self) -> set[str]:
        return {name for name, outcome in self.outcomes.items() if outcome == "done"}


async def write(table: BoundTable, history: History, writer: int) -> None:
    """Each operation counts one up and leaves a note of its name; every third repeats itself until it is answered."""
    for number in range(OPERATIONS):
        name, account = f"{writer}-{number}", Account.at(id=IDS[number % len(IDS)])
        attempts = itertools.count()

        async def work(
            tx: Transaction, name: str = name, account: Any = account, attempts: itertools.count[int] = attempts
        ) -> None:
            # A name of its own each time: what was done twice would show.
            tx.create(Note(book="b", id=f"{name}-{next(attempts)}"))
            tx.patch(account, balance=add(1))

        is_kept = number % 3 == 0
        history.outcomes[name] = "asked"
        while history.outcomes[name] in ("asked", "again"):
            try:
                await table.run(work, idempotency=idempotency_key(name, b"one") if is_kept else None)
                history.outcomes[name] = "done"
            except Conflict:
                history.outcomes[name] = "again" if is_kept else "not done"
            except Unavailable as error:
                unkept = "unknown" if error.outcome_unknown else "not done"
                history.outcomes[name] = "again" if is_kept else unkept


async def keep_walking(table: BoundTable, history: History, is_over: asyncio.Event) -> None:
    while not is_over.is_set():
        acknowledged = history.done()
        try:
            notes = await walk(table, Note.in_book(book="b"), limit=50)
        except Unavailable:
            continue
        history.seen_by_walks.append((acknowledged, [note.id for note in notes]))


async def changes_since(driver: DynamoDriver, position: str) -> list[str]:
    """The notes that the change log tells, over the line."""
    told: list[str] = []
    while True:
        try:
            batch = await driver.changes(position, limit=100)
        except Unavailable:
            continue
        told += [change.key.sk.removeprefix("NOTE#") for change in batch.changes]
        position = batch.position
        if not batch.changes:
            return told


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_many_writers_on_a_bad_line_lose_nothing_and_do_nothing_twice(model: Model, seed: int) -> None:
    async with opened(model, seed=seed) as (line, driver, table, calm):
        acme, history, is_over = table.for_tenant("acme"), History(), asyncio.Event()
        for name in IDS:
            await calm.for_tenant("acme").create(Account(id=name))
        position = (await calm.driver.changes(None, limit=1)).position
        line.percent = 20

        walking = asyncio.ensure_future(keep_walking(acme, history, is_over))
        await asyncio.gather(*(write(acme, history, writer) for writer in range(WRITERS)))
        is_over.set()
        await walking
        await line.deliver_late()
        told = await changes_since(driver, position)

        notes = [note.id for note in await walk(calm.for_tenant("acme"), Note.in_book(book="b"), limit=100)]
        accounts = await calm.for_tenant("acme").find_many([Account.at(id=name) for name in IDS])

    assert sum(account.balance for account in accounts if account is not None) == len(notes)
    written = Counter(operation_of(note) for note in notes)
    assert set(written.values()) == {1}
    assert history.done() <= set(written)
    assert not {name for name, outcome in history.outcomes.items() if outcome == "not done"} & set(written)
    assert sorted(told) == sorted(notes)
    for acknowledged, seen in history.seen_by_walks:
        assert len(seen) == len(set(seen))
        assert acknowledged <= {operation_of(note) for note in seen}
    assert len(line.faults()) > WRITERS


def operation_of(note: str) -> str:
    return note.rpartition("-")[0]
