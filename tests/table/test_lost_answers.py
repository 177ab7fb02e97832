"""Lost answers: a write that happened is recognised by its WriteId, and one that cannot be recognised says so."""

from __future__ import annotations

import pytest

from entaku.core.errors import Conflict, Invalid, NotFound, Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.table import BoundTable, Model, Table, add, changed, field
from entaku.testing import ManualClock, Mishap, Storm
from tests.engines import SECRET
from tests.table.entities import Account, Note

ANY_LOSS = pytest.mark.parametrize("mishap", [Mishap.ANSWER_LOST, Mishap.REQUEST_LOST])
ANYTHING = pytest.mark.parametrize("mishap", list(Mishap))


@pytest.fixture
async def account(stormy: BoundTable) -> Account:
    return await stormy.create(Account(id="1"))


@ANYTHING
async def test_a_create_happens_once(storm: Storm, stormy: BoundTable, mishap: Mishap) -> None:
    storm.next_writes(mishap)

    created = await stormy.create(Account(id="1"))

    assert await stormy.get(Account.at(id="1")) == created


@ANYTHING
async def test_a_replace_happens_once(storm: Storm, stormy: BoundTable, account: Account, mishap: Mishap) -> None:
    storm.next_writes(mishap)

    replaced = await stormy.replace(changed(account, balance=7))

    assert replaced.version == account.version + 1
    assert await stormy.get(Account.at(id="1")) == replaced


@ANYTHING
async def test_a_patch_happens_once_and_knows_its_result(
    storm: Storm, stormy: BoundTable, account: Account, mishap: Mishap
) -> None:
    storm.next_writes(mishap)

    patched = await stormy.patch(account, balance=7)

    assert (patched.balance, patched.version) == (7, account.version + 1)
    assert await stormy.get(Account.at(id="1")) == patched


@ANYTHING
async def test_a_sum_with_a_version_counts_once(
    storm: Storm, stormy: BoundTable, account: Account, mishap: Mishap
) -> None:
    storm.next_writes(mishap)

    assert (await stormy.patch(account, balance=add(5))).balance == 5


async def test_a_sum_by_key_whose_answer_was_lost_counts_once(
    storm: Storm, stormy: BoundTable, account: Account
) -> None:
    storm.next_writes(Mishap.ANSWER_LOST)

    assert (await stormy.patch(Account.at(id="1"), balance=add(5))).balance == 5


async def test_a_sum_by_key_that_may_have_happened_is_not_sent_again(
    storm: Storm, stormy: BoundTable, account: Account
) -> None:
    storm.next_writes(Mishap.REQUEST_LOST)

    with pytest.raises(Unavailable) as failed:
        await stormy.patch(Account.at(id="1"), balance=add(5))
    assert failed.value.outcome_unknown
    assert (await stormy.get(Account.at(id="1"))).balance == 0


async def test_a_condition_that_our_own_write_made_false_is_no_conflict(
    storm: Storm, stormy: BoundTable, account: Account
) -> None:
    storm.next_writes(Mishap.ANSWER_LOST)

    taken = await stormy.patch(Account.at(id="1"), where=[field("balance").equals(0)], balance=1)

    assert taken.balance == 1


async def test_a_patch_that_no_version_guards_is_not_sent_again_over_what_others_may_have_made_of_it(
    storm: Storm, stormy: BoundTable, account: Account
) -> None:
    storm.next_writes(Mishap.REQUEST_LOST)

    with pytest.raises(Unavailable) as failed:
        await stormy.patch(Account.at(id="1"), where=[field("balance").equals(0)], balance=1)

    assert failed.value.outcome_unknown
    assert (await stormy.get(Account.at(id="1"))).balance == 0


@ANYTHING
async def test_a_lone_delete_is_recognised_by_its_receipt(
    storm: Storm, stormy: BoundTable, account: Account, mishap: Mishap
) -> None:
    storm.next_writes(mishap)

    await stormy.delete(account)

    assert await stormy.find(Account.at(id="1")) is None


@ANY_LOSS
async def test_a_stale_delete_is_a_conflict_even_when_its_answer_was_lost(
    storm: Storm, stormy: BoundTable, account: Account, mishap: Mishap
) -> None:
    await stormy.patch(account, balance=1)
    storm.next_writes(mishap)

    with pytest.raises(Conflict):
        await stormy.delete(account)


@ANY_LOSS
async def test_a_write_that_is_one_version_behind_is_a_conflict_even_when_its_answer_was_lost(
    storm: Storm, stormy: BoundTable, account: Account, mishap: Mishap
) -> None:
    await stormy.patch(account, balance=1)
    storm.next_writes(mishap)

    with pytest.raises(Conflict):
        await stormy.replace(changed(account, balance=2))


async def test_a_transaction_of_several_items_happens_once(storm: Storm, stormy: BoundTable, account: Account) -> None:
    storm.next_writes(Mishap.ANSWER_LOST, Mishap.ANSWER_LOST)

    async with stormy.transaction() as tx:
        tx.create(Note(book="b", id="n"))
        patched = tx.patch(account, balance=3)
        tx.check_absent(Account.at(id="2"))

    assert patched.value == await stormy.get(Account.at(id="1"))


@ANY_LOSS
async def test_a_sum_beside_something_that_is_created_counts_once(
    storm: Storm, stormy: BoundTable, account: Account, mishap: Mishap
) -> None:
    storm.next_writes(mishap, mishap)

    async with stormy.transaction() as tx:
        tx.create(Note(book="b", id="n"))
        tx.patch(Account.at(id="1"), balance=add(5))

    assert (await stormy.get(Account.at(id="1"))).balance == 5


async def test_a_sum_beside_something_that_was_created_and_deleted_since_is_not_sent_twice(
    storm: Storm, stormy: BoundTable, account: Account, model: Model, clock: ManualClock
) -> None:
    async def others_delete(_: float) -> None:
        await stormy.delete(await stormy.get(Note.at(book="b", id="n")))
        await stormy.patch(Account.at(id="1"), balance=add(1))

    interrupted = Table(storm, model, secret=SECRET, clock=clock, sleep=others_delete).for_tenant("acme")
    tx = interrupted.transaction()
    tx.create(Note(book="b", id="n"))
    tx.patch(Account.at(id="1"), balance=add(5))
    storm.next_writes(Mishap.ANSWER_LOST)

    with pytest.raises(Unavailable) as failed:
        await tx.commit()
    assert failed.value.outcome_unknown
    assert (await stormy.get(Account.at(id="1"))).balance == 6


async def test_an_unknown_outcome_is_called_unknown_and_never_a_conflict(
    storm: Storm, stormy: BoundTable, account: Account, model: Model, clock: ManualClock
) -> None:
    async def others_write(_: float) -> None:
        await stormy.patch(Account.at(id="1"), balance=9)
        await stormy.patch(Account.at(id="1"), balance=9)

    interrupted = Table(storm, model, secret=SECRET, clock=clock, sleep=others_write).for_tenant("acme")
    storm.next_writes(Mishap.ANSWER_LOST)

    with pytest.raises(Unavailable, match="not tell whether it happened") as failed:
        await interrupted.replace(changed(account, balance=1))
    assert failed.value.outcome_unknown


async def test_a_check_alone_has_no_outcome_to_lose(storm: Storm, stormy: BoundTable, account: Account) -> None:
    await stormy.patch(account, balance=1)
    storm.next_writes(Mishap.ANSWER_LOST)

    with pytest.raises(Conflict):
        async with stormy.transaction() as tx:
            tx.check(account)


async def test_attempts_end(storm: Storm, stormy: BoundTable) -> None:
    storm.next_writes(*[Mishap.THROTTLED] * ATTEMPTS_MAX)

    with pytest.raises(Unavailable) as failed:
        await stormy.create(Account(id="1"))
    assert not failed.value.outcome_unknown
    assert await stormy.find(Account.at(id="1")) is None


async def test_when_no_request_arrives_the_outcome_is_unknown(storm: Storm, stormy: BoundTable) -> None:
    storm.next_writes(*[Mishap.REQUEST_LOST] * ATTEMPTS_MAX)

    with pytest.raises(Unavailable) as failed:
        await stormy.create(Account(id="1"))
    assert failed.value.outcome_unknown


@ANYTHING
async def test_other_refusals_stay_what_they_are(storm: Storm, stormy: BoundTable, mishap: Mishap) -> None:
    storm.next_writes(mishap, mishap)

    with pytest.raises((NotFound, Unavailable)):
        await stormy.patch(Account.at(id="none"), balance=1)
    with pytest.raises(Invalid):
        await stormy.patch(Account.at(id="none"), colour=1)
