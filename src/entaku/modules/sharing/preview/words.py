"""What is said of a preview, in each language: a sentence of every pair, and some of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from entaku.core.languages import Language
from entaku.modules.sharing.model import Permission, in_order
from entaku.modules.sharing.preview.comparing import Effect, Step
from entaku.modules.sharing.preview.tally import Counts
from entaku.modules.sharing.sentences import (
    NO_NAMES,
    English,
    Japanese,
    KindNames,
    Vocabulary,
    in_language,
)

Permissions = Sequence[Permission]


class PreviewWords(Vocabulary, Protocol):
    """One language. `since` is the instant from which on it is so; None for that of the change."""

    def gains(self, who: str, thing: str, permissions: Permissions, since: datetime | None) -> str: ...

    def loses(self, who: str, thing: str, since: datetime | None) -> str: ...

    def demoted(self, who: str, thing: str, lost: Permissions, gained: Permissions, since: datetime | None) -> str:
        """A nearer share decides."""
        ...

    def changed(self, who: str, thing: str, before: Permissions, after: Permissions, since: datetime | None) -> str: ...

    def other_way(self, who: str, thing: str, permissions: Permissions, since: datetime | None) -> str:
        """The same permissions, by a share of another level."""
        ...

    def same_again(self, who: str, thing: str, permissions: Permissions, since: datetime) -> str:
        """With the change as without it; no permissions for no access."""
        ...

    def among(self, counts: Counts, looked_at: int, *, is_of_one: bool) -> str:
        """Of all pairs together, at the instant of the change. `is_of_one`: they are all of one resource, so that each
        is another user."""
        ...

    def counted(self, counts: Counts, since: datetime, *, is_of_one: bool) -> str:
        """Of all pairs together, later."""
        ...

    def nothing(self) -> str:
        """Nobody can do more or less."""
        ...

    def goes_on(self, looked_at: int) -> str:
        """So many pairs were looked at, and there are more."""
        ...

    def released(self, count: int) -> str:
        """Shares that go with what is deleted."""
        ...


class EnglishPreview(English):
    """The words of English."""

    def gains(self, who: str, thing: str, permissions: Permissions, since: datetime | None) -> str:
        return f"{self._since(since)}{who} gains access to {thing}: {self.permissions(permissions)}."

    def loses(self, who: str, thing: str, since: datetime | None) -> str:
        return f"{self._since(since)}{who} loses access to {thing}."

    def demoted(self, who: str, thing: str, lost: Permissions, gained: Permissions, since: datetime | None) -> str:
        more = f" but gains {self.permissions(gained)}" if gained else ""
        return (
            f"{self._since(since)}{who} loses {self.permissions(lost)} in {thing}{more}: a nearer share decides, which"
            " grants less."
        )

    def changed(self, who: str, thing: str, before: Permissions, after: Permissions, since: datetime | None) -> str:
        may = f"may {self.permissions(after)} in {thing}, instead of {self.permissions(before)}"
        return f"{self._since(since)}{who} {may}."

    def other_way(self, who: str, thing: str, permissions: Permissions, since: datetime | None) -> str:
        return f"{self._since(since)}{who} may {self.permissions(permissions)} in {thing} as before, by another share."

    def same_again(self, who: str, thing: str, permissions: Permissions, since: datetime) -> str:
        may = f"may {self.permissions(permissions)} in {thing}" if permissions else f"has no access to {thing}"
        return f"{self._since(since)}{who} {may}, with the change or without."

    def among(self, counts: Counts, looked_at: int, *, is_of_one: bool) -> str:
        of_all = "user" if is_of_one else "pair of a user and a resource"
        if looked_at != 1:
            of_all = "users" if is_of_one else "pairs of a user and a resource"
        return f"Of {looked_at:,} {of_all}, {self._counts(counts)}."

    def counted(self, counts: Counts, since: datetime, *, is_of_one: bool) -> str:
        return f"{self._since(since)}{self._counts(counts)}."

    def _counts(self, counts: Counts) -> str:
        said = [
            f"{count:,} {one if count == 1 else many}"
            for count, one, many in (
                (counts.gains, "gains access", "gain access"),
                (counts.loses, "loses access", "lose access"),
                (counts.changed, "changes", "change"),
                (
                    counts.demoted,
                    "loses a permission to a nearer share",
                    "lose a permission to a nearer share",
                ),
                (counts.same_again, "is as without the change again", "are as without the change again"),
            )
            if count
        ]
        return self.listed(said)

    def nothing(self) -> str:
        return "Nobody can do more or less."

    def goes_on(self, looked_at: int) -> str:
        return f"{looked_at:,} pairs of a user and a resource were looked at so far; ask again to go on."

    def released(self, count: int) -> str:
        return f"{count} {'share goes' if count == 1 else 'shares go'} with it."

    def _since(self, since: datetime | None) -> str:
        return "" if since is None else f"From {self.instant(since)} on, "


class JapanesePreview(Japanese):
    """The words of Japanese."""

    def gains(self, who: str, thing: str, permissions: Permissions, since: datetime | None) -> str:
        return f"{self._since(since)}{who}は{thing}を{self.permissions(permissions)}できるようになります。"

    def loses(self, who: str, thing: str, since: datetime | None) -> str:
        return f"{self._since(since)}{who}は{thing}にアクセスできなくなります。"

    def demoted(self, who: str, thing: str, lost: Permissions, gained: Permissions, since: datetime | None) -> str:
        more = f"一方、{self.permissions(gained)}はできるようになります。" if gained else ""
        return (
            f"{self._since(since)}より近い共有が優先されるため、{who}は{thing}の{self.permissions(lost)}ができなくなります。"
            f"{more}"
        )

    def changed(self, who: str, thing: str, before: Permissions, after: Permissions, since: datetime | None) -> str:
        return (
            f"{self._since(since)}{who}が{thing}でできる操作は、{self.permissions(before)}から"
            f"{self.permissions(after)}に変わります。"
        )

    def other_way(self, who: str, thing: str, permissions: Permissions, since: datetime | None) -> str:
        may = f"{who}は{thing}をこれまでと同じく{self.permissions(permissions)}できますが"
        return f"{self._since(since)}{may}、根拠となる共有が変わります。"

    def same_again(self, who: str, thing: str, permissions: Permissions, since: datetime) -> str:
        may = f"を{self.permissions(permissions)}できます" if permissions else "にアクセスできません"
        return f"{self._since(since)}変更の有無にかかわらず、{who}は{thing}{may}。"

    def among(self, counts: Counts, looked_at: int, *, is_of_one: bool) -> str:
        of_all = f"ユーザー{looked_at:,}人" if is_of_one else f"ユーザーとリソースの組{looked_at:,}件"
        return f"対象となる{of_all}のうち、{self._counts(counts, is_of_one=is_of_one)}。"

    def counted(self, counts: Counts, since: datetime, *, is_of_one: bool) -> str:
        return f"{self._since(since)}{self._counts(counts, is_of_one=is_of_one)}。"

    def _counts(self, counts: Counts, *, is_of_one: bool) -> str:
        one, counter, there_are = ("人", "人", "います") if is_of_one else ("組", "件", "あります")
        said = [
            f"{what}{one}が{count:,}{counter}"
            for count, what in (
                (counts.gains, "アクセスできるようになる"),
                (counts.loses, "アクセスできなくなる"),
                (counts.changed, "できる操作や根拠が変わる"),
                (counts.demoted, "より近い共有により権限を失う"),
                (counts.same_again, "変更しない場合と同じに戻る"),
            )
            if count
        ]
        return f"{self.listed(said)}{there_are}"

    def nothing(self) -> str:
        return "できることが増える人も減る人もいません。"

    def goes_on(self, looked_at: int) -> str:
        return f"これまでにユーザーとリソースの組を{looked_at:,}件調べました。続けるにはもう一度要求してください。"

    def released(self, count: int) -> str:
        return f"これに伴い共有{count}件が解除されます。"

    def _since(self, since: datetime | None) -> str:
        return "" if since is None else f"{self.instant(since)}から、"


def preview_words(language: Language, kinds: KindNames = NO_NAMES) -> PreviewWords:
    """The words of a language; `kinds`: what it calls kinds of resource beside libraries."""
    words: PreviewWords = in_language(language, english=EnglishPreview(kinds), japanese=JapanesePreview(kinds))
    return words


def effect_sentence(words: PreviewWords, effect: Effect, step: Step, *, is_later: bool) -> str:
    """What becomes of a pair at one instant."""
    who, thing = (
        words.person(effect.user_name, is_service=effect.is_service),
        words.thing(effect.resource.kind, effect.resource_name),
    )
    since = step.at if is_later else None
    before, after = step.before.permissions, step.after.permissions
    match step.kind:
        case "gains":
            return words.gains(who, thing, after, since)
        case "loses":
            return words.loses(who, thing, since)
        case "demoted":
            lost, gained = in_order({*before} - {*after}), in_order({*after} - {*before})
            return words.demoted(who, thing, lost, gained, since)
        case "changed" if before == after:
            return words.other_way(who, thing, after, since)
        case "changed":
            return words.changed(who, thing, before, after, since)
        case "same_again":
            return words.same_again(who, thing, after, step.at)
