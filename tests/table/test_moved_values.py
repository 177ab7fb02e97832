"""Values that are kept apart from their items go with them: into a backup, out of it, and to another table."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from entaku.core.errors import Invalid
from entaku.table import BoundTable, Entity, Model, Table, key
from entaku.table.blobs.apart import kept_apart
from entaku.table.blobs.store import BlobStore
from entaku.table.driver import Driver
from entaku.table.drivers.blobs import FolderBlobs
from entaku.table.moving.backup import make_backup
from entaku.table.moving.backup_contents import read_contents
from entaku.table.moving.bulk import LoadedItem, bulk
from entaku.table.moving.copying import copy_table
from entaku.table.moving.restoring import restore_backup
from entaku.testing import ManualClock
from tests.engines import SECRET, yield_once
from tests.table.places import Places, walked

LARGE = "円" * 1000


class Letter(Entity, kind="LETTER"):
    """Something with a long text."""

    id: str
    text: Annotated[str, kept_apart(above_bytes=512)] = ""

    @key("LETTER#{id}", "LETTER")
    def at(*, id: str) -> None:
        "One letter."


class Remark(Entity, kind="REMARK"):
    """Something with whatever a user makes up."""

    id: str
    properties: dict[str, str]

    @key("REMARK#{id}", "REMARK")
    def at(*, id: str) -> None:
        "One remark."


@pytest.fixture
def model() -> Model:
    return Model([Letter, Remark])


@pytest.fixture
async def places(
    engine: str, tmp_path: Path, model: Model, clock: ManualClock, is_storm: bool
) -> AsyncIterator[Places]:
    made = Places(engine, tmp_path, model, clock, is_storm=is_storm)
    yield made
    await made.close()


@pytest.fixture
def blobs(tmp_path: Path, clock: ManualClock) -> BlobStore:
    return FolderBlobs(tmp_path / "blobs", clock)


@pytest.fixture
def other_blobs(tmp_path: Path, clock: ManualClock) -> BlobStore:
    return FolderBlobs(tmp_path / "other-blobs", clock)


@pytest.fixture
def table(driver: Driver, model: Model, clock: ManualClock, blobs: BlobStore) -> Table:
    return Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once, blobs=blobs)


@pytest.fixture
async def filled(table: Table) -> None:
    for tenant_id in ("acme", "globex"):
        await table.for_tenant(tenant_id).create(Letter(id="long", text=f"{tenant_id} {LARGE}"))
        await table.for_tenant(tenant_id).create(Letter(id="short", text="short"))


def elsewhere(places: Places, driver: Driver, blobs: BlobStore, tenant_id: str = "acme") -> BoundTable:
    there = Table(driver, places.model, secret=SECRET, clock=places.clock, sleep=yield_once, blobs=blobs)
    return there.for_tenant(tenant_id)


@pytest.mark.usefixtures("filled")
async def test_values_come_back_from_a_backup(
    driver: Driver, places: Places, blobs: BlobStore, other_blobs: BlobStore, tmp_path: Path
) -> None:
    path, target = tmp_path / "all.backup", await places.empty()

    await make_backup(driver, places.model, path, clock=places.clock, blobs=blobs, sleep=yield_once)
    await restore_backup(target, places.model, path, clock=places.clock, blobs=other_blobs, sleep=yield_once)

    assert (await elsewhere(places, target, other_blobs).get(Letter.at(id="long"))).text == f"acme {LARGE}"
    assert (await read_contents(path)).trailer.blobs == 2


@pytest.mark.usefixtures("filled")
async def test_a_tenant_takes_only_its_own_values_along(
    driver: Driver, places: Places, blobs: BlobStore, other_blobs: BlobStore, tmp_path: Path
) -> None:
    path, target = tmp_path / "all.backup", await places.empty()
    await make_backup(driver, places.model, path, clock=places.clock, blobs=blobs, sleep=yield_once)

    await restore_backup(
        target, places.model, path, clock=places.clock, tenant="globex", blobs=other_blobs, sleep=yield_once
    )

    kept = await other_blobs.list(prefix="", after=None, limit=10)
    assert [blob.key.split("/")[0] for blob in kept] == ["globex"]
    letter = await elsewhere(places, target, other_blobs, "globex").get(Letter.at(id="long"))
    assert letter.text == f"globex {LARGE}"


@pytest.mark.usefixtures("filled")
async def test_values_are_copied_with_their_items(
    driver: Driver, places: Places, blobs: BlobStore, other_blobs: BlobStore
) -> None:
    target = await places.empty()

    await copy_table(
        driver,
        target,
        places.model,
        source_name="here",
        clock=places.clock,
        source_blobs=blobs,
        target_blobs=other_blobs,
        sleep=yield_once,
    )

    assert (await elsewhere(places, target, other_blobs).get(Letter.at(id="long"))).text == f"acme {LARGE}"


@pytest.mark.usefixtures("filled")
async def test_without_a_place_for_values_nothing_is_moved(
    driver: Driver, places: Places, blobs: BlobStore, tmp_path: Path
) -> None:
    path, target = tmp_path / "all.backup", await places.empty()
    await make_backup(driver, places.model, path, clock=places.clock, blobs=blobs, sleep=yield_once)

    with pytest.raises(Invalid, match="blob store"):
        await restore_backup(target, places.model, path, clock=places.clock, sleep=yield_once)
    with pytest.raises(Invalid, match="blob store"):
        await copy_table(
            driver, target, places.model, source_name="here", clock=places.clock, source_blobs=blobs, sleep=yield_once
        )


@pytest.mark.usefixtures("filled")
async def test_a_backup_without_the_values_that_items_refer_to_is_refused(
    driver: Driver, places: Places, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="set ENTAKU_BLOBS"):
        await make_backup(driver, places.model, tmp_path / "all.backup", clock=places.clock, sleep=yield_once)

    assert not [name for name in os.listdir(tmp_path) if "all.backup" in name]


@pytest.mark.usefixtures("filled")
async def test_values_of_entities_that_the_program_does_not_know_are_copied_too(
    driver: Driver, places: Places, blobs: BlobStore, other_blobs: BlobStore
) -> None:
    target = await places.empty()

    await copy_table(
        driver,
        target,
        Model([Remark]),
        source_name="here",
        clock=places.clock,
        source_blobs=blobs,
        target_blobs=other_blobs,
        sleep=yield_once,
    )

    assert (await elsewhere(places, target, other_blobs).get(Letter.at(id="long"))).text == f"acme {LARGE}"


async def test_an_item_that_cannot_be_read_keeps_nobody_from_moving_the_table(
    driver: Driver, places: Places, acme: BoundTable, tmp_path: Path
) -> None:
    await acme.create(Remark(id="1", properties={}))
    (bad,) = await driver.walk(0, 1, after=None, limit=2)
    bad = msgspec.structs.replace(bad, data=driver.codec.from_fields({"id": "1", "properties": "none"}))
    await bulk(driver).load([LoadedItem(bad)])
    path, restored, copied = tmp_path / "all.backup", await places.empty(), await places.empty()

    await make_backup(driver, places.model, path, clock=places.clock, sleep=yield_once)
    await restore_backup(restored, places.model, path, clock=places.clock, sleep=yield_once)
    await copy_table(driver, copied, places.model, source_name="here", clock=places.clock, sleep=yield_once)

    assert await walked(restored) == await walked(copied) == [bad]


async def test_what_a_user_wrote_in_the_form_of_a_reference_is_none(
    driver: Driver, places: Places, acme: BoundTable, tmp_path: Path
) -> None:
    remark = Remark(id="1", properties={"blob": "acme/letter/1", "size_bytes": "1", "sha256": "0"})
    await acme.create(remark)
    path, target = tmp_path / "all.backup", await places.empty()

    await make_backup(driver, places.model, path, clock=places.clock, sleep=yield_once)
    copied = await copy_table(driver, target, places.model, source_name="here", clock=places.clock, sleep=yield_once)

    assert (copied.items, (await read_contents(path)).items) == (1, {"REMARK": 1})


async def test_a_value_that_nobody_refers_to_any_more_does_no_harm(
    driver: Driver, places: Places, acme: BoundTable, blobs: BlobStore, tmp_path: Path
) -> None:
    letter = await acme.create(Letter(id="1", text=LARGE))
    await acme.patch(letter, text="short")
    path, target = tmp_path / "all.backup", await places.empty()

    await make_backup(driver, places.model, path, clock=places.clock, blobs=blobs, sleep=yield_once)
    await restore_backup(target, places.model, path, clock=places.clock, blobs=blobs, sleep=yield_once)

    assert (await elsewhere(places, target, blobs).get(Letter.at(id="1"))).text == "short"
