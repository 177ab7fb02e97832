"""Libraries that were stored when deleting was for good: what was deleted then is being removed, or gone."""

from __future__ import annotations

import enum

import msgspec
import pytest

from entaku.core.errors import Conflict, NotFound
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import Share, Terms
from entaku.modules.sharing.model import Ownership, Permission, PrincipalShare, library_resource
from entaku.table import Entity, Model, Table, access, key
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.world import World


class StateOf1(enum.StrEnum):
    ACTIVE = "active"
    DELETED = "deleted"


class LibraryOf1(Entity, kind="LIBRARY", changes=True):
    """As it was stored before."""

    library_id: str
    name: str
    owner: str
    description: str = ""
    is_discoverable: bool = False
    state: StateOf1 = StateOf1.ACTIVE
    share_counts: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    revision: int = 0

    @key("LIBRARY#{library_id}", "METADATA")
    def at(*, library_id: str) -> None:
        "One library."

    @access("LIBRARIES#{library_id:shard8}", "{name:fold}#{library_id}", index=1)
    def by_name() -> None:
        "All libraries of the tenant, by name."


BOB = parse_principal("individual:bob")


@pytest.fixture
async def old(world: World, driver: Driver, clock: ManualClock) -> World:
    """Ann's: one that is open, one that is gone, and one whose deletion was interrupted."""
    await world.user("ann", "bob")
    before = Table(driver, Model([LibraryOf1]), secret=b"cursors of tests only", clock=clock).for_tenant("acme")
    now = world.app.table.for_tenant("acme")
    terms = Terms(permissions=frozenset({Permission.READ}), granted_by="ann", granted_at=clock.now())
    for name, state, counts in (
        ("open", StateOf1.ACTIVE, {"individual": 1}),
        ("gone", StateOf1.DELETED, {}),
        ("half", StateOf1.DELETED, {"individual": 1}),
    ):
        library = LibraryOf1(library_id=name, name=name, owner="ann", state=state, share_counts=counts)
        await before.create(library)
        if counts:
            resource = library_resource(name)
            await now.create(Share(resource=resource, principal=BOB, terms=terms))
            await now.create(PrincipalShare(principal=BOB, resource=resource, terms=terms))
        if state is StateOf1.ACTIVE:
            await now.create(Ownership(owner="ann", resource=library_resource(name)))
    return world


async def test_what_is_open_is_open_and_can_be_archived_and_deleted(old: World) -> None:
    assert (list(await old.listed("bob")), list(await old.listed("ann"))) == (["open"], ["open"])

    await old.sharing.libraries.archive(old.actor("ann"), "open")
    await old.sharing.libraries.delete(old.actor("ann"), "open")
    await old.sharing.libraries.restore(old.actor("ann"), "open")

    assert (await old.may("ann", "open"), await old.may("bob", "open")) == ("read", "read")


async def test_what_was_deleted_is_in_no_bin(old: World) -> None:
    for name in ("gone", "half"):
        with pytest.raises(NotFound, match="there is no library"):
            await old.sharing.libraries.restore(old.actor("ann"), name)
    assert (await old.sharing.libraries.list(old.actor(), limit=10, state="deleted")).items == ()


async def test_the_id_of_what_is_gone_is_free(old: World) -> None:
    new = await old.library("gone", owner="bob")

    assert (new.owner, new.state, list(await old.listed("bob"))) == ("bob", "active", ["gone", "open"])


async def test_a_deletion_that_was_interrupted_then_is_finished_now(old: World) -> None:
    with pytest.raises(Conflict, match="taken"):
        await old.library("half")

    await old.sharing.libraries.purge(old.actor("ann"), "half")

    table = old.app.table.for_tenant("acme")
    assert (await table.list(Share.of_resource(resource=library_resource("half")))).items == ()
    assert (await old.library("half")).share_counts == {}
