"""The clock is set back by an hour: versions of each item stay unique and grow, and what follows is still in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from entaku.core.config import Config
from entaku.core.context import Actor
from entaku.main import App, build
from entaku.modules.accounts import Group, NewTenant, NewUser, Principal, PrincipalKind, UserChange, individual
from entaku.modules.sharing import Grant, LibraryChange, NewLibrary
from entaku.table.driver import ItemKey
from entaku.testing import ManualClock
from tests.reliability.invariants import violations

TENANT = "acme"
BACK = timedelta(hours=-1)


class TickingClock(ManualClock):
    """As a machine's clock it has moved on whenever it is asked again."""

    def now(self) -> datetime:
        return self.advance(timedelta(milliseconds=1))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest_asyncio.fixture
async def app(tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    app = await build(Config(data=tmp_path / "data"), clock=clock)
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id=TENANT, name="Acme"))
    yield app
    await app.close()


@pytest.fixture
def actor(app: App) -> Actor:
    return app.operator(TENANT)


async def test_versions_are_unique_and_grow_when_the_clock_is_set_back(
    app: App, actor: Actor, clock: ManualClock
) -> None:
    for number, step in enumerate((timedelta(0), BACK, timedelta(minutes=30), BACK, timedelta(hours=2))):
        clock.advance(step)
        await _come_and_go(app, actor, number)

    versions = await _versions(app)
    assert max(len(some) for some in versions.values()) > 10
    assert _only_grow(versions)
    assert await violations(app) == []


async def test_a_share_and_its_history_hold_when_the_clock_is_set_back(
    app: App, actor: Actor, clock: ManualClock
) -> None:
    await app.accounts.users.create(actor, NewUser(user_id="ann", name="Ann"))
    await app.accounts.users.create(actor, NewUser(user_id="ben", name="Ben"))
    await app.sharing.libraries.create(actor, NewLibrary(name="Handbook", library_id="handbook", owner="ann"))

    for _ in range(3):
        clock.advance(BACK)
        await app.sharing.shares.change(actor, "handbook", add=[Grant(principal=individual("ben"))])
        clock.advance(BACK)
        await app.sharing.shares.change(actor, "handbook", remove=[individual("ben")])

    assert await violations(app) == []


@pytest.mark.parametrize("later_clock", [TickingClock, ManualClock])
async def test_versions_are_unique_and_grow_after_a_restart_with_the_clock_set_back(
    tmp_path: Path, later_clock: type[ManualClock]
) -> None:
    clock, config = TickingClock(), Config(data=tmp_path / "restarted")
    app = await build(config, clock=clock)
    actor = app.operator(TENANT)
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id=TENANT, name="Acme"))
    await _come_and_go(app, actor, 0)
    await app.close()

    later = await build(config, clock=later_clock(clock.now() + BACK))
    await _come_and_go(later, actor, 1)

    assert _only_grow(await _versions(later))
    assert await violations(later) == []
    await later.close()


async def test_versions_are_unique_and_grow_when_workers_take_turns_and_the_clock_is_set_back(
    app: App, actor: Actor, clock: ManualClock, tmp_path: Path
) -> None:
    other = await build(Config(data=tmp_path / "data"), clock=clock)

    for number in range(6):
        await _come_and_go((app, other)[number % 2], actor, number)
        clock.advance(BACK)

    assert _only_grow(await _versions(other))
    assert await violations(other) == []
    await other.close()


async def _come_and_go(app: App, actor: Actor, number: int) -> None:
    """A person, a group and a library that are changed; person and group are deleted again, under the same ids."""
    users, directory = app.accounts.users, app.accounts.directory
    await directory.create(actor, Group(group_id="readers", name="Readers"))
    await users.create(actor, NewUser(user_id="ann", name="Ann", groups=frozenset({"readers"})))
    await users.create(actor, NewUser(user_id=f"owner{number}", name="Owner"))
    own = NewLibrary(name="Own", library_id=f"own{number}", owner=f"owner{number}")
    await app.sharing.libraries.create(actor, own)
    await app.sharing.libraries.change(actor, own.library_id or "", LibraryChange(name="Mine"))
    await users.change(actor, "ann", UserChange(name="Anne"))
    await users.delete(actor, "ann")
    await directory.delete(actor, Principal(PrincipalKind.GROUP, "readers"))


def _only_grow(versions: dict[ItemKey, list[int]]) -> bool:
    return all(earlier < later for some in versions.values() for earlier, later in pairwise(some))


async def _versions(app: App) -> dict[ItemKey, list[int]]:
    """The versions of each logged item, in the order of the commits, and of each other item the one it has."""
    found: dict[ItemKey, list[int]] = defaultdict(list)
    position = "0"
    while True:
        batch = await app.table.driver.changes(position, limit=1_000)
        for change in batch.changes:
            found[change.key].append(change.version)
        if not batch.changes:
            return found
        position = batch.position
