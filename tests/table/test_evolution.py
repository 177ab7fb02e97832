"""Evolution: older items are upgraded when they are read, and an older program does not spoil newer ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from entaku.core.errors import Conflict
from entaku.table import BoundTable, add, changed, field
from tests.table.entities import OldPaper, Paper
from tests.table.walking import walk

Settled = Callable[[], Awaitable[None]]


@pytest.fixture
async def old(older: BoundTable) -> OldPaper:
    return await older.create(OldPaper(id="1", name="on tables", pages=3))


async def test_an_older_item_is_upgraded_when_it_is_read(acme: BoundTable, old: OldPaper) -> None:
    paper = await acme.get(Paper.at(id="1"))

    assert (paper.title, paper.pages, paper.version) == ("On Tables", 3, old.version)


async def test_reading_an_older_item_writes_nothing(acme: BoundTable, older: BoundTable, old: OldPaper) -> None:
    await acme.get(Paper.at(id="1"))

    assert await older.get(OldPaper.at(id="1")) == old


async def test_a_replace_stores_an_older_item_in_todays_shape(
    acme: BoundTable, old: OldPaper, settled: Settled
) -> None:
    paper = await acme.get(Paper.at(id="1"))

    replaced = await acme.replace(paper)
    await settled()

    assert replaced.version == old.version + 1
    assert await walk(acme, Paper.by_title()) == [replaced]


@pytest.mark.parametrize("change", [{"pages": 9}, {"title": "New"}, {"pages": add(6)}])
async def test_a_patch_stores_an_older_item_in_todays_shape(
    acme: BoundTable, old: OldPaper, settled: Settled, change: dict[str, Any]
) -> None:
    patched = await acme.patch(Paper.at(id="1"), **change)
    await settled()

    assert (patched.version, patched.created_at) == (old.version + 1, old.created_at)
    assert (patched.title, patched.pages) in {("On Tables", 9), ("New", 3)}
    assert await walk(acme, Paper.by_title()) == [patched]


async def test_a_sum_on_an_older_item_is_exact(acme: BoundTable, older: BoundTable) -> None:
    await older.create(OldPaper(id="1", name="x", price=Decimal("1234567890123456789012345678901234567.8")))

    patched = await acme.patch(Paper.at(id="1"), price=add(Decimal("0.1")))

    assert patched.price == Decimal("1234567890123456789012345678901234567.9")


async def test_a_patch_of_an_older_item_that_was_read_works_too(acme: BoundTable, old: OldPaper) -> None:
    paper = await acme.get(Paper.at(id="1"))

    assert (await acme.patch(paper, pages=4)).pages == 4


async def test_a_patch_of_an_older_item_keeps_its_conditions(acme: BoundTable, old: OldPaper) -> None:
    with pytest.raises(Conflict):
        await acme.patch(Paper.at(id="1"), where=[field("pages").equals(99)], pages=4)


async def test_an_older_program_does_not_replace_a_newer_item(
    acme: BoundTable, older: BoundTable, old: OldPaper
) -> None:
    await acme.replace(await acme.get(Paper.at(id="1")))

    with pytest.raises(Conflict):
        await older.replace(changed(old, pages=1))
    assert (await acme.get(Paper.at(id="1"))).pages == 3


async def test_an_older_program_does_not_patch_a_newer_item(acme: BoundTable, older: BoundTable) -> None:
    await acme.create(Paper(id="1", title="New", pages=2))

    changes: list[dict[str, Any]] = [{"pages": 1}, {"name": "x"}]
    for change in changes:
        with pytest.raises(Conflict, match="newer program"):
            await older.patch(OldPaper.at(id="1"), **change)
    assert (await acme.get(Paper.at(id="1"))).pages == 2


async def test_an_older_program_may_delete_a_newer_item_at_its_version(
    acme: BoundTable, older: BoundTable, old: OldPaper
) -> None:
    paper = await acme.replace(await acme.get(Paper.at(id="1")))

    with pytest.raises(Conflict):
        await older.delete(old)
    await acme.delete(paper)
    assert await older.find(OldPaper.at(id="1")) is None
