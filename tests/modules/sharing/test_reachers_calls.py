"""How many calls of the table a page of those who reach a library takes where there are many: exactly, and no more for
one user more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entaku.core.config import Config
from entaku.main import build
from entaku.modules.accounts import ORGANISATION, Department, Member, Principal, PrincipalKind, UserProfile
from entaku.modules.sharing import ListRequest, Permission
from entaku.modules.sharing.model import library_resource
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.modules.sharing.reaching import asked
from tests.modules.sharing.world import World

PEOPLE = 620
DEPARTMENTS = 40
AT_ONCE = 20
"""Users written in one transaction, with what belongs to each."""


@pytest.fixture
def counting(bare_driver: Driver) -> CountingDriver:
    return CountingDriver(bare_driver)


@pytest.fixture
async def crowd(counting: CountingDriver, clock: ManualClock, tmp_path: Path) -> World:
    """620 people in 40 departments below one; the process knows the directory."""
    app = await build(Config(data=tmp_path / "data"), driver=counting, clock=clock)
    world = await World(app, clock, "acme").create()
    await world.department("top")
    ids = [f"d{n:02}" for n in range(DEPARTMENTS)]
    below = [Department(department_id=each, name=each, parent="top") for each in ids]
    await app.accounts.directory.put_many(world.actor(), below)
    table = app.table.for_tenant("acme")
    for start in range(0, PEOPLE, AT_ONCE):
        async with table.transaction() as tx:
            for n in range(start, start + AT_ONCE):
                user_id, department = f"u{n:03}", ids[n % DEPARTMENTS]
                tx.create(UserProfile(user_id=user_id, name=f"Name {PEOPLE - n}", department=department))
                for principal in (ORGANISATION, Principal(PrincipalKind.DEPARTMENT, department)):
                    tx.create(Member(principal=principal, user_id=user_id))
    await world.user("ann")
    for library, principal in (("all", "organisation"), ("tree", "department:top"), ("few", "department:d00")):
        await world.library(library)
        await world.share(library, principal)
    await app.accounts.directory.hierarchy(world.actor())
    return world


FIRST, NEXT, EXACT = {"limit": 20}, {"limit": 20, "cursor": "next"}, {"limit": 20, "exact_total": True}
PAGES: dict[str, tuple[str, dict[str, Any], dict[str, int]]] = {
    "few": ("few", FIRST, {"read": 2, "query": 2}),
    "few, by name": ("few", {**FIRST, "sort": "name"}, {"read": 2, "query": 2}),
    "everybody": ("all", FIRST, {"read": 2, "query": 4}),
    "everybody, the second page": ("all", NEXT, {"read": 2, "query": 2}),
    "everybody, by name": ("all", {**FIRST, "sort": "name"}, {"read": 8, "query": 5}),
    "everybody, counted": ("all", EXACT, {"read": 8, "query": 5}),
    "everybody who may write": ("all", {**FIRST, "permission": Permission.WRITE}, {"read": 8, "query": 5}),
    "a tree of departments": ("tree", FIRST, {"read": 2, "query": 2}),
    "a tree of departments, the second page": ("tree", NEXT, {"read": 2, "query": 2}),
}


@pytest.mark.parametrize(("library", "request_of", "calls"), PAGES.values(), ids=PAGES)
async def test_a_page_takes_so_many_calls(
    crowd: World, counting: CountingDriver, library: str, request_of: dict[str, Any], calls: dict[str, int]
) -> None:
    service, resource, actor = crowd.sharing.reachers, library_resource(library), crowd.actor("ann")
    if "cursor" in request_of:
        first = await service.of_resource(actor, resource, asked(**FIRST))
        request_of = {**request_of, "cursor": first.next_cursor}
    counting.start()

    await service.of_resource(actor, resource, asked(**request_of))

    readings = 1 if counting.snapshots else 2
    made = {name: count for name, count in counting.calls.items() if name != "begin_snapshot"}
    assert made == {name: count * readings for name, count in calls.items()}


@pytest.mark.parametrize(("users", "calls"), [(1, {"read": 2, "query": 1}), (100, {"read": 3, "query": 3})])
async def test_a_hundred_lists_take_about_as_many_calls_as_one(
    crowd: World, counting: CountingDriver, users: int, calls: dict[str, int]
) -> None:
    ids = [f"u{n:03}" for n in range(users)]
    counting.start()

    await crowd.sharing.many_lists.of_users(crowd.actor(), ids, ListRequest(limit=20))

    readings = 1 if counting.snapshots else 2
    made = {name: count for name, count in counting.calls.items() if name != "begin_snapshot"}
    assert made == {name: count * readings for name, count in calls.items()}
