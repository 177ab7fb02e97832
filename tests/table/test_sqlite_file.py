"""What is peculiar to the file of the embedded engine: who may have it, and what stands in it."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from entaku.core.errors import Conflict, Invalid, Unavailable
from entaku.table import Model, Table
from entaku.table.driver import (
    Delete,
    ItemKey,
    Patch,
)
from entaku.table.drivers.sqlite import SqliteDriver, open_sqlite
from entaku.table.drivers.sqlite.removed import MARKS
from entaku.table.drivers.sqlite.schema import INLINE_BYTES_MAX, LAYOUT
from tests.table.entities import Note
from tests.table.sqlite_samples import (
    AT,
    THERE,
    all_changes,
    create,
    find,
    find_in_index,
    item_of,
    log_bytes,
    open_table,
    shell,
    sort_keys,
    text_of,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.db"


@pytest.fixture
def diary(path: Path) -> Iterator[Path]:
    """A file of another kind, which nothing may change."""
    text = "Dear diary, " * 1000
    path.write_text(text)
    yield path
    assert path.read_text() == text


@pytest_asyncio.fixture
async def driver(path: Path) -> AsyncIterator[SqliteDriver]:
    opened = await open_table(path, writers_wait_s=0.2)
    yield opened
    await opened.close()


async def test_all_its_files_are_the_owners_alone(driver: SqliteDriver, path: Path) -> None:
    await create(driver, item_of("a"))

    files = sorted(path.parent.iterdir())

    assert [file.name.removeprefix(path.name) for file in files] == ["", "-shm", "-wal", ".lock", ".turn"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


async def test_a_file_of_the_future_is_refused(driver: SqliteDriver, path: Path) -> None:
    await driver.close()
    shell(path, f"PRAGMA user_version = {LAYOUT + 1}")

    with pytest.raises(Conflict, match=f"layout {LAYOUT + 1}"):
        await open_sqlite(path)


async def test_the_database_of_another_program_is_refused(path: Path) -> None:
    shell(path, "CREATE TABLE recipe (name TEXT)")

    with pytest.raises(Invalid, match="another program"):
        await open_sqlite(path)


async def test_a_file_that_is_no_database_is_refused(diary: Path) -> None:

    with pytest.raises(Invalid, match="not a SQLite database"):
        await open_sqlite(diary)


async def test_a_place_where_no_file_can_be_is_refused(path: Path) -> None:
    for place in (path / "missing" / "table.db", path.parent):
        with pytest.raises(Invalid, match="cannot be opened"):
            await open_sqlite(place)


async def test_a_table_that_is_there_gets_the_indexes_it_has_not_yet(path: Path) -> None:
    engine, model = await open_sqlite(path), Model([Note])
    await engine.create_table(1)
    await engine.create_table(model.index_count)
    table = Table(engine, model, secret=b"cursors of tests only").for_tenant("acme")

    await table.create(Note(book="b", id="n"))

    assert [note.id for note in (await table.list(Note.by_stars(book="b"))).items] == ["n"]
    await engine.close()


async def test_data_of_every_size_can_be_read_by_any_tool(driver: SqliteDriver, path: Path) -> None:
    overhead = len(text_of(text=""))
    sizes = {
        "exact": INLINE_BYTES_MAX - overhead,
        "above": INLINE_BYTES_MAX - overhead + 1,
        "wide": INLINE_BYTES_MAX // 3,
    }
    for sk, length in sizes.items():
        await create(driver, item_of(sk, text=("日" if sk == "wide" else "x") * length))

    assert shell(path, "SELECT sk FROM item WHERE data IS NULL ORDER BY sk") == [("above",), ("wide",)]
    assert shell(path, "SELECT sk, length(data ->> 'text') FROM item_whole ORDER BY sk") == sorted(sizes.items())


async def test_data_that_shrink_or_go_leave_nothing_behind(driver: SqliteDriver, path: Path) -> None:
    large, small = driver.codec.encode_field("x" * 5000), driver.codec.encode_field("x")
    await create(driver, item_of("a", text="x" * 4000), item_of("b", text="x" * 4000), item_of("c", text="x"))

    for sk, value in (("a", large), ("a", small), ("c", large)):
        patch = Patch(key=ItemKey("p", sk), expect=THERE, write_id="w", updated_at=AT, set={"text": value})
        await driver.write([patch], tenant="acme", now_ms=0)
    await driver.write([Delete(key=ItemKey("p", "b"), expect=THERE)], tenant="acme", now_ms=0)

    assert shell(path, "SELECT count(*) FROM large_data") == [(1,)]
    assert await find(driver, "c") == await find_in_index(driver, "c-1")


async def test_an_image_holds_the_item_as_it_was(driver: SqliteDriver, path: Path) -> None:
    item = item_of("a", text="日本", count=3)
    await create(driver, item, logged=True)

    assert (await all_changes(driver))[0].new == item
    assert shell(path, "SELECT new ->> '$.data.text' FROM change") == [("日本",)]


async def test_expired_items_go_with_all_that_belongs_to_them(driver: SqliteDriver, path: Path) -> None:
    await create(driver, item_of("a", expires_ms=5, text="x" * 5000), item_of("b"), logged=True)
    await create(driver, item_of("c", expires_ms=5))

    assert await driver.remove_expired(now_ms=4, limit=9) == 0
    assert [await driver.remove_expired(now_ms=5, limit=1) for _ in range(3)] == [1, 1, 0]

    assert (await all_changes(driver))[-1].key.sk == "a"
    assert shell(path, "SELECT count(*) FROM large_data UNION ALL SELECT count(*) FROM index_entry") == [(0,), (1,)]


async def test_what_is_remembered_of_removed_items_does_not_grow(driver: SqliteDriver, path: Path) -> None:
    items = [item_of(f"{n}") for n in range(3 * MARKS)]
    await create(driver, *items)

    await driver.write([Delete(key=ItemKey("p", item.sk), expect=THERE) for item in items], tenant="t", now_ms=0)

    assert shell(path, "SELECT count(*) FROM meta")[0][0] <= MARKS + 1


async def test_a_full_disk_fails_the_write_and_nothing_else(driver: SqliteDriver, path: Path) -> None:
    await create(driver, item_of("before"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (log_bytes(path), limits[1]))
    try:
        with pytest.raises(Unavailable, match="commit to"):
            await create(driver, item_of("during"))
        assert await sort_keys(driver) == ["before"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    await create(driver, item_of("after"))
    assert await sort_keys(driver) == ["after", "before"]
