"""Why somebody reaches a resource, or why not: as data, and as a sentence for a person.

The sentence says nothing that the data do not, and all its words stand in one `Wording`: one for each language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from entaku.modules.accounts import Hierarchy, Principal, PrincipalKind, SharingPolicy, UserProfile, UserState
from entaku.modules.sharing.evaluation import Source
from entaku.modules.sharing.model import ALL_PERMISSIONS, Permission, in_order
from entaku.modules.sharing.shareable import Shareable
from entaku.modules.sharing.truth import Facts

Verdict = Literal["owner", "shared", "not_told", "deactivated", "not_started", "ended", "only_itself", "not_shared"]
"""What the answer comes down to; `not_told`: no access, and why is for those who manage the resource."""
SourceState = Literal["counts", "outranked", "blocked", "not_started", "ended", "only_itself"]
"""`blocked`: it would let the person in, were the person not deactivated. `only_itself`: it is with a department above
the person's, and not for those below it."""


class ExplainedSource(msgspec.Struct, frozen=True, kw_only=True):
    """One share that reaches the person, and what becomes of it."""

    principal: Principal
    name: str
    path: tuple[str, ...]
    """From the group or department the person is directly in to the principal."""
    path_names: tuple[str, ...]
    """What people call these."""
    permissions: tuple[Permission, ...]
    state: SourceState
    starts_at: datetime | None
    expires_at: datetime | None
    granted_by: str
    is_delegated: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer in a sentence, and what it rests on."""

    sentence: str
    verdict: Verdict
    policy: SharingPolicy
    sources: tuple[ExplainedSource, ...] = ()
    """Nearest level first. Only those who manage the resource are told the near misses: what has not started, what has
    ended, and what stops above the person."""


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one language. Names in braces are filled in."""

    owner: str
    shared: str
    """`grants` are joined from `ways` and `terms`."""
    no_access: Mapping[Verdict, str]
    outranked_one: str
    outranked_many: str
    ways: Mapping[PrincipalKind, str]
    """How a share reaches the person who is the principal, or is directly in it."""
    nested_way: str
    """The same for a group or department around the one that the person is directly in."""
    inside: str
    """One more group or department around."""
    kinds: Mapping[str, str]
    """What kinds of resource are called; one that is left out, by its own name."""
    principals: Mapping[PrincipalKind, str]
    permissions: Mapping[Permission, str]
    everything: str
    until: str
    passed_on: str
    """For a delegated share."""
    time: str
    comma: str
    last_comma: str
    """Before the last of several."""
    semicolon: str


ENGLISH = Wording(
    owner="{who} owns {kind} {thing!r} and may do everything in it.",
    shared="{who} may {permissions} in {kind} {thing!r}: {grants}.",
    no_access={
        "not_told": "{who} has no access to {kind} {thing!r}.",
        "deactivated": "{who} has no access to {kind} {thing!r}: {who} is deactivated.",
        "not_started": "{who} has no access to {kind} {thing!r} yet: the share with {principal} ({permissions})"
        " starts at {at}.",
        "ended": "{who} has no access to {kind} {thing!r} any more: the share with {principal} ({permissions})"
        " ended at {at}.",
        "not_shared": "{who} has no access to {kind} {thing!r}: it is shared neither with {who} nor with anything"
        " that {who} belongs to.",
        "only_itself": "{who} has no access to {kind} {thing!r}: it is shared with {principal} itself only{terms},"
        " and {who} is in {nearest} below it.",
    },
    outranked_one=" The share with {principals} is farther away and does not count.",
    outranked_many=" The shares with {principals} are farther away and do not count.",
    ways={
        PrincipalKind.INDIVIDUAL: "it is shared with {who} personally{terms}",
        PrincipalKind.GROUP: "it is shared with {principal}{terms}, and {who} is in it",
        PrincipalKind.ROLE: "it is shared with {principal}{terms}, which is the role of {who}",
        PrincipalKind.DEPARTMENT: "it is shared with {principal}{terms}, and {who} is in it",
        PrincipalKind.ORGANISATION: "it is shared with {principal}{terms}",
    },
    nested_way="it is shared with {principal}{terms}, and {who} is in {nearest}{around}",
    inside=", inside {name!r}",
    kinds={},
    principals={
        PrincipalKind.INDIVIDUAL: "{who} personally",
        PrincipalKind.GROUP: "group {name!r}",
        PrincipalKind.ROLE: "role {name!r}",
        PrincipalKind.DEPARTMENT: "department {name!r}",
        PrincipalKind.ORGANISATION: "the organisation",
    },
    permissions={permission: permission.value for permission in Permission},
    everything="do everything",
    until="until {at}",
    passed_on="passed on by {grantor}",
    time="%Y-%m-%d %H:%M:%S UTC",
    comma=", ",
    last_comma=" and ",
    semicolon="; ",
)


def explain(
    facts: Facts, person: UserProfile, *, now: datetime, with_near_miss: bool, wording: Wording = ENGLISH
) -> Explanation:
    """Why, or why not, from the facts of one instant about a resource that is there."""
    access = facts.access(now)
    winning = {source.principal for source in access.winning}
    lost: SourceState = "outranked" if access.is_any else "blocked"
    states: dict[Source, SourceState] = {}
    for source in facts.sources:
        states[source] = _state(source, "counts" if source.principal in winning else lost, now)
    for source in facts.stopping_above:
        states[source] = "only_itself"
    in_sight = sorted(states, key=lambda source: source.level)
    sources = tuple(_explained(facts.hierarchy, person, source, states[source]) for source in in_sight)
    verdict = _verdict(facts, person, sources, with_near_miss)
    assert facts.thing is not None, "nobody is told about a resource that is not there"
    sentence = Sentence(person.name, facts.thing, wording).of(verdict, sources)
    return Explanation(sentence=sentence, verdict=verdict, policy=facts.policy, sources=sources)


def _state(source: Source, live: SourceState, now: datetime) -> SourceState:
    """What becomes of a share that reaches the person; the one given if it is live."""
    if source.terms.has_ended(now):
        return "ended"
    return live if source.terms.is_live(now) else "not_started"


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


def _verdict(facts: Facts, person: UserProfile, sources: Sequence[ExplainedSource], with_near_miss: bool) -> Verdict:
    is_active = person.state is UserState.ACTIVE
    if is_active and facts.is_owner:
        return "owner"
    if is_active and any(source.state == "counts" for source in sources):
        return "shared"
    if not with_near_miss:
        return "not_told"
    if not is_active:
        return "deactivated"
    states = {source.state for source in sources}
    if "not_started" in states:
        return "not_started"
    if "ended" in states:
        return "ended"
    return "only_itself" if "only_itself" in states else "not_shared"


class Sentence:
    """Puts an explanation about one person and one resource into words."""

    def __init__(self, who: str, thing: Shareable, wording: Wording) -> None:
        self._who, self._thing, self._wording = who, thing, wording

    def of(self, verdict: Verdict, sources: Sequence[ExplainedSource]) -> str:
        match verdict:
            case "owner":
                return self._filled(self._wording.owner)
            case "shared":
                return self._why(sources)
            case "not_started" | "ended":
                return self._near_miss(verdict, [source for source in sources if source.state == verdict])
            case "only_itself":
                return self._stop_above(next(source for source in sources if source.state == verdict))
            case _:
                return self._filled(self._wording.no_access[verdict])

    def _why(self, sources: Sequence[ExplainedSource]) -> str:
        counting = [source for source in sources if source.state == "counts"]
        granted = frozenset[Permission]().union(*(source.permissions for source in counting))
        may = self._wording.everything if granted == ALL_PERMISSIONS else self._listed(granted)
        grants = self._wording.semicolon.join(self._way(source) for source in counting)
        sentence = self._filled(self._wording.shared, permissions=may, grants=grants)
        outranked = [f"{self._named(s)}{self._terms(s)}" for s in sources if s.state == "outranked"]
        if outranked:
            template = self._wording.outranked_one if len(outranked) == 1 else self._wording.outranked_many
            sentence += self._filled(template, principals=self._joined(outranked))
        return sentence

    def _near_miss(self, verdict: Verdict, missed: Sequence[ExplainedSource]) -> str:
        """Of those to come the first, of those that are over the last."""
        instants = {source: source.starts_at if verdict == "not_started" else source.expires_at for source in missed}
        dated = sorted(((at, source) for source, at in instants.items() if at is not None), key=lambda pair: pair[0])
        at, nearest = dated[0] if verdict == "not_started" else dated[-1]
        return self._filled(
            self._wording.no_access[verdict],
            principal=self._named(nearest),
            permissions=self._listed(nearest.permissions),
            at=self._time(at),
        )

    def _stop_above(self, source: ExplainedSource) -> str:
        return self._filled(
            self._wording.no_access["only_itself"],
            principal=self._named(source),
            terms=self._terms(source),
            nearest=self._filled(self._wording.principals[source.principal.kind], name=source.path_names[0]),
        )

    def _way(self, source: ExplainedSource) -> str:
        """How a share reaches the person: directly, or through what stands around what the person is in."""
        principal, terms = self._named(source), self._terms(source)
        if len(source.path_names) < 2:
            return self._filled(self._wording.ways[source.principal.kind], principal=principal, terms=terms)
        nearest, *around = source.path_names
        return self._filled(
            self._wording.nested_way,
            principal=principal,
            terms=terms,
            nearest=self._filled(self._wording.principals[source.principal.kind], name=nearest),
            around="".join(self._filled(self._wording.inside, name=name) for name in around),
        )

    def _named(self, source: ExplainedSource) -> str:
        return self._filled(self._wording.principals[source.principal.kind], name=source.name)

    def _terms(self, source: ExplainedSource) -> str:
        """In brackets: what the share grants, until when, and who passed it on."""
        said = [self._listed(source.permissions)]
        if source.expires_at is not None:
            said.append(self._filled(self._wording.until, at=self._time(source.expires_at)))
        if source.is_delegated:
            said.append(self._filled(self._wording.passed_on, grantor=source.granted_by))
        return f" ({self._wording.comma.join(said)})"

    def _time(self, instant: datetime) -> str:
        return instant.astimezone(UTC).strftime(self._wording.time)

    def _listed(self, permissions: Sequence[Permission] | frozenset[Permission]) -> str:
        return self._joined([self._wording.permissions[each] for each in Permission if each in permissions])

    def _joined(self, words: Sequence[str]) -> str:
        return self._wording.last_comma.join(filter(None, (self._wording.comma.join(words[:-1]), words[-1])))

    def _filled(self, template: str, **values: str) -> str:
        kind = self._wording.kinds.get(self._thing.resource.kind, self._thing.resource.kind)
        return template.format(who=self._who, kind=kind, thing=self._thing.name, **values)
