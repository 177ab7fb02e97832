"""The change log: each committed write of a logged item, in order, with what was before and what is now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entaku.core.clock import to_ms
from entaku.core.errors import Conflict
from entaku.core.limits import CHANGES_KEPT_S
from entaku.table import BoundTable, Table, changed
from entaku.table.driver import Change, Driver
from entaku.testing import ManualClock
from tests.table.entities import Account, Note, Token


class Log:
    """Reads on from where the test began."""

    def __init__(self, driver: Driver, position: str) -> None:
        self._driver, self.position = driver, position

    async def read(self, limit: int = 3) -> list[Change]:
        found: list[Change] = []
        while True:
            batch = await self._driver.changes(self.position, limit=limit)
            assert len(batch.changes) <= limit
            self.position = batch.position
            found += batch.changes
            if not batch.changes:
                return found


@pytest.fixture
async def log(bare_driver: Driver) -> Log:
    batch = await bare_driver.changes(None, limit=1)
    assert batch.changes == ()
    return Log(bare_driver, batch.position)


def versions(found: list[Change]) -> list[tuple[int | None, int | None]]:
    return [(each.old and each.old.version, each.new and each.new.version) for each in found]


async def test_each_write_of_an_item_is_one_change_in_order(acme: BoundTable, log: Log) -> None:
    created = await acme.create(Note(book="b", id="n"))
    patched = await acme.patch(created, text="x")
    replaced = await acme.replace(changed(patched, text="y"))
    await acme.delete(replaced)

    a, b, c = created.version, patched.version, replaced.version
    assert versions(await log.read()) == [(None, a), (a, b), (b, c), (c, None)]


async def test_a_change_names_its_tenant_kind_key_and_time(acme: BoundTable, log: Log, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=1))
    note = await acme.create(Note(book="b", id="n"))

    (change,) = await log.read()

    assert (change.tenant, change.kind) == ("acme", "NOTE")
    assert change.key == ("TENANT#acme#BOOK#b", "NOTE#n")
    assert (change.version, change.at) == (note.version, "2026-04-01T09:30:01.000Z")


async def test_a_removal_has_a_version_of_its_own(acme: BoundTable, log: Log) -> None:
    note = await acme.create(Note(book="b", id="n"))
    await acme.delete(note)
    again = await acme.create(Note(book="b", id="n"))

    found = [change.version for change in await log.read()]

    assert found == sorted(set(found))
    assert (found[0], found[2]) == (note.version, again.version)


async def test_changes_hold_the_data_before_and_after(acme: BoundTable, log: Log, bare_driver: Driver) -> None:
    note = await acme.create(Note(book="b", id="n", text="before"))
    await acme.patch(note, text="after")

    change = (await log.read())[1]

    assert change.old is not None
    assert change.new is not None
    assert [bare_driver.codec.decode(i.data, Note).text for i in (change.old, change.new)] == ["before", "after"]


async def test_what_is_not_logged_and_what_writes_nothing_is_in_no_log(acme: BoundTable, log: Log) -> None:
    await acme.create(Account(id="1"))
    note = await acme.create(Note(book="b", id="n"))
    await log.read()

    await acme.replace(note)
    async with acme.transaction() as tx:
        tx.check(note)

    assert await log.read() == []


async def test_a_refused_transaction_leaves_no_change(acme: BoundTable, log: Log) -> None:
    account = await acme.create(Account(id="1"))
    await acme.patch(account, balance=1)

    tx = acme.transaction()
    tx.create(Note(book="b", id="n"))
    tx.delete(account)
    with pytest.raises(Conflict):
        await tx.commit()
    assert await log.read() == []


async def test_all_changes_of_a_transaction_are_there(acme: BoundTable, log: Log) -> None:
    async with acme.transaction() as tx:
        for n in range(10):
            tx.create(Note(book="b", id=f"{n}"))

    assert sorted(change.key.sk for change in await log.read(limit=4)) == [f"NOTE#{n}" for n in range(10)]


async def test_an_expiry_appears_when_the_item_is_removed(
    acme: BoundTable, table: Table, log: Log, clock: ManualClock
) -> None:
    token = await acme.create(Token(user="u", id="t", expires_at=clock.now() + timedelta(seconds=1)))
    clock.advance(timedelta(seconds=1))
    assert len(await log.read()) == 1

    await table.remove_expired()

    (change,) = await log.read()
    assert (change.tenant, change.new) == ("acme", None)
    assert change.old is not None
    assert change.old.version == token.version


async def test_from_now_on_shows_nothing_of_before(acme: BoundTable, bare_driver: Driver) -> None:
    await acme.create(Note(book="b", id="1"))
    batch = await bare_driver.changes(None, limit=9)
    await acme.create(Note(book="b", id="2"))

    assert [c.key.sk for c in (await bare_driver.changes(batch.position, limit=9)).changes] == ["NOTE#2"]


async def test_a_position_can_be_read_again(acme: BoundTable, bare_driver: Driver, log: Log) -> None:
    await acme.create(Note(book="b", id="1"))

    assert await bare_driver.changes(log.position, limit=9) == await bare_driver.changes(log.position, limit=9)


async def test_a_position_older_than_what_is_kept_is_a_conflict(
    acme: BoundTable, table: Table, bare_driver: Driver, log: Log, clock: ManualClock
) -> None:
    old = log.position
    await acme.create(Note(book="b", id="1"))
    clock.advance(timedelta(seconds=CHANGES_KEPT_S, hours=1))
    await acme.create(Note(book="b", id="2"))
    await bare_driver.remove_expired(now_ms=to_ms(clock.now()), limit=1)

    with pytest.raises(Conflict):
        await bare_driver.changes(old, limit=9)


async def test_a_clock_that_was_ahead_for_one_write_does_not_keep_the_log_from_being_trimmed(
    bare_driver: Driver, table: Table, clock: ManualClock
) -> None:
    acme, start = table.for_tenant("acme"), (await bare_driver.changes(None, limit=1)).position
    await acme.create(Note(book="b", id="early"))
    clock.advance(timedelta(days=3650))
    await acme.create(Note(book="b", id="ahead"))
    clock.advance(timedelta(days=-3650))
    for day in range(3):
        clock.advance(timedelta(days=1))
        await acme.create(Note(book="b", id=f"day {day}"))

    with pytest.raises(Conflict):
        await bare_driver.changes(start, limit=1)
