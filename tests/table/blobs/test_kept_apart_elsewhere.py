"""Values that are kept apart, met by others than who wrote them: subscribers, newer programs, a store that lost one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entaku.core.errors import Conflict, Internal, Invalid, Unavailable
from entaku.table import (
    BlobStore,
    BoundTable,
    EntityChange,
    Model,
    Table,
    Tail,
    changed,
)
from entaku.table.driver import Driver
from entaku.table.drivers.blobs import FolderBlobs
from entaku.table.drivers.sqlite import SqliteDriver
from entaku.table.entity import info_of
from entaku.table.reader import decode
from entaku.testing import ManualClock, Mishap, Storm
from tests.engines import SECRET, yield_once
from tests.table.blobs.conftest import keys_in
from tests.table.blobs.entities import AT, LARGE, Document, Forgetful, NewPage, OldPage, Page, document


async def test_values_that_are_not_asked_for_are_not_lost_by_an_upgrade(
    driver: Driver, clock: ManualClock, blobs: BlobStore, acme: BoundTable
) -> None:
    await acme.create(Page(id="p", words=LARGE))
    newer = Table(driver, Model([NewPage]), secret=SECRET, clock=clock, sleep=yield_once, blobs=blobs)

    page = await newer.for_tenant("acme").get(NewPage.at(id="p"))
    written = await newer.for_tenant("acme").patch(NewPage.at(id="p"), text=LARGE + "!")

    assert (page.text, written.text) == (LARGE, LARGE + "!")


async def test_an_upgrade_that_forgets_where_the_value_is_does_not_make_it_empty(
    driver: Driver, clock: ManualClock, blobs: BlobStore, acme: BoundTable
) -> None:
    await acme.create(Page(id="p", words=LARGE))
    newer = Table(driver, Model([Forgetful]), secret=SECRET, clock=clock, sleep=yield_once, blobs=blobs)

    with pytest.raises(Internal, match="words is neither there nor kept apart"):
        await newer.for_tenant("acme").get(Forgetful.at(id="p"))


async def test_an_item_from_before_the_declaration_is_read_as_it_is(
    driver: Driver, clock: ManualClock, acme: BoundTable
) -> None:
    older = Table(driver, Model([OldPage]), secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")
    await older.create(OldPage(id="p", words=LARGE))

    page = await acme.get(Page.at(id="p"))
    await acme.replace(changed(page, words=LARGE + "!"))

    assert page.words == LARGE
    with pytest.raises(Conflict):
        await older.replace(changed(await older.get(OldPage.at(id="p")), words="lost?"))


async def test_a_blob_that_was_changed_is_told_by_its_key(acme: BoundTable, bare_blobs: FolderBlobs) -> None:
    await acme.create(document())
    (key,) = await keys_in(bare_blobs)
    await bare_blobs.delete(key)
    await bare_blobs.put(key, b"another content")

    with pytest.raises(Internal, match=f"blob {key} is not the Document.body that was stored"):
        await acme.get(AT)


async def test_a_blob_that_is_missing_is_told_by_its_key(acme: BoundTable, bare_blobs: FolderBlobs) -> None:
    await acme.create(document())
    (key,) = await keys_in(bare_blobs)
    await bare_blobs.delete(key)

    with pytest.raises(Internal, match=f"blob {key}, which holds Document.body, is not in the blob store"):
        await acme.get(AT)


async def test_a_patch_whose_other_value_is_missing_is_done_all_the_same(
    table: Table, acme: BoundTable, bare_blobs: FolderBlobs
) -> None:
    await acme.create(document())
    (key,) = await keys_in(bare_blobs)
    await bare_blobs.delete(key)

    async with acme.transaction() as tx:
        written = tx.patch(AT, body="small")
        tx.create(document("d2", body="small"))

    assert written.value.body == "small"


@pytest.mark.engine("sqlite")
async def test_a_subscriber_of_changes_is_told_where_the_value_is(
    bare_driver: SqliteDriver, model: Model, acme: BoundTable
) -> None:
    tail, heard = Tail(bare_driver, bare_driver, model), list[EntityChange | None]()
    await tail.catch_up()
    tail.listen(["DOCUMENT"], heard.append)
    created = await acme.create(document())

    await tail.catch_up()

    (change,) = heard
    assert change is not None
    assert isinstance(change.new, Document)
    told: Any = change.new
    assert (told.body, told.body_apart.size_bytes) == (None, len(LARGE.encode()))
    assert await acme.whole(change.new) == created
    assert await acme.whole(created) == created


async def as_held(table: Table) -> Document:
    """The document of acme as the log of changes has it."""
    (item,) = await table.engine.patiently(lambda: table.driver.walk(0, 1, after=None, limit=2))
    return decode(table.driver.codec, item, info_of(Document))


async def test_a_reference_does_not_get_into_another_item(table: Table, acme: BoundTable) -> None:
    await acme.create(document())
    held = await as_held(table)

    with pytest.raises(Invalid, match="only a reference to blob"):
        await acme.create(changed(held, id="d2"))


async def test_what_a_subscriber_got_can_be_written_back(table: Table, acme: BoundTable) -> None:
    await acme.create(document())

    await acme.replace(changed(await as_held(table), title="new"))

    found = await acme.get(AT)
    assert (found.body, found.title) == (LARGE, "new")


async def test_no_tenant_is_given_the_value_of_another(table: Table, acme: BoundTable) -> None:
    await acme.create(document())

    with pytest.raises(Internal, match="refers to a blob of another tenant"):
        await table.for_tenant("globex").whole(await as_held(table))


async def test_a_lost_answer_leaves_one_blob_and_its_item(
    bare_driver: Driver, model: Model, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    storm = Storm(bare_driver, seed=0, percent=0)
    storm.next_writes(Mishap.ANSWER_LOST, None, Mishap.REQUEST_LOST)
    acme = Table(storm, model, secret=SECRET, clock=clock, sleep=yield_once, blobs=bare_blobs).for_tenant("acme")

    created = await acme.create(document())
    replaced = await acme.replace(changed(created, title="new"))
    patched = await acme.patch(replaced, scan=bytes(5000))

    assert await acme.get(AT) == patched
    assert len(await keys_in(bare_blobs)) == 2


class Away(FolderBlobs):
    """A store that cannot be reached for what is asked of it."""

    def __init__(self, folder: Path, *, lacks: str) -> None:
        super().__init__(folder)
        self._lacks = lacks

    async def put(self, key: str, content: bytes) -> None:
        if self._lacks == "put":
            raise Unavailable("away")
        await super().put(key, content)

    async def get(self, key: str) -> bytes:
        raise Unavailable("away")


def away(driver: Driver, model: Model, clock: ManualClock, tmp_path: Path, *, lacks: str) -> BoundTable:
    store = Away(tmp_path / "blobs", lacks=lacks)
    return Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once, blobs=store).for_tenant("acme")


async def test_nothing_is_written_while_the_store_is_away(
    driver: Driver, model: Model, clock: ManualClock, tmp_path: Path
) -> None:
    acme = away(driver, model, clock, tmp_path, lacks="put")

    with pytest.raises(Unavailable) as raised:
        await acme.create(document())

    assert not raised.value.outcome_unknown
    assert await acme.find(AT) is None


async def test_a_patch_whose_value_cannot_be_read_back_says_that_it_may_be_done(
    driver: Driver, model: Model, clock: ManualClock, tmp_path: Path, acme: BoundTable
) -> None:
    await acme.create(document())

    with pytest.raises(Unavailable, match="the change was made") as raised:
        await away(driver, model, clock, tmp_path, lacks="get").patch(AT, stars=1)

    assert raised.value.outcome_unknown
    assert (await acme.get(AT)).stars == 1
