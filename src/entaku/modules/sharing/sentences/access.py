"""The sentence about why somebody reaches a resource, or why not, from the data: what is said, in which order.

How it is said is each language's own: `AccessWords`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.sentences.reasons import ExplainedSource, Verdict
from entaku.modules.sharing.sentences.vocabulary import NAMED_MAX, Vocabulary
from entaku.modules.sharing.shareable import ResourceState


class AccessWords(Vocabulary, Protocol):
    """What one language says about one person (`who`) and one resource (`thing`), both in its own words already.

    Each answers whole sentences, except `way`, which is a clause of `may`.
    """

    def owns(self, who: str, thing: str, permissions: frozenset[Permission]) -> str:
        """That the person is the owner, who may do everything, but of what is archived less."""
        ...

    def may(self, who: str, thing: str, permissions: frozenset[Permission], ways: Sequence[str]) -> str:
        """What the person may do, and by which shares."""
        ...

    def way(self, who: str, source: ExplainedSource) -> str:
        """How a share reaches the person: by itself, or through what stands around what the person is in."""
        ...

    def outranked(self, who: str, sources: Sequence[ExplainedSource], withheld: Sequence[Permission]) -> str:
        """Which shares do not count because nearer ones do, and what the person may not do for that reason."""
        ...

    def is_archived(self, thing: str) -> str:
        """That nobody may do more than what was said, whatever the shares grant."""
        ...

    def is_deleted(self, thing: str, purge_at: datetime | None) -> str:
        """That nobody reaches the resource; until `purge_at` it can be restored, without one not any more."""
        ...

    def adds_up(self) -> str:
        """That shares of all levels count."""
        ...

    def starts(self, source: ExplainedSource, at: datetime) -> str: ...

    def ended(self, source: ExplainedSource, at: datetime) -> str: ...

    def more_start(self, count: int) -> str: ...

    def more_ended(self, count: int) -> str: ...

    def no_access(self, who: str, thing: str) -> str: ...

    def deactivated(self, who: str, thing: str) -> str: ...

    def not_yet(self, who: str, thing: str, source: ExplainedSource, at: datetime) -> str: ...

    def no_more(self, who: str, thing: str, source: ExplainedSource, at: datetime) -> str: ...

    def not_shared(self, who: str, thing: str) -> str: ...

    def stops_above(self, who: str, thing: str, source: ExplainedSource) -> str:
        """That it is shared with a department above the person's, and not for those below it."""
        ...

    def joined(self, sentences: Sequence[str]) -> str:
        """Whole sentences, one after another."""
        ...


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """What the sentence is to say."""

    verdict: Verdict
    policy: SharingPolicy
    resource_state: ResourceState
    purge_at: datetime | None
    permissions: frozenset[Permission]
    """What the person may do."""
    sources: tuple[ExplainedSource, ...]
    withheld: tuple[Permission, ...]


def access_sentence(words: AccessWords, who: str, thing: str, reason: Reason) -> str:
    """Every live source and the winning ones, or the nearest miss. `who` and `thing` are in the words already."""
    sources = reason.sources
    match reason.verdict:
        case "owner":
            return words.owns(who, thing, reason.permissions)
        case "shared":
            return words.joined(_reached(words, who, thing, reason))
        case "deleted":
            return words.is_deleted(thing, reason.purge_at)
        case "not_told":
            return words.no_access(who, thing)
        case "deactivated":
            return words.deactivated(who, thing)
        case "not_started":
            source, at = _to_come(sources)[0]
            return words.not_yet(who, thing, source, at)
        case "ended":
            source, at = _over(sources)[0]
            return words.no_more(who, thing, source, at)
        case "only_itself":
            return words.stops_above(who, thing, next(source for source in sources if source.state == "only_itself"))
        case "not_shared":
            return words.not_shared(who, thing)


def _reached(words: AccessWords, who: str, thing: str, reason: Reason) -> list[str]:
    counting = [source for source in reason.sources if source.state == "counts"]
    said = [words.may(who, thing, reason.permissions, [words.way(who, source) for source in counting])]
    if reason.resource_state is ResourceState.ARCHIVED:
        said.append(words.is_archived(thing))
    outranked = [source for source in reason.sources if source.state == "outranked"]
    if outranked:
        said.append(words.outranked(who, outranked, reason.withheld))
    if reason.policy is SharingPolicy.UNION and len({source.principal.kind for source in counting}) > 1:
        said.append(words.adds_up())
    to_come, over = _to_come(reason.sources), _over(reason.sources)
    said += [words.starts(source, at) for source, at in to_come[:NAMED_MAX]]
    if len(to_come) > NAMED_MAX:
        said.append(words.more_start(len(to_come) - NAMED_MAX))
    said += [words.ended(source, at) for source, at in over[:NAMED_MAX]]
    if len(over) > NAMED_MAX:
        said.append(words.more_ended(len(over) - NAMED_MAX))
    return said


def _to_come(sources: Sequence[ExplainedSource]) -> list[tuple[ExplainedSource, datetime]]:
    """What has not started, the first one first."""
    dated = [(s, s.starts_at) for s in sources if s.state == "not_started" and s.starts_at is not None]
    return sorted(dated, key=lambda pair: pair[1])


def _over(sources: Sequence[ExplainedSource]) -> list[tuple[ExplainedSource, datetime]]:
    """What has ended, the last one first."""
    dated = [(s, s.expires_at) for s in sources if s.state == "ended" and s.expires_at is not None]
    return sorted(dated, key=lambda pair: pair[1], reverse=True)
