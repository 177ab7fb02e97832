"""Why somebody reaches a library, or why not: one sentence for a person, and the same as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from entaku.modules.accounts import Hierarchy, Principal, PrincipalKind, SharingPolicy, UserState
from entaku.modules.sharing.evaluation import Source
from entaku.modules.sharing.model import ALL_PERMISSIONS, LibraryState, Permission
from entaku.modules.sharing.truth import Facts

SourceState = Literal["counts", "outranked", "not_started", "ended"]


class ExplainedSource(msgspec.Struct, frozen=True, kw_only=True):
    """One share that reaches the person, and what becomes of it."""

    principal: Principal
    name: str
    path: tuple[str, ...]
    """From the group or department the person is directly in to the principal."""
    permissions: tuple[Permission, ...]
    state: SourceState
    starts_at: datetime | None
    expires_at: datetime | None
    granted_by: str
    is_delegated: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer in a sentence, and what it rests on."""

    sentence: str
    policy: SharingPolicy
    sources: tuple[ExplainedSource, ...] = ()
    """Nearest level first. Without access only those who manage the library are told the near misses."""


def explain(facts: Facts, user_id: str, *, now: datetime, with_near_miss: bool) -> Explanation:
    """Why, or why not, from the facts of one instant."""
    access = facts.access(now)
    who = facts.profile.name if facts.profile is not None else user_id
    library = facts.library
    what = f"library {library.name!r}" if library is not None else "the library"
    if access.access_type == "owner":
        return Explanation(sentence=f"{who} owns {what} and has every permission.", policy=facts.policy)
    winning = {source.principal for source in access.winning}
    sources = tuple(_explained(facts.hierarchy, source, winning, now) for source in facts.sources)
    if access.is_any:
        return Explanation(
            sentence=_why(facts, who, what, access.permissions, access.winning, sources, now),
            policy=facts.policy,
            sources=sources,
        )
    if not with_near_miss:
        return Explanation(sentence=f"{who} has no access to {what}.", policy=facts.policy)
    return Explanation(sentence=_why_not(facts, who, what, sources), policy=facts.policy, sources=sources)


def _explained(hierarchy: Hierarchy, source: Source, winning: set[Principal], now: datetime) -> ExplainedSource:
    terms = source.terms
    state: SourceState = "counts" if source.principal in winning else "outranked"
    if terms.has_ended(now):
        state = "ended"
    elif not terms.is_live(now):
        state = "not_started"
    return ExplainedSource(
        principal=source.principal,
        name=hierarchy.name_of(source.principal),
        path=source.membership.path,
        permissions=tuple(sorted(terms.permissions)),
        state=state,
        starts_at=terms.starts_at,
        expires_at=terms.expires_at,
        granted_by=terms.granted_by,
        is_delegated=terms.is_delegated,
    )


def _why(
    facts: Facts,
    who: str,
    what: str,
    permissions: frozenset[Permission],
    winning: Sequence[Source],
    sources: Sequence[ExplainedSource],
    now: datetime,
) -> str:
    grants = [f"{_way(facts.hierarchy, source)} ({_listed(source.terms.permissions)}{_until(source)})" for source in winning]
    sentence = f"{who} may {_listed(permissions)} in {what}, because {_joined(grants)}"
    outranked = [source for source in sources if source.state == "outranked"]
    if outranked:
        names = _joined([f"the share with {source.principal} ({_listed(source.permissions)})" for source in outranked])
        verb = "is farther away and does" if len(outranked) == 1 else "are farther away and do"
        sentence += f"; {names} {verb} not count"
    return sentence + "."


def _why_not(facts: Facts, who: str, what: str, sources: Sequence[ExplainedSource]) -> str:
    if facts.profile is None or facts.profile.state is UserState.DELETING:
        return f"{who} has no access to {what}: there is no such user."
    if facts.library is None or facts.library.state is not LibraryState.ACTIVE:
        return f"{who} has no access to {what}: there is no such library."
    if facts.profile.state is not UserState.ACTIVE:
        return f"{who} has no access to {what}: the user is deactivated."
    waiting = [source for source in sources if source.state == "not_started" and source.starts_at is not None]
    if waiting:
        first = min(waiting, key=lambda source: source.starts_at or datetime.max)
        return f"{who} has no access to {what} yet: the share with {first.principal} starts at {_time(first.starts_at)}."
    ended = [source for source in sources if source.state == "ended"]
    if ended:
        last = max(ended, key=lambda source: source.expires_at or datetime.min)
        return f"{who} has no access to {what} any more: the share with {last.principal} ended at {_time(last.expires_at)}."
    return f"{who} has no access to {what}: it is shared with nobody and nothing that {who} belongs to."


def _way(hierarchy: Hierarchy, source: Source) -> str:
    """How the person is the principal that it is shared with."""
    principal, path = source.principal, source.membership.path
    match principal.kind:
        case PrincipalKind.INDIVIDUAL:
            return "it is shared with them personally"
        case PrincipalKind.ORGANISATION:
            return "it is shared with the whole organisation"
        case PrincipalKind.ROLE:
            return f"it is shared with role {hierarchy.name_of(principal)!r}, which they have"
        case PrincipalKind.GROUP | PrincipalKind.DEPARTMENT:
            word = principal.kind.value
            names = [repr(hierarchy.name_of(Principal(principal.kind, step))) for step in path]
            if len(names) <= 1:
                return f"it is shared with {word} {names[0]}, which they are in"
            inside = "".join(f", which is part of {name}" for name in names[1:-1])
            return f"it is shared with {word} {names[-1]}, and they are in {names[0]}{inside}, which is part of it"


def _until(source: Source) -> str:
    return f", until {_time(source.terms.expires_at)}" if source.terms.expires_at is not None else ""


def _time(instant: datetime | None) -> str:
    return "" if instant is None else instant.strftime("%Y-%m-%d %H:%M UTC")


def _listed(permissions: Sequence[Permission] | frozenset[Permission]) -> str:
    order = [permission for permission in Permission if permission in permissions]
    return "do everything" if frozenset(order) == ALL_PERMISSIONS else _joined([p.value for p in order])


def _joined(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
