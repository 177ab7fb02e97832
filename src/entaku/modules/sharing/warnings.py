"""What somebody who shares a resource may not have meant: shares that lower people, or that have no effect.

Of a person it is known which other shares reach them, so they are named only if they do lose something. Of a group,
role or department it is not, so the warning is about whoever is both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from entaku.modules.accounts import Hierarchy, Principal, PrincipalKind, SharingPolicy, UserProfile
from entaku.modules.sharing.evaluation import LEVELS, Source, evaluate, reaches
from entaku.modules.sharing.model import Permission, Share, in_order
from entaku.modules.sharing.rights import Standing
from entaku.modules.sharing.shareable import Shareable

NAMED_MAX = 3
"""Shares that one warning names; the others it counts. So a change with warnings is not longer than one without."""


def may_lower(written: Sequence[Share], caller: Standing[Shareable]) -> bool:
    """Whether the shares just written could outrank others of the resource: what the caller does must outrank at all,
    and there must be a share with a farther kind of principal."""
    if not written or not _outranks(caller):
        return False
    nearest = min(LEVELS[share.principal.kind] for share in written)
    return any(LEVELS[PrincipalKind(kind)] > nearest for kind in caller.thing.share_counts)


def warnings_of(
    written: Sequence[Share],
    kept: Sequence[Share],
    people: Mapping[str, UserProfile],
    caller: Standing[Shareable],
    now: datetime,
) -> tuple[str, ...]:
    """At most one sentence about each share just written, given those that the resource had and keeps, and the people
    that it is newly shared with."""
    found: list[str | None] = []
    for share in written:
        terms = share.terms
        if terms.has_ended(now):
            found.append(f"the share with {share.principal} has ended already and grants nothing")
        elif _outranks(caller):
            at = now if terms.starts_at is None else max(now, terms.starts_at)
            person = people.get(share.principal.id) if share.principal.kind is PrincipalKind.INDIVIDUAL else None
            hierarchy = caller.facts.hierarchy
            found.append(_whoever(share, kept, at) if person is None else _person(person, share, kept, hierarchy, at))
    return tuple(sentence for sentence in found if sentence is not None)


def _outranks(caller: Standing[Shareable]) -> bool:
    """Whether shares of the caller can lower anyone."""
    return caller.is_manager and caller.facts.policy is SharingPolicy.PRECEDENCE


def _whoever(share: Share, kept: Sequence[Share], at: datetime) -> str | None:
    """About the shares with farther principals that grant more."""
    farther = [
        other
        for other in kept
        if LEVELS[other.principal.kind] > LEVELS[share.principal.kind]
        and not other.terms.is_delegated
        and other.terms.is_live(at)
        and not other.terms.permissions <= share.terms.permissions
    ]
    if not farther:
        return None
    lost = frozenset[Permission]().union(*(other.terms.permissions for other in farther)) - share.terms.permissions
    any_of = "any of " if len(farther) > 1 else ""
    return (
        f"whoever reaches the {share.resource.kind} through {any_of}{_named(other.principal for other in farther)} and"
        f" is {share.principal} too will not have {_words(lost)} any more: the nearer share decides"
    )


def _person(person: UserProfile, share: Share, kept: Sequence[Share], hierarchy: Hierarchy, at: datetime) -> str | None:
    """About what the person has by the other shares, and not with this one."""
    memberships = {membership.principal: membership for membership in hierarchy.memberships(person)}
    others = [
        Source(memberships[other.principal], other.terms)
        for other in kept
        if other.principal in memberships and reaches(memberships[other.principal], other.terms)
    ]
    own = Source(memberships[share.principal], share.terms)
    without = evaluate(others, now=at, policy=SharingPolicy.PRECEDENCE)
    lost = without.permissions - evaluate([*others, own], now=at, policy=SharingPolicy.PRECEDENCE).permissions
    if not lost:
        return None
    through = _named(source.principal for source in without.winning if source.terms.permissions & lost)
    return (
        f"{person.name} ({person.user_id}) reaches the {share.resource.kind} through {through} too and will not have"
        f" {_words(lost)} any more: the nearer share decides"
    )


def _named(principals: Iterable[Principal]) -> str:
    """The first ones by name, the others by number."""
    names = [str(principal) for principal in principals]
    more = len(names) - NAMED_MAX
    if more > 0:
        return f"{', '.join(names[:NAMED_MAX])} and {more} other{'s' if more > 1 else ''}"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _words(permissions: Iterable[Permission]) -> str:
    return ", ".join(in_order(permissions))
