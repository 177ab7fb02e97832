"""Versions: every write has a new one, none comes back, and of stale writes exactly one wins."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest

from entaku.core.clock import to_us
from entaku.core.errors import Conflict, EntakuError, Internal, NotFound
from entaku.table import BoundTable, Model, Table, Transaction, add, changed, field, idempotency_key
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from entaku.testing.weather import Dice
from tests.engines import SECRET, yield_once
from tests.table.entities import Account, Note


@pytest.fixture
def behind(driver: Driver, model: Model, clock: ManualClock) -> BoundTable:
    """The tenant's table in another process, whose clock is an hour behind."""
    late = ManualClock(clock.now() - timedelta(hours=1))
    return Table(driver, model, secret=SECRET, clock=late, sleep=yield_once).for_tenant("acme")


async def test_a_created_item_has_the_epoch_as_its_version_and_every_write_adds_one(
    acme: BoundTable, clock: ManualClock
) -> None:
    created = await acme.create(Account(id="1"))
    patched = await acme.patch(Account.at(id="1"), balance=1)
    replaced = await acme.replace(changed(patched, balance=2))

    assert created.version == to_us(clock.now())
    assert (patched.version, replaced.version) == (created.version + 1, created.version + 2)


async def test_verbs_return_the_entity_as_it_is_stored(acme: BoundTable) -> None:
    created = await acme.create(Account(id="1"))
    assert await acme.get(Account.at(id="1")) == created

    replaced = await acme.replace(changed(created, balance=2))
    assert await acme.get(Account.at(id="1")) == replaced

    patched = await acme.patch(replaced, balance=3)
    assert await acme.get(Account.at(id="1")) == patched


async def test_times_of_creation_and_change_are_kept(acme: BoundTable, clock: ManualClock) -> None:
    created_at = clock.now()
    created = await acme.create(Account(id="1"))
    changed_at = clock.advance(timedelta(seconds=5))
    patched = await acme.patch(created, balance=1)

    assert (created.created_at, created.updated_at) == (created_at, created_at)
    assert (patched.created_at, patched.updated_at) == (created_at, changed_at)


async def test_a_version_never_comes_back_although_the_clock_stands_still(acme: BoundTable) -> None:
    versions: list[int] = []
    for _ in range(3):
        created = await acme.create(Account(id="1"))
        patched = await acme.patch(created, balance=1)
        await acme.delete(patched)
        versions += [created.version, patched.version]

    assert len(set(versions)) == 6
    assert versions == sorted(versions)


async def test_an_item_that_is_made_again_with_a_clock_behind_has_a_version_it_never_had(
    acme: BoundTable, behind: BoundTable
) -> None:
    await acme.delete(await acme.create(Account(id="1")))
    await acme.delete(first := await acme.create(Account(id="1")))

    again = await behind.create(Account(id="1"))

    assert again.version > first.version + 1


async def test_work_is_done_again_when_the_clock_is_behind(acme: BoundTable, behind: BoundTable) -> None:
    first = await acme.create(Account(id="1"))
    await acme.delete(first)

    async def work(tx: Transaction) -> int:
        return tx.create(Account(id="1")).version

    told = await behind.run(work, answer=int, idempotency=idempotency_key("k"))

    assert told == (await behind.get(Account.at(id="1"))).version > first.version + 1


async def test_a_transaction_with_a_clock_behind_is_a_conflict_once(acme: BoundTable, behind: BoundTable) -> None:
    first = await acme.create(Account(id="1"))
    await acme.delete(first)

    with pytest.raises(Conflict, match="clock was behind"):
        async with behind.transaction() as tx:
            tx.create(Account(id="1"))
    async with behind.transaction() as tx:
        again = tx.create(Account(id="1"))

    assert again.version > first.version + 1


@pytest.mark.parametrize("seed", range(4))
async def test_versions_grow_however_the_clocks_of_several_processes_are_set(
    driver: Driver, bare_driver: Driver, model: Model, seed: int
) -> None:
    dice, clocks = Dice(seed), [ManualClock() for _ in range(3)]
    position = (await bare_driver.changes(None, limit=1)).position

    for _ in range(30):
        clock = clocks[dice.roll(3)]
        clock.advance(timedelta(microseconds=dice.roll(200) - 100))
        # A process that has just been started: it knows nothing of what others have written.
        tenant = Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")
        with suppress(Conflict):
            await tenant.create(Note(book="b", id="n"))
        for stars in range(dice.roll(5)):
            await tenant.patch(Note.at(book="b", id="n"), stars=stars)
        if dice.roll(2):
            await tenant.delete(await tenant.get(Note.at(book="b", id="n")))

    versions = [change.version for change in (await bare_driver.changes(position, limit=1000)).changes]
    assert len(versions) > 30
    assert all(earlier < later for earlier, later in pairwise(versions))


async def test_a_late_writer_does_not_overwrite_a_re_created_item(acme: BoundTable) -> None:
    first = await acme.create(Account(id="1"))
    await acme.delete(first)
    again = await acme.create(Account(id="1", balance=5))

    for late in (acme.replace(changed(first, balance=9)), acme.patch(first, balance=9), acme.delete(first)):
        with pytest.raises(Conflict):
            await late
    assert await acme.get(Account.at(id="1")) == again


async def test_a_conflict_carries_the_current_version(acme: BoundTable) -> None:
    first = await acme.create(Account(id="1"))
    second = await acme.patch(first, balance=1)

    with pytest.raises(Conflict, match=str(second.version)) as refused:
        await acme.replace(changed(first, balance=2))
    assert refused.value.current_version == second.version


async def test_there_is_no_second_create(acme: BoundTable) -> None:
    first = await acme.create(Account(id="1"))

    with pytest.raises(Conflict, match="exists already") as refused:
        await acme.create(Account(id="1", balance=9))
    assert refused.value.current_version == first.version


async def test_of_many_stale_writers_exactly_one_wins(acme: BoundTable) -> None:
    read = await acme.create(Account(id="1"))

    outcomes = await asyncio.gather(
        *(acme.replace(changed(read, balance=n)) for n in range(1, 9)), return_exceptions=True
    )

    winners = [each for each in outcomes if isinstance(each, Account)]
    assert winners == [await acme.get(Account.at(id="1"))]
    assert all(isinstance(each, Account | EntakuError) for each in outcomes)


async def test_of_many_creators_exactly_one_wins(acme: BoundTable) -> None:
    outcomes = await asyncio.gather(
        *(acme.create(Account(id="1", balance=n)) for n in range(8)), return_exceptions=True
    )

    assert [each for each in outcomes if isinstance(each, Account)] == [await acme.get(Account.at(id="1"))]


async def test_a_replace_with_equal_values_writes_nothing(acme: BoundTable, clock: ManualClock) -> None:
    read = await acme.create(Note(book="b", id="a", text="same"))
    clock.advance(timedelta(seconds=1))

    answered = await acme.replace(changed(read, text="same"))

    assert answered == read == await acme.get(Note.at(book="b", id="a"))


async def test_a_replace_with_equal_values_is_still_refused_when_it_is_stale(acme: BoundTable) -> None:
    read = await acme.create(Account(id="1"))
    await acme.patch(read, balance=1)

    with pytest.raises(Conflict):
        await acme.replace(read)


async def test_what_was_never_read_cannot_be_replaced_patched_or_deleted(acme: BoundTable) -> None:
    for attempt in (
        acme.replace(Account(id="1")),
        acme.patch(Account(id="1"), balance=1),
        acme.delete(Account(id="1")),
    ):
        with pytest.raises(Internal, match="never read"):
            await attempt


async def test_a_patch_of_what_is_not_there_is_not_found(acme: BoundTable) -> None:
    with pytest.raises(NotFound, match="ACCOUNT#1"):
        await acme.patch(Account.at(id="1"), balance=1)


async def test_a_patch_by_key_may_expect_a_version(acme: BoundTable) -> None:
    read = await acme.create(Account(id="1"))
    await acme.patch(Account.at(id="1"), expect=read.version, balance=1)

    with pytest.raises(Conflict):
        await acme.patch(Account.at(id="1"), expect=read.version, balance=2)


async def test_sums_by_key_all_count_under_concurrency(bare_driver: Driver, model: Model, clock: ManualClock) -> None:
    acme = Table(bare_driver, model, secret=SECRET, clock=clock).for_tenant("acme")
    await acme.create(Account(id="1"))

    await asyncio.gather(*(acme.patch(Account.at(id="1"), balance=add(n)) for n in range(20)))

    assert (await acme.get(Account.at(id="1"))).balance == sum(range(20))


async def test_of_many_who_take_the_same_thing_one_gets_it(acme: BoundTable) -> None:
    await acme.create(Note(book="b", id="a", text="free"))

    outcomes = await asyncio.gather(
        *(acme.patch(Note.at(book="b", id="a"), where=[field("text").equals("free")], text=f"{n}") for n in range(6)),
        return_exceptions=True,
    )

    (taken,) = [each for each in outcomes if isinstance(each, Note)]
    assert taken == await acme.get(Note.at(book="b", id="a"))


async def test_reading_deciding_and_writing_is_done_again_when_others_were_faster(acme: BoundTable) -> None:
    await acme.create(Account(id="1"))

    async def one_more(tx: Transaction) -> int:
        account = await acme.get(Account.at(id="1"))
        tx.replace(changed(account, balance=account.balance + 1))
        return account.balance + 1

    reached = await asyncio.gather(
        *(acme.run(one_more, answer=int, idempotency=idempotency_key(f"{n}")) for n in range(5))
    )

    assert sorted(reached) == [1, 2, 3, 4, 5]


async def test_a_transaction_is_all_or_nothing(acme: BoundTable) -> None:
    stale = await acme.create(Account(id="1"))
    await acme.patch(stale, balance=1)

    tx = acme.transaction()
    tx.create(Account(id="2"))
    tx.delete(stale)
    with pytest.raises(Conflict):
        await tx.commit()
    assert await acme.find(Account.at(id="2")) is None


async def test_an_error_inside_the_block_writes_nothing(acme: BoundTable) -> None:
    with pytest.raises(ZeroDivisionError):
        async with acme.transaction() as tx:
            tx.create(Account(id=str(1 // 0)))
    assert await acme.find(Account.at(id="1")) is None


async def test_a_check_keeps_a_transaction_from_deciding_on_what_has_changed(acme: BoundTable) -> None:
    seen = await acme.create(Account(id="1"))
    await acme.patch(seen, balance=1)

    tx = acme.transaction()
    tx.check(seen)
    tx.create(Account(id="2"))
    with pytest.raises(Conflict):
        await tx.commit()
    assert await acme.find(Account.at(id="2")) is None


async def test_two_processes_with_one_clock_see_each_others_versions(
    driver: Driver, model: Model, clock: ManualClock, acme: BoundTable
) -> None:
    other = Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")
    mine = await acme.create(Account(id="1"))
    theirs = await other.patch(Account.at(id="1"), balance=1)

    with pytest.raises(Conflict):
        await acme.replace(changed(mine, balance=2))
    assert (await acme.replace(changed(theirs, balance=2))).version == mine.version + 2
