"""English: every word of it that sharing says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from entaku.modules.accounts import PrincipalKind
from entaku.modules.sharing.model import ALL_PERMISSIONS, Permission, in_order
from entaku.modules.sharing.sentences.reasons import ExplainedSource, NamedPrincipal, ShareWarning
from entaku.modules.sharing.sentences.vocabulary import NO_NAMES, KindNames, clock_time


class English:
    """Names are quoted, so that a sentence can be read aloud whatever people call their groups."""

    def __init__(self, kinds: KindNames = NO_NAMES) -> None:
        self._kinds = kinds

    def person(self, name: str, *, is_service: bool = False) -> str:
        return name

    def thing(self, kind: str, name: str) -> str:
        return f"{self.kind(kind)} {_quoted(name)}"

    def kind(self, kind: str) -> str:
        return self._kinds.get(kind) or kind.replace("_", " ")

    def principal(self, kind: PrincipalKind, name: str) -> str:
        match kind:
            case PrincipalKind.INDIVIDUAL:
                return f"{name} personally"
            case PrincipalKind.ORGANISATION:
                return "the organisation"
            case _:
                return f"{kind.value} {_quoted(name)}"

    def permissions(self, permissions: Iterable[Permission]) -> str:
        return self.listed([permission.value for permission in in_order(permissions)])

    def instant(self, at: datetime) -> str:
        return f"{at.astimezone(UTC):%Y-%m-%d} {clock_time(at)} UTC"

    def listed(self, words: Sequence[str], *, others: int = 0) -> str:
        if others:
            return f"{', '.join(words)} and {_counted(others, 'other')}"
        return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))

    def joined(self, sentences: Sequence[str]) -> str:
        return " ".join(sentences)

    def owns(self, who: str, thing: str, permissions: frozenset[Permission]) -> str:
        if permissions == ALL_PERMISSIONS:
            return f"{who} owns {thing} and may do everything in it."
        return f"{who} owns {thing}, but may only {self.permissions(permissions)} in it: it is archived."

    def may(self, who: str, thing: str, permissions: frozenset[Permission], ways: Sequence[str]) -> str:
        may = "do everything" if permissions == ALL_PERMISSIONS else self.permissions(permissions)
        return f"{who} may {may} in {thing}: {'; '.join(ways)}."

    def way(self, who: str, source: ExplainedSource) -> str:
        shared = f"it is shared with {self._named(source)}{self._terms(source)}"
        if len(source.path_names) > 1:
            nearest, *around = source.path_names
            inside = "".join(f", inside {_quoted(name)}" for name in around)
            return f"{shared}, and {who} is in {self.principal(source.principal.kind, nearest)}{inside}"
        match source.principal.kind:
            case PrincipalKind.GROUP | PrincipalKind.DEPARTMENT:
                return f"{shared}, and {who} is in it"
            case PrincipalKind.ROLE:
                return f"{shared}, which is the role of {who}"
            case _:
                return shared

    def outranked(self, who: str, sources: Sequence[ExplainedSource], withheld: Sequence[Permission]) -> str:
        named = self.listed([f"{self._named(source)}{self._terms(source)}" for source in sources])
        what = f"The shares with {named} are" if len(sources) > 1 else f"The share with {named} is"
        rest = "do not count" if len(sources) > 1 else "does not count"
        so = f", so {who} may not {' or '.join(in_order(withheld))}" if withheld else ""
        return f"{what} farther away and {rest}{so}."

    def is_archived(self, thing: str) -> str:
        return f"Nobody may do more in {thing}: it is archived."

    def is_deleted(self, thing: str, purge_at: datetime | None) -> str:
        until = "" if purge_at is None else f" and can be restored until {self.instant(purge_at)}"
        return f"Nobody has access to {thing}: it is deleted{until}."

    def adds_up(self) -> str:
        return "Shares of all levels add up in this tenant."

    def starts(self, source: ExplainedSource, at: datetime) -> str:
        return f"The share with {self._named(source)}{self._terms(source)} starts at {self.instant(at)}."

    def ended(self, source: ExplainedSource, at: datetime) -> str:
        return f"The share with {self._named(source)}{self._granted(source)} ended at {self.instant(at)}."

    def more_start(self, count: int) -> str:
        return f"{_counted(count, 'more share')} {'starts' if count == 1 else 'start'} later."

    def more_ended(self, count: int) -> str:
        return f"{_counted(count, 'more share')} ended earlier."

    def no_access(self, who: str, thing: str) -> str:
        return f"{who} has no access to {thing}."

    def deactivated(self, who: str, thing: str) -> str:
        return f"{who} has no access to {thing}: {who} is deactivated."

    def not_yet(self, who: str, thing: str, source: ExplainedSource, at: datetime) -> str:
        share = f"the share with {self._named(source)}{self._terms(source)}"
        return f"{who} has no access to {thing} yet: {share} starts at {self.instant(at)}."

    def no_more(self, who: str, thing: str, source: ExplainedSource, at: datetime) -> str:
        share = f"the share with {self._named(source)}{self._granted(source)}"
        return f"{who} has no access to {thing} any more: {share} ended at {self.instant(at)}."

    def not_shared(self, who: str, thing: str) -> str:
        return (
            f"{who} has no access to {thing}: it is shared neither with {who} nor with anything that {who} belongs to."
        )

    def stops_above(self, who: str, thing: str, source: ExplainedSource) -> str:
        shared = f"it is shared with {self._named(source)} itself only{self._terms(source)}"
        nearest = self.principal(source.principal.kind, source.path_names[0])
        return f"{who} has no access to {thing}: {shared}, and {who} is in {nearest} below it."

    def grants_nothing(self, warning: ShareWarning) -> str:
        return f"The share with {self._of(warning.principal)} has ended already and grants nothing."

    def outranks(self, kind: str, warning: ShareWarning) -> str:
        any_of = "any of " if len(warning.through) + warning.others > 1 else ""
        through = f"{any_of}{self.listed(self._all_of(warning.through), others=warning.others)}"
        too = f"has {self._of(warning.principal)}" if _is_role(warning) else f"is in {self._of(warning.principal)}"
        return (
            f"Whoever reaches the {self.kind(kind)} through {through} and {too} too will not have"
            f" {self.permissions(warning.lost)} any more: the nearer share decides."
        )

    def lowers(self, kind: str, warning: ShareWarning) -> str:
        through = self.listed(self._all_of(warning.through), others=warning.others)
        whom = warning.principal
        person = f"{self.person(whom.name, is_service=whom.is_service)} ({whom.principal.id})"
        return (
            f"{person} reaches the {self.kind(kind)} through {through} too and will not have"
            f" {self.permissions(warning.lost)} any more: the nearer share decides."
        )

    def _named(self, source: ExplainedSource) -> str:
        return self.principal(source.principal.kind, source.name)

    def _of(self, named: NamedPrincipal) -> str:
        return self.principal(named.principal.kind, named.name)

    def _all_of(self, named: Iterable[NamedPrincipal]) -> list[str]:
        return [self._of(each) for each in named]

    def _granted(self, source: ExplainedSource) -> str:
        return f" ({self.permissions(source.permissions)})"

    def _terms(self, source: ExplainedSource) -> str:
        """In brackets: what the share grants, until when, and who passed it on."""
        said = [self.permissions(source.permissions)]
        if source.expires_at is not None:
            said.append(f"until {self.instant(source.expires_at)}")
        if source.is_delegated:
            said.append(f"passed on by {source.granted_by}")
        return f" ({', '.join(said)})"


def _quoted(name: str) -> str:
    """In single quotes, or in double ones around a name that holds a single one."""
    return f'"{name}"' if "'" in name and '"' not in name else f"'{name}'"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is_role(warning: ShareWarning) -> bool:
    return warning.principal.principal.kind is PrincipalKind.ROLE
