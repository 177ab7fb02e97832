"""Why somebody reaches a resource, or why not, from the facts of one instant: the data, and their sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from entaku.core.languages import Language
from entaku.modules.accounts import Hierarchy, Principal, PrincipalKind, UserProfile, UserState
from entaku.modules.sharing.access.evaluation import Source
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.model import Permission, in_order
from entaku.modules.sharing.sentences import Reason, access_sentence, words_in
from entaku.modules.sharing.sentences.reasons import ExplainedSource, Explanation, SourceState, Verdict
from entaku.modules.sharing.shareable import kind_called


def explain(
    facts: Facts,
    person: UserProfile,
    *,
    now: datetime,
    with_near_miss: bool,
    language: Language = Language.ENGLISH,
) -> Explanation:
    """Why, or why not, about a resource that is there, be it in the bin."""
    thing = facts.thing
    assert thing is not None, "nobody is told about a resource that is not there"
    access = facts.access(now)
    winning = {source.principal for source in access.winning}
    lost: SourceState = "outranked" if access.is_any else "blocked"
    states: dict[Source, SourceState] = {}
    for source in facts.sources:
        states[source] = _state(source, "counts" if source.principal in winning else lost, now)
    for source in facts.stopping_above:
        states[source] = "only_itself"
    in_sight = sorted(states, key=lambda source: source.level)
    reason = Reason(
        verdict=_verdict(facts, person, states.values(), with_near_miss),
        policy=facts.policy,
        resource_state=thing.state,
        purge_at=None if thing.deletion is None else thing.deletion.purge_at,
        permissions=access.permissions,
        sources=tuple(_explained(facts.hierarchy, person, source, states[source]) for source in in_sight),
        withheld=_withheld(states),
    )
    words = words_in(language, {thing.resource.kind: kind_called(type(thing), language)})
    who = words.person(person.name, is_service=person.is_service)
    return Explanation(
        sentence=access_sentence(words, who, words.thing(thing.resource.kind, thing.name), reason),
        verdict=reason.verdict,
        policy=reason.policy,
        resource_state=reason.resource_state,
        purge_at=reason.purge_at,
        withheld=reason.withheld,
        sources=reason.sources,
    )


def _state(source: Source, live: SourceState, now: datetime) -> SourceState:
    """What becomes of a share that reaches the person; the one given if it is live."""
    if source.terms.has_ended(now):
        return "ended"
    return live if source.terms.is_live(now) else "not_started"


def _withheld(states: Mapping[Source, SourceState]) -> tuple[Permission, ...]:
    """What outranked shares grant and those that count do not."""
    granted = {
        state: frozenset[Permission]().union(*(s.terms.permissions for s, of in states.items() if of == state))
        for state in ("counts", "outranked")
    }
    return in_order(granted["outranked"] - granted["counts"])


def _explained(hierarchy: Hierarchy, person: UserProfile, source: Source, state: SourceState) -> ExplainedSource:
    terms, path, principal = source.terms, source.membership.path, source.principal
    return ExplainedSource(
        principal=principal,
        # The one individual whose shares reach a person is the person.
        name=person.name if principal.kind is PrincipalKind.INDIVIDUAL else hierarchy.name_of(principal),
        path=path,
        path_names=tuple(hierarchy.name_of(Principal(principal.kind, step)) for step in path),
        permissions=in_order(terms.permissions),
        state=state,
        starts_at=terms.starts_at,
        expires_at=terms.expires_at,
        granted_by=terms.granted_by,
        is_delegated=terms.is_delegated,
    )


def _verdict(facts: Facts, person: UserProfile, states: Iterable[SourceState], with_near_miss: bool) -> Verdict:
    found: set[SourceState] = set(states)
    is_active = person.state is UserState.ACTIVE
    if facts.thing is not None and not facts.thing.is_open:
        return "deleted"
    if is_active and facts.is_owner:
        return "owner"
    if is_active and "counts" in found:
        return "shared"
    if not with_near_miss:
        return "not_told"
    if not is_active:
        return "deactivated"
    if "not_started" in found:
        return "not_started"
    if "ended" in found:
        return "ended"
    return "only_itself" if "only_itself" in found else "not_shared"
