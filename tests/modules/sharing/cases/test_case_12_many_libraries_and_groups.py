"""Case 12: a list of many libraries is walked once, and a member of many groups is checked against all of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from entaku.main import App
from entaku.modules.accounts import individual, parse_principal
from entaku.modules.sharing import Library, ListRequest, Permission, Share, Terms
from entaku.modules.sharing.model import Ownership, PrincipalShare
from entaku.table import Transaction
from entaku.testing import ManualClock
from tests.modules.sharing.world import World

AT_ONCE = 30
"""Libraries written in one transaction, with what belongs to each."""


async def furnished(world: World, count: int) -> list[str]:
    """So many libraries that Bob reaches: owned, shared with him, with his group, or with everybody, by turns."""
    await world.group("g")
    await world.user("ann")
    await world.user("bob", groups="g")
    ids = [f"l{n:05}" for n in range(count)]
    table = world.app.table.for_tenant(world.tenant_id)
    for start in range(0, count, AT_ONCE):
        async with table.transaction() as tx:
            for n, library_id in enumerate(ids[start : start + AT_ONCE]):
                _write(world, tx, library_id, n % 4)
    return ids


def _write(world: World, tx: Transaction, library_id: str, way: int) -> None:
    """As the service writes them, without the trail."""
    owner = "bob" if way == 0 else "ann"
    library = Library(library_id=library_id, name=f"Library {library_id}", owner=owner)
    tx.create(library)
    if way == 0:
        tx.create(Ownership(owner=owner, resource=library.resource))
        return
    principal = (individual("bob"), parse_principal("group:g"), parse_principal("organisation"))[way - 1]
    terms = Terms(permissions=frozenset({Permission.READ}), granted_by="ann", granted_at=world.clock.now())
    tx.create(Share(resource=library.resource, principal=principal, terms=terms))
    tx.create(PrincipalShare(principal=principal, resource=library.resource, terms=terms))


async def walked_while_shares_come_and_go(
    world: World, ids: list[str], limit: int, q: str
) -> tuple[list[str], set[str]]:
    """Every page of Bob's list of these, and the libraries whose shares were touched between the pages."""
    found: list[str] = []
    touched: set[str] = set()
    passing = touchable(ids)
    request = ListRequest(limit=limit, sort="id", q=q)
    while True:
        page = await world.sharing.lists.of_user(world.actor("bob"), "bob", request)
        found += [row.library_id for row in page.libraries]
        if page.next_cursor is None:
            return found, touched
        request = msgspec.structs.replace(request, cursor=page.next_cursor)
        gone, back = next(passing), next(passing)
        touched |= {gone, back}
        await world.unshare(gone, "individual:bob")
        await world.unshare(back, "individual:bob")
        await world.share(back, "individual:bob")


def touchable(ids: list[str]) -> Iterator[str]:
    """Libraries that are shared with Bob himself: from the beginning and from the end, by turns."""
    own = [library_id for library_id in ids if int(library_id[1:]) % AT_ONCE % 4 == 1]
    while True:
        yield own.pop(0)
        yield own.pop()


# The long list is walked in three parts, because each of its pages is worked out from all 25,000.
PARTS = [pytest.param(25_000, 200, q, marks=pytest.mark.slow) for q in ("l0", "l1", "l2")]


@pytest.mark.parametrize(("count", "limit", "q"), [(240, 16, "l"), *PARTS])
async def test_many_libraries_are_walked_once_each(
    app: App, clock: ManualClock, count: int, limit: int, q: str
) -> None:
    world = await World(app, clock, "acme").create()
    part = [library_id for library_id in await furnished(world, count) if library_id.startswith(q)]

    found, touched = await walked_while_shares_come_and_go(world, part, limit, q)

    assert found == sorted(set(found))
    assert set(part) - set(found) <= touched < set(part)
    assert (await world.sharing.lists.of_user(world.actor("bob"), "bob", ListRequest(limit=1))).total > count * 0.9


@pytest.mark.parametrize("count", [20, 150])
async def test_a_member_of_many_groups_is_checked_against_all(app: App, clock: ManualClock, count: int) -> None:
    world = await World(app, clock, "acme").create()
    names = [f"g{n:03}" for n in range(count)]
    for name in names:
        await world.group(name)
    await world.user("ann", "bob")
    for start in range(0, count, 50):
        await world.change_user("bob", join=frozenset(names[start : start + 50]))
    for library, group in (("first", names[0]), ("middle", names[count // 2]), ("last", names[-1])):
        await world.library(library)
        await world.share(library, f"group:{group}", "read write")
    await world.library("none")

    assert [await world.may("bob", each) for each in ("first", "middle", "last", "none")] == ["read write"] * 3 + [""]
    assert list(await world.listed("bob")) == ["first", "last", "middle"]
