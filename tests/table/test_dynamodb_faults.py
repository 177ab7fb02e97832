"""A bad line to DynamoDB: nothing acknowledged is lost, nothing is done twice, and every failure says what is known.

The faults happen to real requests, between the driver and an emulator; the tests enter by the table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
import pytest_asyncio

from entaku.core.errors import Conflict, Unavailable
from entaku.core.limits import ATTEMPTS_MAX, UNAVAILABLE_S_MAX
from entaku.table import BoundTable, Model, Table, add, changed, idempotency_key
from entaku.table.drivers.dynamodb import DynamoDriver
from entaku.testing import ManualClock
from tests.emulators.dynamodb import emulator, open_for_test
from tests.emulators.faulty_wire import DONE, HARMLESS, KNOWN_UNDONE, Fault, FaultyWire
from tests.engines import SECRET
from tests.table.entities import Account, Note
from tests.table.walking import walk

pytestmark = pytest.mark.engine("dynamodb")

SILENCE_S = 0.5
ANY_FAULT = pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name)


@pytest_asyncio.fixture
async def line() -> AsyncIterator[FaultyWire]:
    async with FaultyWire(emulator()) as opened:
        yield opened


@pytest_asyncio.fixture
async def calm_driver(model: Model, clock: ManualClock) -> AsyncIterator[DynamoDriver]:
    """The same table without the bad line."""
    opened = await open_for_test(clock, through=emulator())
    await opened.create_table(model.index_count)
    yield opened
    await opened.close()


@pytest.fixture
def calm(calm_driver: DynamoDriver, model: Model, clock: ManualClock) -> BoundTable:
    return Table(calm_driver, model, secret=SECRET, clock=clock).for_tenant("acme")


@pytest_asyncio.fixture
async def driver(line: FaultyWire, calm_driver: DynamoDriver, clock: ManualClock) -> AsyncIterator[DynamoDriver]:
    opened = await open_for_test(clock, table=calm_driver.table, through=line.endpoint, silence_s=SILENCE_S)
    yield opened
    await opened.close()


@pytest.fixture
async def account(calm: BoundTable) -> Account:
    return await calm.create(Account(id="1"))


async def outcome_of(write: Awaitable[object]) -> str:
    """What its caller is told."""
    try:
        await write
    except Unavailable as error:
        return "unknown" if error.outcome_unknown else "not done"
    return "done"


@ANY_FAULT
async def test_a_create_happens_once(line: FaultyWire, acme: BoundTable, calm: BoundTable, fault: Fault) -> None:
    line.next_writes(fault)

    created = await acme.create(Account(id="1"))

    assert line.faults() == [fault]
    assert await calm.get(Account.at(id="1")) == created


@ANY_FAULT
async def test_a_replace_happens_once(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account, fault: Fault
) -> None:
    line.next_writes(fault)

    replaced = await acme.replace(changed(account, balance=7))

    assert replaced.version == account.version + 1
    assert await calm.get(Account.at(id="1")) == replaced


@ANY_FAULT
async def test_a_delete_happens_once(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account, fault: Fault
) -> None:
    line.next_writes(fault)

    await acme.delete(account)

    assert await calm.find(Account.at(id="1")) is None


@ANY_FAULT
async def test_a_transaction_happens_once(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account, fault: Fault
) -> None:
    line.next_writes(fault)

    async with acme.transaction() as tx:
        tx.create(Note(book="b", id="n"))
        patched = tx.patch(account, balance=add(5))

    assert patched.value == await calm.get(Account.at(id="1"))
    assert patched.value.balance == 5


@ANY_FAULT
async def test_a_sum_that_nothing_guards_counts_once_or_is_said_to_be_unknown(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account, fault: Fault
) -> None:
    line.next_writes(fault)
    outcome = await outcome_of(acme.patch(Account.at(id="1"), balance=add(5)))

    is_done = (await calm.get(Account.at(id="1"))).balance == 5
    assert outcome == ("done" if fault in DONE | KNOWN_UNDONE | HARMLESS else "unknown")
    assert is_done == (outcome == "done")


@ANY_FAULT
async def test_a_sum_with_an_idempotency_key_counts_once(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account, fault: Fault
) -> None:
    line.next_writes(fault, fault)

    async def work(tx: Any) -> None:
        tx.patch(Account.at(id="1"), balance=add(5))

    for _ in range(3):
        await acme.run(work, idempotency=idempotency_key("k", b"five"))

    assert (await calm.get(Account.at(id="1"))).balance == 5


@ANY_FAULT
async def test_a_stale_write_is_a_conflict(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account, fault: Fault
) -> None:
    newest = await acme.patch(account, balance=1)
    line.next_writes(fault)

    with pytest.raises(Conflict):
        await acme.replace(changed(account, balance=2))

    await line.deliver_late()
    assert await calm.get(Account.at(id="1")) == newest


@ANY_FAULT
async def test_a_service_that_does_not_recover_is_unavailable_and_the_outcome_is_said(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account, fault: Fault
) -> None:
    line.next_writes(*[fault] * ATTEMPTS_MAX)

    outcome = await outcome_of(acme.replace(changed(account, balance=7)))

    is_done = (await calm.get(Account.at(id="1"))).balance == 7
    assert outcome == ("done" if fault in DONE | HARMLESS else "not done" if fault in KNOWN_UNDONE else "unknown")
    assert is_done == (outcome == "done")


async def test_a_request_that_arrives_late_leaves_the_outcome_unknown(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account
) -> None:
    line.next_writes(Fault.REQUEST_LATE, *[Fault.THROTTLED] * ATTEMPTS_MAX)

    with pytest.raises(Unavailable) as failed:
        await acme.replace(changed(account, balance=7))

    await line.deliver_late()
    assert (await calm.get(Account.at(id="1"))).balance == 7
    assert failed.value.outcome_unknown


@ANY_FAULT
async def test_what_a_transaction_has_made_can_be_read_later(
    line: FaultyWire, acme: BoundTable, calm: BoundTable, account: Account, fault: Fault
) -> None:
    line.next_reads(fault)

    async with acme.transaction() as tx:
        tx.create(Note(book="b", id="n"))
        patched = tx.patch(account, balance=add(5))

    assert patched.value == await calm.get(Account.at(id="1"))


@ANY_FAULT
async def test_reading_gives_what_is_there(line: FaultyWire, acme: BoundTable, account: Account, fault: Fault) -> None:
    line.next_reads(fault, fault, fault)

    assert await acme.get(Account.at(id="1")) == account


@ANY_FAULT
async def test_batches_are_read_whole(line: FaultyWire, acme: BoundTable, fault: Fault) -> None:
    made = [await acme.create(Account(id=f"{n}")) for n in range(9)]
    line.next_reads(fault, fault)

    found = await acme.find_many([Account.at(id=f"{n}") for n in range(10)])

    assert found == [*made, None]


@ANY_FAULT
async def test_pages_show_every_item_exactly_once(line: FaultyWire, acme: BoundTable, fault: Fault) -> None:
    made = [await acme.create(Note(book="b", id=f"{n:02}")) for n in range(20)]
    line.next_reads(*[fault, None] * 4)

    assert await walk(acme, Note.in_book(book="b"), limit=6) == made
    line.next_reads(*[fault, None] * 4)
    assert await walk(acme, Note.by_stars(book="b"), limit=6, reverse=True) == made[::-1]


@ANY_FAULT
async def test_the_change_log_tells_every_change_once(
    line: FaultyWire, driver: DynamoDriver, calm_driver: DynamoDriver, acme: BoundTable, fault: Fault
) -> None:
    position = (await calm_driver.changes(None, limit=10)).position
    note = await acme.create(Note(book="b", id="n"))
    for _ in range(9):
        note = await acme.patch(note, stars=add(1))
    told: list[int] = []
    line.next_reads(*[fault, None] * 6)

    while len(told) < 10:
        try:
            batch = await driver.changes(position, limit=4)
        except Unavailable:
            continue
        told += [change.version for change in batch.changes]
        position = batch.position

    assert told == list(range(note.version - 9, note.version + 1))


@pytest.mark.slow
async def test_a_silent_service_is_not_asked_for_ever(line: FaultyWire, model: Model, clock: ManualClock) -> None:
    patient = await open_for_test(clock, through=line.endpoint, silence_s=UNAVAILABLE_S_MAX / 2)
    table = Table(patient, model, secret=SECRET, clock=clock).for_tenant("acme")
    line.next_reads(*[Fault.REQUEST_SILENT] * ATTEMPTS_MAX)

    with pytest.raises(Unavailable, match="did not answer in time"):
        await table.get(Account.at(id="1"))

    await patient.close()
    assert len(line.faults()) < ATTEMPTS_MAX


@pytest.mark.slow
async def test_a_write_that_took_all_patience_is_still_looked_for(
    line: FaultyWire, model: Model, clock: ManualClock, calm: BoundTable, driver: DynamoDriver, account: Account
) -> None:
    patient = await open_for_test(
        clock, table=driver.table, through=line.endpoint, silence_s=UNAVAILABLE_S_MAX + SILENCE_S
    )
    table = Table(patient, model, secret=SECRET, clock=clock).for_tenant("acme")
    line.next_writes(Fault.ANSWER_SILENT)

    replaced = await table.replace(changed(account, balance=7))

    await patient.close()
    assert await calm.get(Account.at(id="1")) == replaced
