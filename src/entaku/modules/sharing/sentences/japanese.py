"""Japanese: every word of it that sharing says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from entaku.modules.accounts import PrincipalKind
from entaku.modules.sharing.model import ALL_PERMISSIONS, Permission, in_order
from entaku.modules.sharing.sentences.reasons import ExplainedSource, NamedPrincipal, ShareWarning
from entaku.modules.sharing.sentences.vocabulary import NO_NAMES, KindNames, clock_time

_PERMISSIONS: Mapping[Permission, str] = {
    Permission.READ: "閲覧",
    Permission.WRITE: "編集",
    Permission.DELETE: "削除",
    Permission.SHARE: "共有",
}
_KINDS: Mapping[str, str] = {"library": "ライブラリ"}
_PRINCIPALS: Mapping[PrincipalKind, str] = {
    PrincipalKind.GROUP: "グループ",
    PrincipalKind.ROLE: "役職",
    PrincipalKind.DEPARTMENT: "部署",
}
_NEARER_FIRST = "より近い共有が優先されるため"


class Japanese:
    """In the polite form; people are さん, programs are not."""

    def __init__(self, kinds: KindNames = NO_NAMES) -> None:
        self._kinds = kinds

    def person(self, name: str, *, is_service: bool = False) -> str:
        return name if is_service else f"{name}さん"

    def thing(self, kind: str, name: str) -> str:
        return f"{self.kind(kind)}「{name}」"

    def kind(self, kind: str) -> str:
        return self._kinds.get(kind) or _KINDS.get(kind) or kind.replace("_", " ")

    def principal(self, kind: PrincipalKind, name: str) -> str:
        match kind:
            case PrincipalKind.INDIVIDUAL:
                return f"ユーザー「{name}」"
            case PrincipalKind.ORGANISATION:
                return "組織全体"
            case _:
                return f"{_PRINCIPALS[kind]}「{name}」"

    def permissions(self, permissions: Iterable[Permission]) -> str:
        return "・".join(_PERMISSIONS[permission] for permission in in_order(permissions))

    def instant(self, at: datetime) -> str:
        day = at.astimezone(UTC)
        return f"{day.year}年{day.month}月{day.day}日 {clock_time(at)}(UTC)"

    def listed(self, words: Sequence[str], *, others: int = 0) -> str:
        return "、".join(words) + (f"ほか{others}件" if others else "")

    def joined(self, sentences: Sequence[str]) -> str:
        return "".join(sentences)

    def owns(self, who: str, thing: str, permissions: frozenset[Permission]) -> str:
        if permissions == ALL_PERMISSIONS:
            return f"{who}は{thing}の所有者であり、すべての操作ができます。"
        return f"{who}は{thing}の所有者ですが、アーカイブされているため{self.permissions(permissions)}のみできます。"

    def may(self, who: str, thing: str, permissions: frozenset[Permission], ways: Sequence[str]) -> str:
        everything = permissions == ALL_PERMISSIONS
        may = "に対してすべての操作ができます" if everything else f"を{self.permissions(permissions)}できます"
        return f"{who}は{thing}{may}。{''.join(f'{way}。' for way in ways)}"

    def way(self, who: str, source: ExplainedSource) -> str:
        if source.principal.kind is PrincipalKind.INDIVIDUAL:
            return f"{who}個人{self._terms(source)}に共有されています"
        shared = f"{self._named(source)}に共有されて"
        if len(source.path_names) > 1:
            nearest = self.principal(source.principal.kind, source.path_names[0])
            around = "→".join(f"「{name}」" for name in source.path_names)
            path = f"(経路: {around})" if len(source.path_names) > 2 else ""
            return f"{shared}おり、{who}はその下の{nearest}に所属しています{path}"
        match source.principal.kind:
            case PrincipalKind.GROUP | PrincipalKind.DEPARTMENT:
                return f"{shared}おり、{who}はここに所属しています"
            case PrincipalKind.ROLE:
                return f"{shared}おり、これは{who}の役職です"
            case _:
                return f"{shared}います"

    def outranked(self, who: str, sources: Sequence[ExplainedSource], withheld: Sequence[Permission]) -> str:
        shares = f"{self.listed([self._named(source) for source in sources])}への共有は"
        rest = f"適用されず、{self.permissions(withheld)}はできません" if withheld else "適用されません"
        return f"{_NEARER_FIRST}、{shares}{rest}。"

    def is_archived(self, thing: str) -> str:
        return f"{thing}はアーカイブされているため、これ以外の操作は誰にもできません。"

    def is_deleted(self, thing: str, purge_at: datetime | None) -> str:
        until = "" if purge_at is None else f"{self.instant(purge_at)}までは復元できます。"
        return f"{thing}は削除されているため、誰もアクセスできません。{until}"

    def adds_up(self) -> str:
        return "このテナントでは、すべての区分の共有が合算されます。"

    def starts(self, source: ExplainedSource, at: datetime) -> str:
        return f"{self._named(source)}への共有は、{self.instant(at)}に開始します。"

    def ended(self, source: ExplainedSource, at: datetime) -> str:
        return f"{self._granted(source)}への共有は、{self.instant(at)}に終了しました。"

    def more_start(self, count: int) -> str:
        return f"ほかに{count}件の共有が後から開始します。"

    def more_ended(self, count: int) -> str:
        return f"ほかに{count}件の共有がそれ以前に終了しています。"

    def no_access(self, who: str, thing: str) -> str:
        return f"{who}は{thing}にアクセスできません。"

    def deactivated(self, who: str, thing: str) -> str:
        return f"{who}は無効化されているため、{thing}にアクセスできません。"

    def not_yet(self, who: str, thing: str, source: ExplainedSource, at: datetime) -> str:
        return f"{who}はまだ{thing}にアクセスできません。{self.starts(source, at)}"

    def no_more(self, who: str, thing: str, source: ExplainedSource, at: datetime) -> str:
        return f"{who}は{thing}にアクセスできなくなりました。{self.ended(source, at)}"

    def not_shared(self, who: str, thing: str) -> str:
        return f"{who}は{thing}にアクセスできません。{who}個人にも、{who}の所属先にも共有されていません。"

    def stops_above(self, who: str, thing: str, source: ExplainedSource) -> str:
        nearest = self.principal(source.principal.kind, source.path_names[0])
        why = f"{self._named(source)}への共有はその下の部署を対象としておらず、{who}は下の{nearest}に所属しています"
        return f"{who}は{thing}にアクセスできません。{why}。"

    def grants_nothing(self, warning: ShareWarning) -> str:
        return f"{self._of(warning.principal)}への共有はすでに終了しているため、何も許可されません。"

    def outranks(self, kind: str, warning: ShareWarning) -> str:
        any_of = "のいずれか" if len(warning.through) + warning.others > 1 else ""
        through = f"{self.listed(self._all_of(warning.through), others=warning.others)}{any_of}"
        belongs = "にも就いている人" if warning.principal.principal.kind is PrincipalKind.ROLE else "にも所属する人"
        return (
            f"{through}を通じて{self.kind(kind)}を利用し、{self._of(warning.principal)}{belongs}は、"
            f"{_NEARER_FIRST}、{self.permissions(warning.lost)}ができなくなります。"
        )

    def lowers(self, kind: str, warning: ShareWarning) -> str:
        through = self.listed(self._all_of(warning.through), others=warning.others)
        whom = warning.principal
        person = f"{self.person(whom.name, is_service=whom.is_service)}({whom.principal.id})"
        return (
            f"{person}は{through}を通じても{self.kind(kind)}を利用できますが、"
            f"{_NEARER_FIRST}、{self.permissions(warning.lost)}ができなくなります。"
        )

    def _named(self, source: ExplainedSource) -> str:
        return f"{self.principal(source.principal.kind, source.name)}{self._terms(source)}"

    def _terms(self, source: ExplainedSource) -> str:
        """In brackets: what the share grants, until when, and who passed it on."""
        said = [self.permissions(source.permissions)]
        if source.expires_at is not None:
            said.append(f"{self.instant(source.expires_at)}まで")
        if source.is_delegated:
            said.append(f"{source.granted_by}による再共有")
        return f"({'、'.join(said)})"

    def _granted(self, source: ExplainedSource) -> str:
        """With what the share granted alone."""
        return f"{self.principal(source.principal.kind, source.name)}({self.permissions(source.permissions)})"

    def _of(self, named: NamedPrincipal) -> str:
        return self.principal(named.principal.kind, named.name)

    def _all_of(self, named: Iterable[NamedPrincipal]) -> list[str]:
        return [self._of(each) for each in named]
