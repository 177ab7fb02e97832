"""A holder of `share` passes on what it has: no more, no longer, lowering nobody, touching nobody else's shares."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entaku.core.errors import Conflict, EntakuError, Forbidden
from entaku.main import App
from entaku.modules.accounts import SharingPolicy, parse_principal
from entaku.modules.sharing import Grant, Permission
from entaku.testing import ManualClock
from tests.modules.sharing.world import World, grant

pytestmark = pytest.mark.thorough

SETS = [
    frozenset({Permission.READ, *more})
    for size in range(4)
    for more in itertools.combinations([Permission.WRITE, Permission.DELETE, Permission.SHARE], size)
]
HOURS = [None, 1, 2, 3]
TARGETS = ["individual:bob", "group:staff", "role:clerk", "department:d1", "organisation"]


@pytest.fixture
async def delegated(either: World) -> World:
    """Ann owns a handbook; Dora is to pass it on; Bob is in the staff, a clerk, and in department D1."""
    return await furnished(either)


async def furnished(world: World) -> World:
    await world.group("staff")
    await world.role("clerk")
    await world.department("d1")
    await world.user("ann", "dora", "cara")
    await world.user("bob", groups="staff", role="clerk", department="d1")
    await world.library("handbook")
    return world


async def test_a_delegated_share_survives_the_loss_of_its_grantor(delegated: World) -> None:
    await delegated.share("handbook", "individual:dora", "read share")
    await delegated.share("handbook", "individual:bob", "read", by="dora")

    await delegated.unshare("handbook", "individual:dora")

    assert await delegated.may("bob", "handbook") == "read"


async def test_nobody_grants_for_longer_than_it_has(delegated: World) -> None:
    await delegated.share("handbook", "individual:dora", "read write share", until="12:00")

    with pytest.raises(Forbidden, match="12:00"):
        await delegated.share("handbook", "individual:bob", "read", by="dora")
    with pytest.raises(Forbidden, match="12:00"):
        await delegated.share("handbook", "individual:bob", "read", by="dora", until="12:00:00.001")
    await delegated.share("handbook", "individual:bob", "read", by="dora", until="12:00")

    assert await delegated.may("bob", "handbook") == "read"


async def test_a_nearer_share_to_come_bounds_what_is_granted(world: World) -> None:
    await furnished(world)
    await world.share("handbook", "organisation", "read write share")
    await world.share("handbook", "individual:dora", "read", since="12:00")

    with pytest.raises(Forbidden, match="12:00"):
        await world.share("handbook", "individual:bob", "read", by="dora")


async def test_only_the_grantor_and_managers_touch_a_share(delegated: World) -> None:
    await delegated.share("handbook", "individual:dora", "read share")
    await delegated.share("handbook", "individual:cara", "read share")
    await delegated.share("handbook", "group:staff", "read", by="cara")

    with pytest.raises(Forbidden, match="cara"):
        await delegated.unshare("handbook", "group:staff", by="dora")
    with pytest.raises(Forbidden, match="cara"):
        await delegated.share("handbook", "group:staff", "read share", by="dora")
    await delegated.unshare("handbook", "group:staff", by="cara")

    assert await delegated.may("bob", "handbook") == ""


async def test_who_was_the_owner_cannot_undo_what_outranks(delegated: World) -> None:
    await delegated.share("handbook", "department:d1", "read write")
    await delegated.share("handbook", "individual:bob", "read", by="ann")
    await delegated.change_library("handbook", owner="cara")
    await delegated.share("handbook", "individual:ann", "read share")

    with pytest.raises(Forbidden, match="managed"):
        await delegated.unshare("handbook", "individual:bob", by="ann")


async def test_the_same_share_of_somebody_else_is_no_change(delegated: World) -> None:
    await delegated.share("handbook", "individual:dora", "read share")
    await delegated.share("handbook", "group:staff", "read write")

    outcome = await delegated.share("handbook", "group:staff", "read write", by="dora")

    assert [str(principal) for principal in outcome.unchanged] == ["group:staff"]


async def test_an_owner_who_says_the_same_makes_the_share_their_own(delegated: World) -> None:
    await delegated.share("handbook", "organisation", "read write")
    await delegated.share("handbook", "individual:dora", "read share")
    await delegated.share("handbook", "individual:bob", "read", by="dora")

    outcome = await delegated.share("handbook", "individual:bob", "read", by="ann")

    answer = await delegated.access("bob", "handbook")
    assert [str(principal) for principal in outcome.changed] == ["individual:bob"]
    assert (answer.why.sources[0].granted_by, answer.why.sources[0].is_delegated) == ("ann", False)
    assert await delegated.may("bob", "handbook") == ("read write" if outcome.warnings == () else "read")


async def test_a_delegated_share_becomes_the_owners_at_a_version_they_have_seen(delegated: World) -> None:
    await delegated.share("handbook", "individual:dora", "read share")
    await delegated.share("handbook", "individual:bob", "read", by="dora")

    with pytest.raises(Conflict, match="passed on by 'dora'") as refusal:
        await delegated.sharing.shares.change(delegated.actor("ann"), "handbook", add=[grant("individual:bob")])

    assert refusal.value.current_version == await delegated.version("handbook")


async def test_who_comes_with_the_id_of_a_delegate_does_not_own_the_shares_of_that_one(delegated: World) -> None:
    await delegated.share("handbook", "individual:dora", "read share")
    await delegated.share("handbook", "individual:bob", "read", by="dora")
    await delegated.accounts.users.delete(delegated.actor(), "dora")
    delegated.clock.advance(timedelta(milliseconds=1))
    await delegated.user("dora")
    await delegated.share("handbook", "individual:dora", "read share")

    with pytest.raises(Forbidden, match="an earlier 'dora'"):
        await delegated.unshare("handbook", "individual:bob", by="dora")
    with pytest.raises(Forbidden, match="an earlier 'dora'"):
        await delegated.share("handbook", "individual:bob", "read share", by="dora")

    assert await delegated.may("bob", "handbook") == "read"


@pytest.mark.parametrize("policy", list(SharingPolicy))
@pytest.mark.parametrize("target", TARGETS)
async def test_every_set_is_granted_by_exactly_those_who_have_it(
    fair_app: App, clock: ManualClock, policy: SharingPolicy, target: str
) -> None:
    world = await furnished(await World(fair_app, clock, "acme").create(policy))
    for held, granted in itertools.product(SETS, SETS):
        await world.share("handbook", "individual:dora", " ".join(held))

        code = await refusal(world, Grant(principal=parse_principal(target), permissions=granted))

        may_grant = Permission.SHARE in held and granted <= held
        assert code == (None if may_grant else "forbidden"), (held, granted)
        if code is None:
            await world.unshare("handbook", target)


async def refusal(world: World, wanted: Grant) -> str | None:
    """What Dora hears when she grants that; None when it is done."""
    try:
        await world.sharing.shares.change(world.actor("dora"), "handbook", add=[wanted])
    except EntakuError as error:
        return error.code
    return None


hours = st.sampled_from(HOURS)
sets = st.sampled_from(SETS)
firm = st.lists(st.tuples(st.sampled_from(TARGETS), sets, hours), max_size=3, unique_by=lambda share: share[0])
held = st.lists(
    st.tuples(st.sampled_from(["individual:dora", "organisation", "role:clerk"]), sets, hours, hours),
    min_size=1,
    max_size=3,
    unique_by=lambda share: share[0],
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held, firm, st.lists(st.tuples(st.sampled_from(TARGETS), sets, hours, hours), max_size=4), st.booleans())
async def test_delegates_only_ever_add_and_only_what_they_have(
    fair_app: App,
    clock: ManualClock,
    held: list[tuple[str, frozenset[Permission], int | None, int | None]],
    firm: list[tuple[str, frozenset[Permission], int | None]],
    wanted: list[tuple[str, frozenset[Permission], int | None, int | None]],
    is_union: bool,
) -> None:
    policy = SharingPolicy.UNION if is_union else SharingPolicy.PRECEDENCE
    world = await furnished(await World(fair_app, clock, f"tenant-{next(NUMBERS)}").create(policy))
    await world.change_user("dora", role="clerk")
    instants = [clock.now() + timedelta(hours=n) for n in range(5)]
    later = {None: None, **dict(enumerate(instants))}
    for principal, permissions, end in firm:
        await world.share("handbook", principal, " ".join(permissions), expires_at=later[end])
    for principal, permissions, start, end in held:
        starts_at = None if start is None or (end is not None and start >= end) else later[start]
        await world.share("handbook", principal, " ".join(permissions), starts_at=starts_at, expires_at=later[end])
    before = await at_each(world, instants)

    for principal, permissions, start, end in wanted:
        add = grant(principal, " ".join(permissions), starts_at=later[start], expires_at=later[end])
        await refusal(world, add)

    after = await at_each(world, instants)
    for instant in instants:
        for user in ("bob", "cara"):
            gained = after[instant][user] - before[instant][user]
            assert before[instant][user] <= after[instant][user], "a delegate lowers nobody"
            assert gained <= before[instant]["dora"], "a delegate grants no more, and no longer, than it has"


NUMBERS = itertools.count()


async def at_each(world: World, instants: list[datetime]) -> dict[datetime, dict[str, set[str]]]:
    """What everybody may do at each instant; the clock is put back afterwards."""
    now, found = world.clock.now(), dict[datetime, dict[str, set[str]]]()
    for instant in instants:
        world.clock.set(instant)
        found[instant] = {user: set((await world.may(user, "handbook")).split()) for user in ("bob", "cara", "dora")}
    world.clock.set(now)
    return found
