"""Patches: judged by what is stored, refused where they cannot be meant, and honest about what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from entaku.core.errors import Conflict, Invalid, NotFound
from entaku.core.limits import TRANSACTION_BYTES_MAX
from entaku.table import BoundTable, Condition, Entity, Model, Table, access, changed, field, key
from entaku.table.driver import Driver
from entaku.testing import ManualClock, Mishap, Storm
from tests.engines import SECRET
from tests.table.entities import Account, Note, OldPaper, Paper, Token
from tests.table.walking import walk


class Ranked(Entity, kind="RANKED"):
    """Listed by two fields that may both change."""

    id: str
    rank: int = 0
    name: str = "a"

    @key("RANKED#{id}", "RANKED")
    def at(*, id: str) -> None:
        "One."

    @access("RANKED", "{rank:w6}#{name}#{id}", index=1)
    def by_rank() -> None:
        "All, by rank and name."


async def test_index_keys_follow_from_what_is_stored_and_not_from_a_changed_copy(
    bare_driver: Driver, clock: ManualClock
) -> None:
    acme = Table(bare_driver, Model([Ranked]), secret=SECRET, clock=clock).for_tenant("acme")
    stored = await acme.create(Ranked(id="1"))

    await acme.patch(changed(stored, name="never stored"), rank=5)

    listed = await walk(acme, Ranked.by_rank())
    assert [(each.rank, each.name) for each in listed] == [(5, "a")]
    assert (await acme.patch(listed[0], name="b")).rank == 5
    assert [each.name for each in await walk(acme, Ranked.by_rank())] == ["b"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (field("title").equals("On Tables"), True),
        (field("title").differs_from("On Tables"), False),
        (field("title").is_missing(), False),
        (field("pages").more_than(2), True),
    ],
)
async def test_a_condition_on_an_older_item_is_judged_by_todays_shape(
    acme: BoundTable, older: BoundTable, condition: Condition, holds: bool
) -> None:
    await older.create(OldPaper(id="1", name="on tables", pages=3))

    if holds:
        assert (await acme.patch(Paper.at(id="1"), where=[condition], pages=4)).pages == 4
    else:
        with pytest.raises(Conflict):
            await acme.patch(Paper.at(id="1"), where=[condition], pages=4)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (field("titel").is_missing(), "no field 'titel'"),
        (field("stars").equals("5"), "stars cannot be '5'"),
    ],
)
async def test_a_condition_that_cannot_be_meant_is_refused(acme: BoundTable, condition: Condition, told: str) -> None:
    note = await acme.create(Note(book="b", id="1", stars=5))

    with pytest.raises(Invalid, match=told):
        await acme.patch(note, where=[condition], text="x")


async def test_a_time_without_its_zone_is_refused(acme: BoundTable) -> None:
    token = await acme.create(Token(user="u", id="1"))

    with pytest.raises(Invalid, match="needs its zone"):
        await acme.patch(token, expires_at=datetime.fromisoformat("2030-01-01"))


async def test_patches_count_towards_the_size_of_a_transaction(acme: BoundTable) -> None:
    notes = [await acme.create(Note(book="b", id=str(n))) for n in range(8)]
    text = "x" * (TRANSACTION_BYTES_MAX // 7)

    tx = acme.transaction()
    for note in notes:
        tx.patch(note, text=text)

    with pytest.raises(Invalid, match="send it in parts"):
        await tx.commit()
    assert (await acme.get(Note.at(book="b", id="0"))).text == ""


async def test_a_patch_whose_item_was_deleted_before_its_lost_answer_was_looked_up_says_so(
    bare_driver: Driver, model: Model, clock: ManualClock
) -> None:
    storm = Storm(bare_driver, seed=0, percent=0)
    others = Table(bare_driver, model, secret=SECRET, clock=clock).for_tenant("acme")
    account = await others.create(Account(id="1"))

    async def deleted_meanwhile(_: float) -> None:
        await others.delete(await others.get(Account.at(id="1")))

    ours = Table(storm, model, secret=SECRET, clock=clock, sleep=deleted_meanwhile).for_tenant("acme")
    storm.next_writes(Mishap.ANSWER_LOST)
    written: Any = None
    async with ours.transaction() as tx:
        written = tx.patch(account, balance=1)
        tx.create(Account(id="2"))

    with pytest.raises(NotFound, match="deleted it since"):
        _ = written.value
    assert await others.find(Account.at(id="2")) is not None
