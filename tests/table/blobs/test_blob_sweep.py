"""The sweep: what an item refers to stays, and everything else goes a whole retention after it was found."""

from __future__ import annotations

import secrets
from datetime import timedelta

import msgspec
import pytest

from entaku.core.clock import to_ms, to_us
from entaku.core.errors import Conflict, Invalid
from entaku.core.limits import BLOBS_KEPT_S, ITEM_BYTES_MAX
from entaku.table import BlobStore, BoundTable, Model, Table, Transaction, changed, idempotency_key
from entaku.table.blobs.keys import UNREFERENCED, is_of_items, tenant_prefix, value_key
from entaku.table.blobs.sweep import SETTLED_S, Sweep, sweep_blobs
from entaku.table.driver import Driver, Expect, Item, Put
from entaku.table.drivers.blobs import FolderBlobs
from entaku.table.maintenance import erase_blobs
from entaku.table.moving.bulk import bulk
from entaku.table.moving.marks import RESTORE, Marks
from entaku.table.moving.restoring import RestoreNote
from entaku.testing import ManualClock
from tests.engines import SECRET, yield_once
from tests.table.blobs.conftest import keys_in
from tests.table.blobs.entities import AT, LARGE, Notice, document
from tests.table.places import busy

SETTLED = timedelta(seconds=SETTLED_S + 1)
KEPT = timedelta(seconds=BLOBS_KEPT_S)


async def values_in(store: BlobStore) -> list[str]:
    return [key for key in await keys_in(store) if is_of_items(key)]


async def test_what_an_item_refers_to_is_never_swept(table: Table, acme: BoundTable, clock: ManualClock) -> None:
    created = await acme.create(document(scan=bytes(5000)))
    await table.platform.create(Notice(id="n", text=LARGE))

    for _ in range(3):
        clock.advance(KEPT + SETTLED)
        assert await sweep_blobs(table) == Sweep(items=2, blobs=3)

    assert await acme.get(AT) == created


async def test_values_that_are_missing_do_not_let_others_go(
    table: Table, acme: BoundTable, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    for n in range(6):
        await acme.create(document(f"d{n}"))
    *missing, _ = await keys_in(bare_blobs)
    for key in missing:
        await bare_blobs.delete(key)
    clock.advance(SETTLED)

    assert await sweep_blobs(table) == Sweep(items=6, blobs=1)


async def test_a_replaced_value_goes_a_whole_retention_after_it_was_found(
    table: Table, acme: BoundTable, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    created = await acme.create(document())
    clock.advance(timedelta(days=365))
    replaced = await acme.replace(changed(created, body=LARGE + "!"))

    found = await sweep_blobs(table)
    clock.advance(KEPT - timedelta(seconds=1))
    waiting = await sweep_blobs(table)
    clock.advance(timedelta(seconds=1))
    done = await sweep_blobs(table)

    assert (found.marked, found.removed) == (1, 0)
    assert (waiting.waiting, waiting.removed) == (1, 0)
    assert (done.removed, done.removed_bytes) == (1, len(LARGE.encode()))
    assert await acme.get(AT) == replaced
    assert len(await keys_in(bare_blobs)) == 1


async def test_an_old_value_that_is_written_again_is_kept(
    table: Table, acme: BoundTable, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    stale = await acme.create(document())
    current = await acme.replace(changed(stale, body="small"))
    restored = await acme.patch(stale, expect=current.version, body=stale.body)

    for _ in range(2):
        clock.advance(KEPT + SETTLED)
        await sweep_blobs(table)

    assert await acme.get(AT) == restored
    assert restored.body == LARGE


async def test_a_value_whose_item_never_came_goes_in_the_end(
    table: Table, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    await bare_blobs.put(value_key("acme", "DOCUMENT", secrets.token_bytes), b"content")

    for _ in range(2):
        clock.advance(KEPT + SETTLED)
        await sweep_blobs(table)

    assert await keys_in(bare_blobs) == []


async def test_what_was_just_written_is_not_even_marked(
    table: Table, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    await bare_blobs.put(value_key("acme", "DOCUMENT", secrets.token_bytes), b"content")
    clock.advance(timedelta(seconds=SETTLED_S))

    assert await sweep_blobs(table) == Sweep(blobs=1, waiting=1)
    assert await keys_in(bare_blobs, UNREFERENCED) == []


async def test_a_value_that_is_referred_to_again_begins_its_wait_anew(
    table: Table, acme: BoundTable, clock: ManualClock, bare_driver: Driver
) -> None:
    await acme.create(document())
    (item,) = await bare_driver.walk(0, 1, after=None, limit=9)
    await acme.delete(await acme.get(AT))
    clock.advance(SETTLED)
    assert (await sweep_blobs(table)).marked == 1

    clock.advance(KEPT)
    await _restore(bare_driver, item, clock)
    assert (await sweep_blobs(table)).removed == 0
    await acme.delete(await acme.get(AT))

    found = await sweep_blobs(table)

    assert (found.marked, found.removed) == (1, 0)


async def _restore(driver: Driver, item: Item, clock: ManualClock) -> None:
    """Stores the item as it was, at a version that is new."""
    again = msgspec.structs.replace(item, version=to_us(clock.now()))
    await driver.write([Put(item=again, expect=Expect(present=False))], tenant="acme", now_ms=to_ms(clock.now()))


async def test_a_dry_sweep_only_counts(
    table: Table, acme: BoundTable, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    await acme.delete(await acme.create(document()))
    clock.advance(SETTLED)
    before = await keys_in(bare_blobs)

    assert (await sweep_blobs(table, is_dry=True)).marked == 1
    assert await keys_in(bare_blobs) == before

    await sweep_blobs(table)
    clock.advance(KEPT)
    before = await keys_in(bare_blobs)
    assert (await sweep_blobs(table, is_dry=True)).removed == 1
    assert await keys_in(bare_blobs) == before


@pytest.mark.parametrize("page", [1, 2])
async def test_nothing_is_swept_while_a_backup_is_restored(
    table: Table, acme: BoundTable, clock: ManualClock, blobs: BlobStore, bare_blobs: FolderBlobs, page: int
) -> None:
    await acme.delete(await acme.create(document()))
    clock.advance(SETTLED)
    await sweep_blobs(table)
    clock.advance(KEPT)
    looks = iter((1, 2))

    async def begin_to_restore() -> None:
        if next(looks, None) == page:  # before the walk, or after it
            await Marks(bulk(table.driver), yield_once).keep(RESTORE, RestoreNote("file"))

    driver = busy(table.driver, begin_to_restore)
    busy_table = Table(driver, table.model, secret=SECRET, clock=clock, sleep=yield_once, blobs=blobs)

    with pytest.raises(Conflict, match="RESTORE is under way"):
        await sweep_blobs(busy_table)

    assert len(await values_in(bare_blobs)) == 1


async def test_marks_of_values_that_are_gone_go_too(table: Table, bare_blobs: FolderBlobs, clock: ManualClock) -> None:
    for key in ("acme/document/00/1", "globex/document/00/1", "zzz/document/00/1"):
        await bare_blobs.put(UNREFERENCED + key, b"")
    await bare_blobs.put("globex/document/00/0", b"")

    await sweep_blobs(table)

    assert await keys_in(bare_blobs) == ["globex/document/00/0"]


async def test_what_belongs_to_others_is_left_alone(table: Table, bare_blobs: FolderBlobs, clock: ManualClock) -> None:
    await bare_blobs.put("~~backups/monday", b"content")

    for _ in range(2):
        clock.advance(KEPT + SETTLED)
        assert await sweep_blobs(table) == Sweep()

    assert await keys_in(bare_blobs) == ["~~backups/monday"]


async def test_values_of_entities_that_the_program_does_not_know_stay(
    driver: Driver, acme: BoundTable, clock: ManualClock, blobs: BlobStore
) -> None:
    created = await acme.create(document())
    other = Table(driver, Model([Notice]), secret=SECRET, clock=clock, sleep=yield_once, blobs=blobs)

    for _ in range(2):
        clock.advance(KEPT + SETTLED)
        await sweep_blobs(other)

    assert await acme.get(AT) == created


async def test_an_answer_that_is_kept_apart_goes_with_its_record(
    table: Table, acme: BoundTable, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    async def work(tx: Transaction) -> str:
        return "x" * ITEM_BYTES_MAX

    await acme.run(work, answer=str, idempotency=idempotency_key("once", b""))
    assert len(await values_in(bare_blobs)) == 1

    clock.advance(timedelta(hours=49))
    await table.remove_expired()
    for _ in range(2):
        clock.advance(KEPT + SETTLED)
        await sweep_blobs(table)

    assert await keys_in(bare_blobs) == []


@pytest.mark.parametrize("other", ["acm", "acme2", "acme.2", "Acme", "acme-", "ACME"])
async def test_erasing_a_tenant_leaves_the_values_of_every_other(
    table: Table, clock: ManualClock, bare_blobs: FolderBlobs, other: str
) -> None:
    kept = await table.for_tenant(other).create(document())
    for tenant in ("acme", other):
        created = await table.for_tenant(tenant).create(document("gone"))
        await table.for_tenant(tenant).delete(created)
    await table.for_tenant("acme").create(document())
    clock.advance(SETTLED)
    await sweep_blobs(table)

    assert await erase_blobs(table, "acme") == 2

    assert await table.for_tenant(other).get(AT) == kept
    assert len(await keys_in(bare_blobs)) == 3
    assert await erase_blobs(table, "acme") == 0


async def test_values_are_kept_for_at_least_as_long_as_anything_names_them(table: Table) -> None:
    with pytest.raises(Invalid, match=f"at least {BLOBS_KEPT_S} s"):
        await sweep_blobs(table, kept_s=BLOBS_KEPT_S - 1)


async def test_values_may_be_kept_for_longer(
    table: Table, acme: BoundTable, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    await acme.delete(await acme.create(document()))
    clock.advance(SETTLED)
    await sweep_blobs(table, kept_s=BLOBS_KEPT_S * 2)

    clock.advance(KEPT)

    assert (await sweep_blobs(table, kept_s=BLOBS_KEPT_S * 2)).waiting == 1
    assert (await sweep_blobs(table)).removed == 1


async def test_a_table_without_a_store_has_nothing_to_sweep(driver: Driver, model: Model) -> None:
    with pytest.raises(Invalid, match="ENTAKU_BLOBS"):
        await sweep_blobs(Table(driver, model, secret=SECRET))


async def test_progress_is_told(table: Table, acme: BoundTable) -> None:
    await acme.create(document())
    told: list[tuple[str, int]] = []

    await sweep_blobs(table, progress=lambda what, count: told.append((what, count)))

    assert told == [("items", 1), ("blobs", 1)]


@pytest.mark.parametrize(
    "tenants",
    [("a", "A"), ("a.b", "a_b"), (".a", "~2ea"), ("a/b", "a"), ("é", "e"), ("~h", "h"), ("x" * 300, "x" * 301)],
)
def test_no_two_tenants_share_a_prefix(tenants: tuple[str, str]) -> None:
    one, other = map(tenant_prefix, tenants)

    assert not one.startswith(other)
    assert not other.startswith(one)
    assert is_of_items(f"{one}document/00/1")
    assert is_of_items(f"{other}document/00/1")
