"""Backups: what was there is in the file, what is in the file comes back, and nothing ever comes back by half."""

from __future__ import annotations

import gzip
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.errors import Conflict, Invalid, NotFound
from entaku.table import BoundTable, Model, Table, add
from entaku.table.driver import Driver
from entaku.table.moving.backup import make_backup
from entaku.table.moving.backup_contents import read_contents
from entaku.table.moving.restoring import Restored, restore_backup
from entaku.testing import ManualClock
from tests.engines import yield_once
from tests.table.entities import Account, Note, OldPaper, Owner, OwnerKind, Paper, Sample, Site, Token
from tests.table.places import Places, Stopped, busy, stopping, stopping_at_unload, trimmed, walked


@pytest.fixture
async def places(
    engine: str, tmp_path: Path, model: Model, clock: ManualClock, is_storm: bool
) -> AsyncIterator[Places]:
    made = Places(engine, tmp_path, model, clock, is_storm=is_storm)
    yield made
    await made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.backup"


@pytest.fixture
def back_up(driver: Driver, model: Model, clock: ManualClock, file: Path) -> Callable[..., Awaitable[Path]]:
    """Makes a backup of the test's table, of all of it or of one tenant."""

    async def make(tenant: str = "", path: Path = file) -> Path:
        await make_backup(driver, model, path, clock=clock, tenant=tenant, sleep=yield_once)
        return path

    return make


@pytest.fixture
async def filled(table: Table, older: BoundTable, clock: ManualClock) -> None:
    """Two tenants, something of the platform, an item of every sort."""
    for tenant_id in ("acme", "globex"):
        bound = table.for_tenant(tenant_id)
        note = await bound.create(Note(book="b", id="n", stars=3, owner=Owner(OwnerKind.USER, "ada")))
        await bound.patch(note, text="second")
        await bound.create(Sample(id="s", raw=b"\x00\xff", tags=frozenset({"b", "a"})))
        await bound.create(Token(user="u", id="gone", expires_at=clock.now() + timedelta(seconds=1)))
        await bound.create(Token(user="u", id="there", expires_at=clock.now() + timedelta(hours=1)))
        await bound.delete(await bound.create(Account(id="1")))
    await older.create(OldPaper(id="1", name="on tables"))
    await table.platform.create(Site(id="acme"))
    clock.advance(timedelta(seconds=2))


def text_of(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


def files_of(path: Path) -> list[str]:
    """The file, and what is beside it under such a name."""
    return [each.name for each in path.parent.glob(f"*{path.name}*")]


async def restore(places: Places, driver: Driver, path: Path, tenant: str = "") -> Restored:
    return await restore_backup(driver, places.model, path, clock=places.clock, tenant=tenant, sleep=yield_once)


@pytest.mark.usefixtures("filled")
async def test_everything_comes_back_as_it_was(
    bare_driver: Driver, places: Places, back_up: Callable[..., Awaitable[Path]]
) -> None:
    target = await places.empty()

    restored = await restore(places, target, await back_up())

    assert await walked(target) == await walked(bare_driver)
    assert (restored.items["NOTE"], restored.items["PAPER"], restored.is_exact) == (2, 1, True)


@pytest.mark.usefixtures("filled")
async def test_what_was_restored_goes_on_where_it_stopped(
    places: Places, acme: BoundTable, back_up: Callable[..., Awaitable[Path]]
) -> None:
    note = await acme.get(Note.at(book="b", id="n"))
    target = await places.empty()
    await restore(places, target, await back_up())
    bound = places.table(target).for_tenant("acme")

    patched = await bound.patch(note, stars=4)

    assert (patched.version, patched.created_at) == (note.version + 1, note.created_at)
    assert (await bound.list(Note.by_stars(book="b"))).items == (patched,)
    assert (await bound.get(Paper.at(id="1"))).title == "On Tables"
    assert await bound.find(Token.at(user="u", id="gone")) is None


@pytest.mark.usefixtures("filled")
async def test_a_tenant_comes_back_alone(
    bare_driver: Driver, places: Places, back_up: Callable[..., Awaitable[Path]], file: Path
) -> None:
    target = await places.empty()
    await places.table(target).for_tenant("other").create(Account(id="1"))

    await restore(places, target, await back_up(), tenant="globex")

    own = [item for item in await walked(bare_driver) if item.pk.startswith("TENANT#globex#")]
    assert [item for item in await walked(target) if item.pk.startswith("TENANT#globex#")] == own
    assert not [item for item in await walked(target) if item.pk.startswith("TENANT#acme")]


@pytest.mark.usefixtures("filled")
async def test_a_backup_of_a_tenant_holds_only_what_is_the_tenants(back_up: Callable[..., Awaitable[Path]]) -> None:
    path = await back_up("acme")

    assert (await read_contents(path)).items["NOTE"] == 1
    assert "globex" not in text_of(path)


async def test_there_is_no_backup_of_a_tenant_without_items(
    back_up: Callable[..., Awaitable[Path]], file: Path
) -> None:
    with pytest.raises(NotFound, match="nobody"):
        await back_up("nobody")

    assert files_of(file) == []


@pytest.mark.usefixtures("filled")
async def test_a_table_that_is_not_empty_is_not_restored_into(
    bare_driver: Driver, places: Places, back_up: Callable[..., Awaitable[Path]]
) -> None:
    path = await back_up()
    before = await walked(bare_driver)

    with pytest.raises(Conflict, match="not empty"):
        await restore(places, bare_driver, path)
    with pytest.raises(Conflict, match="there is a tenant 'acme'"):
        await restore(places, bare_driver, path, tenant="acme")

    assert await walked(bare_driver) == before


@pytest.mark.usefixtures("filled")
async def test_a_tenant_that_is_not_in_the_file_is_not_restored(
    places: Places, back_up: Callable[..., Awaitable[Path]]
) -> None:
    target = await places.empty()
    path = await back_up()

    with pytest.raises(NotFound, match="no tenant 'nobody'"):
        await restore(places, target, path, tenant="nobody")

    assert await walked(target) == []


@pytest.mark.usefixtures("filled")
async def test_a_restoration_that_was_interrupted_shows_nobody_anything_and_is_finished_by_repeating_it(
    bare_driver: Driver, places: Places, back_up: Callable[..., Awaitable[Path]], file: Path
) -> None:
    target = await places.empty()
    await back_up()

    with pytest.raises(Stopped):
        await restore(places, stopping(target, at_load=2), file)
    assert await places.table(target).platform.find(Site.at(id="acme")) is None
    await restore(places, target, file)

    assert await walked(target) == await walked(bare_driver)


@pytest.mark.usefixtures("filled")
async def test_finishing_an_interrupted_restoration_takes_nothing_back_from_those_who_are_at_work_already(
    places: Places, back_up: Callable[..., Awaitable[Path]]
) -> None:
    target, path = await places.empty(), await back_up()
    with pytest.raises(Stopped):
        await restore(places, stopping_at_unload(target), path)
    bound = places.table(target).for_tenant("acme")
    await bound.patch(Note.at(book="b", id="n"), text="written since")

    await restore(places, target, path)

    assert (await bound.get(Note.at(book="b", id="n"))).text == "written since"
    assert not [item for item in await walked(target) if item.kind == "MARK"]


@pytest.mark.usefixtures("filled")
@pytest.mark.engine("dynamodb")
async def test_a_backup_that_took_longer_than_the_log_is_kept_fails_clearly(
    driver: Driver, places: Places, file: Path
) -> None:
    with pytest.raises(Conflict, match="took too long"):
        await make_backup(trimmed(driver), places.model, file, clock=places.clock, sleep=yield_once)

    assert files_of(file) == []


@pytest.mark.usefixtures("filled")
async def test_a_backup_of_a_tenant_tells_nothing_of_what_others_lose_meanwhile(
    driver: Driver, places: Places, table: Table, file: Path
) -> None:
    await table.platform.create(Site(id="secret"))
    turns = iter(range(1))

    async def remove() -> None:
        if next(turns, None) is not None:
            await table.platform.delete(await table.platform.get(Site.at(id="secret")))

    await make_backup(busy(driver, remove), places.model, file, clock=places.clock, tenant="acme", sleep=yield_once)

    assert "secret" not in text_of(file)


@pytest.mark.usefixtures("filled")
async def test_what_expires_and_is_removed_meanwhile_is_no_damage(
    places: Places, clock: ManualClock, back_up: Callable[..., Awaitable[Path]]
) -> None:
    target = await places.empty()
    path = await back_up()

    async def expire() -> None:
        clock.advance(timedelta(hours=2))
        await places.table(target).remove_expired()

    restored = await restore(places, busy(target, expire), path)

    assert restored.items["TOKEN"] == 4
    assert not [item for item in await walked(target) if item.kind == "TOKEN"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("tenant", ["", "acme"])
async def test_what_the_program_does_not_know_is_told_before_anything_is_written(
    places: Places, clock: ManualClock, acme: BoundTable, back_up: Callable[..., Awaitable[Path]], tenant: str
) -> None:
    await acme.create(Paper(id="2", title="of today"))
    path, target = await back_up(), await places.empty()

    with pytest.raises(Conflict, match="use the version that wrote it"):
        await restore_backup(target, Model([OldPaper, Site]), path, clock=clock, tenant=tenant, sleep=yield_once)

    assert await walked(target) == []


@pytest.mark.usefixtures("filled")
async def test_another_file_is_not_mixed_into_an_interrupted_restoration(
    places: Places, back_up: Callable[..., Awaitable[Path]], file: Path, acme: BoundTable
) -> None:
    target = await places.empty()
    with pytest.raises(Stopped):
        await restore(places, stopping(target, at_load=2), await back_up())
    await acme.create(Account(id="2"))

    other = await back_up(path=file.with_name("other.backup"))

    with pytest.raises(Conflict, match="another backup is being restored"):
        await restore(places, target, other)


@pytest.mark.usefixtures("filled")
async def test_a_damaged_file_is_refused_before_anything_is_written(
    places: Places, back_up: Callable[..., Awaitable[Path]]
) -> None:
    path, target = await back_up(), await places.empty()
    text = gzip.decompress(path.read_bytes())
    header_end = text.index(b"\n") + 1
    for damaged in (
        gzip.compress(text.replace(b'"second"', b'"changed"', 1)),
        gzip.compress(text[: text.rindex(b"\n", 0, -1) + 1]),
        gzip.compress(text[:header_end] + text[text.rindex(b"\n", 0, -1) + 1 :]),
        path.read_bytes()[:-20],
        b"something else",
        b"",
    ):
        path.write_bytes(damaged)

        with pytest.raises(Invalid, match=r"damaged or not whole|no backup of entaku"):
            await restore(places, target, path)

    assert await walked(target) == []


@pytest.mark.usefixtures("filled")
async def test_a_file_of_a_later_format_is_refused(places: Places, back_up: Callable[..., Awaitable[Path]]) -> None:
    path, target = await back_up(), await places.empty()
    text = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(text.replace(b'"format":1', b'"format":2', 1)))

    with pytest.raises(Conflict, match="the format 2"):
        await restore(places, target, path)


@pytest.mark.usefixtures("filled")
async def test_only_its_owner_reads_the_file_and_an_existing_one_is_left_alone(
    back_up: Callable[..., Awaitable[Path]],
) -> None:
    path = await back_up()
    before = path.read_bytes()

    with pytest.raises(Conflict, match="there is a file"):
        await back_up()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == before
    assert files_of(path) == [path.name]


async def test_a_backup_made_while_others_write_is_the_state_of_one_instant(
    driver: Driver, acme: BoundTable, places: Places, clock: ManualClock, file: Path
) -> None:
    for n in range(10):
        await acme.create(Account(id=f"{n}", balance=10))
    moves = iter(range(8))

    async def move() -> None:
        """All of one account to a new one, a few times."""
        if (n := next(moves, None)) is not None:
            account = await acme.get(Account.at(id=f"{n}"))
            async with acme.transaction() as tx:
                tx.delete(account)
                tx.create(Account(id=f"new{n}", balance=account.balance))

    trailer = await make_backup(busy(driver, move), places.model, file, clock=clock, sleep=yield_once)
    target = await places.empty()
    await restore(places, target, file)

    found = [item for item in await walked(target) if item.kind == "ACCOUNT"]
    balances = [driver.codec.decode(item.data, Account).balance for item in found]
    assert (trailer.is_exact, sum(balances), len(found)) == (True, 100, 10)


async def test_a_backup_of_a_table_that_never_rests_says_so(
    bare_driver: Driver, acme: BoundTable, places: Places, clock: ManualClock, file: Path
) -> None:
    account = await acme.create(Account(id="1"))

    async def write_on(seconds: float = 0) -> None:
        await acme.patch(Account.at(id="1"), balance=add(1))

    trailer = await make_backup(busy(bare_driver, write_on), places.model, file, clock=clock, sleep=write_on)
    target = await places.empty()
    restored = await restore(places, target, file)

    (found,) = await walked(target)
    assert found.version >= account.version
    assert trailer.is_exact is restored.is_exact is bare_driver.snapshots


async def test_what_was_written_again_and_removed_meanwhile_counts_as_it_was_last(
    places: Places, driver: Driver, acme: BoundTable, file: Path
) -> None:
    notes = [await acme.create(Note(book="b", id=f"{n}")) for n in range(4)]
    turns = iter(range(3))

    async def change() -> None:
        turn = next(turns, None)
        if turn == 0:
            await acme.patch(notes[0], text="x")
            await acme.delete(notes[1])
        elif turn is not None:
            await acme.create(Note(book="b", id=f"new{turn}"))

    await make_backup(busy(driver, change), places.model, file, clock=places.clock, sleep=yield_once)
    target = await places.empty()
    restored = await restore(places, target, file)

    found = [item.kind for item in await walked(target)]
    assert restored.items == (await read_contents(file)).items == {kind: found.count(kind) for kind in sorted(found)}
