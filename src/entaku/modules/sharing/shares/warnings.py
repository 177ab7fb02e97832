"""What somebody who shares a resource may not have meant: shares that lower people, or that have no effect.

Of a person it is known which other shares reach them, so they are named only if they do lose something. Of a group,
role or department it is not, so the warning is about whoever is both. What a warning says in words is made where it is
shown: `sentences`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from entaku.modules.accounts import Hierarchy, Principal, PrincipalKind, SharingPolicy, UserProfile
from entaku.modules.sharing.access.evaluation import LEVELS, Source, evaluate, reaches
from entaku.modules.sharing.access.rights import Standing
from entaku.modules.sharing.model import Permission, Share, in_order
from entaku.modules.sharing.sentences import NAMED_MAX
from entaku.modules.sharing.sentences.reasons import NamedPrincipal, ShareWarning
from entaku.modules.sharing.shareable import Shareable


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
) -> tuple[ShareWarning, ...]:
    """At most one about each share just written, given those that the resource had and keeps, and the people that it is
    newly shared with. Each names so few principals that a change with warnings is not longer than one without."""
    found: list[ShareWarning | None] = []
    for share in written:
        terms, hierarchy = share.terms, caller.facts.hierarchy
        person = people.get(share.principal.id) if share.principal.kind is PrincipalKind.INDIVIDUAL else None
        named = _named(share.principal, hierarchy)
        if person is not None:
            named = NamedPrincipal(share.principal, person.name, person.is_service)
        if terms.has_ended(now):
            found.append(ShareWarning(kind="ended", principal=named))
        elif _outranks(caller):
            at = now if terms.starts_at is None else max(now, terms.starts_at)
            if person is None:
                found.append(_whoever(share, named, kept, hierarchy, at))
            else:
                found.append(_person(person, share, named, kept, hierarchy, at))
    return tuple(warning for warning in found if warning is not None)


def _outranks(caller: Standing[Shareable]) -> bool:
    """Whether shares of the caller can lower anyone."""
    return caller.is_manager and caller.facts.policy is SharingPolicy.PRECEDENCE


def _whoever(
    share: Share, named: NamedPrincipal, kept: Sequence[Share], hierarchy: Hierarchy, at: datetime
) -> ShareWarning | None:
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
    through, others = _first([other.principal for other in farther], hierarchy)
    return ShareWarning(kind="outranks", principal=named, lost=in_order(lost), through=through, others=others)


def _person(
    person: UserProfile,
    share: Share,
    named: NamedPrincipal,
    kept: Sequence[Share],
    hierarchy: Hierarchy,
    at: datetime,
) -> ShareWarning | None:
    """About what the person has by the other shares, and not with this one."""
    memberships = {membership.principal: membership for membership in hierarchy.memberships(person)}
    sources = [
        Source(memberships[other.principal], other.terms)
        for other in kept
        if other.principal in memberships and reaches(memberships[other.principal], other.terms)
    ]
    own = Source(memberships[share.principal], share.terms)
    without = evaluate(sources, now=at, policy=SharingPolicy.PRECEDENCE)
    lost = without.permissions - evaluate([*sources, own], now=at, policy=SharingPolicy.PRECEDENCE).permissions
    if not lost:
        return None
    principals = [source.principal for source in without.winning if source.terms.permissions & lost]
    through, others = _first(principals, hierarchy)
    return ShareWarning(kind="lowers", principal=named, lost=in_order(lost), through=through, others=others)


def _first(principals: Sequence[Principal], hierarchy: Hierarchy) -> tuple[tuple[NamedPrincipal, ...], int]:
    """The first ones by name, the others by number."""
    named: Iterable[NamedPrincipal] = (_named(principal, hierarchy) for principal in principals[:NAMED_MAX])
    return tuple(named), max(0, len(principals) - NAMED_MAX)


def _named(principal: Principal, hierarchy: Hierarchy) -> NamedPrincipal:
    return NamedPrincipal(principal, hierarchy.name_of(principal))
