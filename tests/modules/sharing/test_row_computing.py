"""A row by itself: with what is by reference it always says what the facts say, and announcements add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from entaku.modules.accounts import (
    ORGANISATION,
    Directory,
    Hierarchy,
    Membership,
    Principal,
    PrincipalKind,
    SharingPolicy,
    UserProfile,
    UserState,
    individual,
)
from entaku.modules.sharing import Library, Permission, ResourceState, Source, Terms, evaluate
from entaku.modules.sharing.access.truth import Facts, Pair
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.rows.computing import is_by_reference, notice_of, row_of, told_of
from entaku.modules.sharing.rows.model import AccessRow, Told

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
INSTANTS = [NOON + timedelta(hours=n) for n in range(-2, 3)]
PRINCIPALS = [
    individual("bob"),
    *(Principal(PrincipalKind.GROUP, each) for each in ("g1", "g2")),
    Principal(PrincipalKind.ROLE, "r"),
    Principal(PrincipalKind.DEPARTMENT, "d"),
    ORGANISATION,
]
PAIR = Pair("bob", library_resource("l"), Library.at(library_id="l"))

permissions = st.frozensets(st.sampled_from(list(Permission))).map(lambda some: some | {Permission.READ})
instants = st.none() | st.sampled_from(INSTANTS)
terms = st.builds(
    Terms,
    permissions=permissions,
    starts_at=instants,
    expires_at=instants,
    granted_by=st.just("ann"),
    granted_at=st.just(INSTANTS[0]),
    is_delegated=st.booleans(),
)
sources = st.dictionaries(st.sampled_from(PRINCIPALS), terms).map(
    lambda found: tuple(Source(Membership(p), found[p]) for p in PRINCIPALS if p in found)
)
modes = st.frozensets(st.sampled_from([p for p in PRINCIPALS if p.kind is not PrincipalKind.INDIVIDUAL]))


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    library = Library(
        library_id="l",
        name=draw(st.sampled_from(["Atlas", "Zebra"])),
        owner=draw(st.sampled_from(["ann", "ann", "ann", "bob"])),
        state=draw(st.sampled_from([ResourceState.ACTIVE, ResourceState.ACTIVE, ResourceState.DELETED])),
        taken_over_at=NOON,
    )
    state = draw(st.sampled_from([UserState.ACTIVE, UserState.ACTIVE, UserState.DEACTIVATED]))
    is_owner = library.owner == "bob"
    return Facts(
        draw(st.sampled_from([library, library, library, None])),
        draw(st.sampled_from([UserProfile(user_id="bob", name="Bob", state=state), None])),
        Directory(sharing_policy=draw(st.sampled_from(list(SharingPolicy)))),
        Hierarchy(1, [], [], []),
        () if is_owner else draw(sources),
    )


@given(facts(), modes, st.sampled_from(INSTANTS), st.sampled_from(INSTANTS))
def test_a_row_with_what_is_by_reference_says_what_the_facts_say_at_every_instant(
    found: Facts, by_reference: frozenset[Principal], written_at: datetime, read_at: datetime
) -> None:
    row = row_of(PAIR, found, by_reference, None, written_at)

    own = () if row is None else tuple(Source(Membership(s.principal), s.terms) for s in row.sources)
    referred = tuple(s for s in found.sources if is_by_reference(s.principal, by_reference))
    if found.profile is not None and found.profile.state is UserState.ACTIVE and found.thing is not None:
        if found.is_owner:
            assert (row is not None) == (found.thing.state is ResourceState.ACTIVE)
        elif found.thing.state is ResourceState.ACTIVE:
            together = evaluate([*own, *referred], now=read_at, policy=found.policy)
            assert told_of(together) == told_of(found.access(read_at))


@given(facts(), modes, st.sampled_from(INSTANTS))
def test_a_row_that_is_right_is_not_written_again(
    found: Facts, by_reference: frozenset[Principal], now: datetime
) -> None:
    row = row_of(PAIR, found, by_reference, None, now)

    assert row_of(PAIR, found, by_reference, row, now) is row


@given(st.lists(st.tuples(facts(), modes), min_size=1, max_size=6))
def test_announcements_add_up_to_what_is_true_and_none_says_nothing(
    history: list[tuple[Facts, frozenset[Principal]]],
) -> None:
    row: AccessRow | None = None
    told: Told | None = None
    for (found, by_reference), now in zip(history, INSTANTS * 2, strict=False):
        after = row_of(PAIR, found, by_reference, row, now)
        notice = notice_of(row, after) if after is not row else None
        if notice is not None:
            assert row is None or row.is_tombstone or notice.before == told
            assert notice.before != notice.after
            assert (notice.action == "added", notice.action == "removed") == (
                notice.before is None,
                notice.after is None,
            )
        if after is not None and after is not row:
            told = after.told
        if after is not None and not after.is_tombstone:
            assert told == (None if found.profile is None else told_of(found.access(now)))
        row = after


@given(st.lists(st.tuples(facts(), modes), min_size=1, max_size=6))
def test_a_row_is_never_just_gone(history: list[tuple[Facts, frozenset[Principal]]]) -> None:
    row: AccessRow | None = None
    for found, by_reference in history:
        after = row_of(PAIR, found, by_reference, row, NOON)
        assert row is None or after is not None
        row = after
        if row is not None and row.is_tombstone:
            assert (row.sources, row.next_transition) == ((), None)
