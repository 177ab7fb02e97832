"""What a change does to one person and one resource: access without and with it, at an instant and at all later ones.

Pure functions of values. Access itself is evaluated by `truth.Facts`, here as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from entaku.modules.accounts import Directory, Hierarchy, Membership, Principal, UserProfile
from entaku.modules.sharing.access.evaluation import Access, AccessType, Source, reaches
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.lifecycle import LEFT
from entaku.modules.sharing.model import Permission, Terms, in_order
from entaku.modules.sharing.shareable import Resource, Shareable

EffectKind = Literal["gains", "loses", "changed", "demoted", "same_again"]
"""`gains` and `loses`: access at all. `demoted`: less, although a share still grants it, which a nearer one outranks.
`changed`: any other difference. `same_again`: no difference from this instant on, after there was one."""

LATER_MAX = 50
"""Later instants that an answer lists."""
STEPS_MAX = LATER_MAX + 1
"""Of one pair: enough for every instant that can be among the first ones of all pairs."""


class Held(msgspec.Struct, frozen=True):
    """What somebody may do."""

    permissions: tuple[Permission, ...] = ()
    """In the order read, write, delete, share; empty for no access."""
    access_type: AccessType | None = None


class Step(msgspec.Struct, frozen=True):
    """What the change does to a pair from an instant on."""

    at: datetime
    kind: EffectKind
    before: Held
    """Without the change. Of what happens by itself: just before the instant."""
    after: Held
    """With it."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a change does to one person and one resource."""

    user_id: str
    user_name: str
    is_service: bool = False
    """A program, and no person."""
    resource: Resource
    resource_name: str
    steps: tuple[Step, ...]
    """In the order of their instants."""


def facts_of(
    thing: Shareable | None,
    profile: UserProfile | None,
    directory: Directory,
    hierarchy: Hierarchy,
    memberships: Sequence[Membership],
    shares: Mapping[Principal, Terms],
) -> Facts:
    """The facts about a pair from shares of the resource that have been read, or that a change would leave. The
    memberships are those of the profile in the hierarchy; `shares` may hold others than theirs."""
    bare = Facts(thing, profile, directory, hierarchy, ())
    if profile is None or bare.is_owner:
        return bare
    sources = [
        Source(membership, terms)
        for membership in memberships
        if (terms := shares.get(membership.principal)) is not None and reaches(membership, terms)
    ]
    return msgspec.structs.replace(bare, sources=tuple(sources))


def compared(before: Facts, after: Facts, at: datetime) -> tuple[Step, ...]:
    """What the change does at the instant, then at each later one at which that is something else because shares start
    or end; nothing for a pair that it does nothing to."""
    steps: list[Step] = []
    latest: tuple[Held, Held] | None = None
    for instant in _instants(before, after, at):
        without, with_it = before.access(instant), after.access(instant)
        now = held(without), held(with_it)
        kind = _kind(without, with_it, after, instant)
        was_different = latest is not None and latest[0] != latest[1]
        if now != latest and (kind is not None or was_different):
            steps.append(Step(instant, kind or "same_again", *now))
        latest = now
        if len(steps) == STEPS_MAX:
            break
    return tuple(steps)


def by_itself(facts: Facts, now: datetime, at: datetime) -> tuple[Step, ...]:
    """What happens until the instant without any change, and then at each later one, as shares start and end."""
    steps: list[Step] = []
    latest = facts.access(now)
    for instant in _instants(facts, facts, at):
        access = facts.access(instant)
        kind = _kind(latest, access, facts, instant)
        if kind is not None:
            steps.append(Step(instant, kind, held(latest), held(access)))
        latest = access
        if len(steps) == STEPS_MAX:
            break
    return tuple(steps)


def held(access: Access) -> Held:
    return Held(in_order(access.permissions), access.access_type)


def _instants(before: Facts, after: Facts, at: datetime) -> Iterator[datetime]:
    """The instant, then those of all starts and ends after it that decide without the change or with it."""
    yield at
    instants = {
        instant
        for facts in (before, after)
        for source in facts.sources
        for instant in (source.terms.starts_at, source.terms.expires_at)
        if instant is not None and instant > at
    }
    yield from sorted(instants)


def _kind(before: Access, after: Access, facts: Facts, at: datetime) -> EffectKind | None:
    """What the difference is called; None where there is none."""
    if held(before) == held(after):
        return None
    if not before.is_any:
        return "gains"
    if not after.is_any:
        return "loses"
    lost = before.permissions - after.permissions
    if facts.thing is None or not lost:
        return "changed"
    # What the state of the resource takes away, no nearer share does.
    possible = lost & LEFT[facts.thing.state]
    outranked = (s for s in facts.sources if s.terms.is_live(at) and s not in after.winning)
    return "demoted" if any(source.terms.permissions & possible for source in outranked) else "changed"
