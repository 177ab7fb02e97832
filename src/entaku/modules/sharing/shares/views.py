"""What goes over the wire about shares: of libraries, and, with `resource` in place of `library_id`, of other kinds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from entaku.core.errors import Invalid
from entaku.core.languages import Language
from entaku.core.limits import CURSOR_BYTES_MAX
from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind
from entaku.modules.sharing.model import SHARES_CHANGED_MAX, Permission, Share, in_order
from entaku.modules.sharing.sentences import NO_NAMES, KindNames, warning_sentence, words_in
from entaku.modules.sharing.sentences.reasons import ShareWarning
from entaku.modules.sharing.shareable import Resource
from entaku.modules.sharing.shares.change import Grant, ShareOutcome
from entaku.modules.sharing.shares.service import SharesPage
from entaku.modules.sharing.trail import REASON_LENGTH_MAX

Id = Annotated[str, msgspec.Meta(min_length=1, examples=["handbook"])]
Permissions = Annotated[
    frozenset[Permission],
    msgspec.Meta(min_length=1, description="`read` is part of every share.", examples=[["read", "write"]]),
]


class PrincipalBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to share with. The organisation needs no id."""

    kind: PrincipalKind
    id: Id | None = None

    def principal(self) -> Principal:
        """Raises Invalid where an id is missing."""
        if self.id is None and self.kind is not PrincipalKind.ORGANISATION:
            example = f'{{"kind": "{self.kind}", "id": "..."}}'
            raise Invalid(f"which {self.kind}? only the organisation needs no id; write {example}")
        return Principal(self.kind, self.id or ORGANISATION.id)


class GrantBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A share to add, or to change."""

    principal: PrincipalBody
    permissions: Permissions = frozenset({Permission.READ})
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    include_children: bool = True
    """Whether a share with a department reaches the departments below it."""

    def grant(self) -> Grant:
        return Grant(
            principal=self.principal.principal(),
            permissions=self.permissions,
            starts_at=self.starts_at,
            expires_at=self.expires_at,
            include_children=self.include_children,
        )


class SharesChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shares to add and to remove, in one transaction; at most 20 in all."""

    add: Annotated[tuple[GrantBody, ...], msgspec.Meta(max_length=SHARES_CHANGED_MAX)] = ()
    remove: Annotated[tuple[PrincipalBody, ...], msgspec.Meta(max_length=SHARES_CHANGED_MAX)] = ()
    preview: Annotated[str, msgspec.Meta(min_length=1, max_length=CURSOR_BYTES_MAX)] | None = None
    """The `token` of a preview of this very change: it is made only if it does exactly what was shown. It also stands
    for If-Match."""
    reason: Annotated[str, msgspec.Meta(max_length=REASON_LENGTH_MAX)] | None = None
    """For the audit trail."""

    def grants(self) -> tuple[Grant, ...]:
        return tuple(grant.grant() for grant in self.add)

    def principals(self) -> tuple[Principal, ...]:
        """Those with whom it is to be shared no more."""
        return tuple(principal.principal() for principal in self.remove)


class ShareView(msgspec.Struct, frozen=True, kw_only=True):
    """One share of a library."""

    principal: Principal
    name: str
    """What people call the principal."""
    permissions: tuple[Permission, ...]
    state: Literal["live", "not_started", "ended"]
    starts_at: datetime | None
    expires_at: datetime | None
    include_children: bool
    granted_by: str
    granted_at: datetime
    is_delegated: bool


class WarningView(ShareWarning, frozen=True, kw_only=True):
    """What somebody who shares may not have meant."""

    sentence: str
    """In the language that was asked for."""


class SharesView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a library's shares by kind of principal."""

    library_id: str
    version: int
    """Of the library: send it as If-Match to change what is here."""
    individuals: tuple[ShareView, ...]
    groups: tuple[ShareView, ...]
    roles: tuple[ShareView, ...]
    departments: tuple[ShareView, ...]
    organisation: tuple[ShareView, ...]
    next_cursor: str | None


class ResourceShares(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a resource's shares by kind of principal."""

    resource: Resource
    version: int
    """Of the resource: send it as If-Match to change what is here."""
    individuals: tuple[ShareView, ...]
    groups: tuple[ShareView, ...]
    roles: tuple[ShareView, ...]
    departments: tuple[ShareView, ...]
    organisation: tuple[ShareView, ...]
    next_cursor: str | None


class LibraryShareOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of a library's shares came to."""

    library_id: str
    version: int
    """Of the library, after the change."""
    added: tuple[Principal, ...]
    changed: tuple[Principal, ...]
    removed: tuple[Principal, ...]
    unchanged: tuple[Principal, ...]
    """Asked for, and so already."""
    warnings: tuple[WarningView, ...]
    """What the caller may not have meant, such as a share that lowers somebody."""
    change_id: str | None
    """By which it is undone, at /api/changes/{id}/undo; none where nothing was changed."""


class ResourceShareOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of a resource's shares came to."""

    resource: Resource
    version: int
    """Of the resource, after the change."""
    added: tuple[Principal, ...]
    changed: tuple[Principal, ...]
    removed: tuple[Principal, ...]
    unchanged: tuple[Principal, ...]
    """Asked for, and so already."""
    warnings: tuple[WarningView, ...]
    """What the caller may not have meant, such as a share that lowers somebody."""
    change_id: str | None
    """By which it is undone, at /api/changes/{id}/undo; none where nothing was changed."""


def shares_view(page: SharesPage) -> SharesView:
    """The shares of a library, grouped."""
    return SharesView(
        library_id=page.thing.resource.id,
        version=page.thing.version,
        next_cursor=page.shares.cursor,
        **_grouped(page),
    )


def resource_shares(page: SharesPage) -> ResourceShares:
    return ResourceShares(
        resource=page.thing.resource,
        version=page.thing.version,
        next_cursor=page.shares.cursor,
        **_grouped(page),
    )


def library_share_outcome(outcome: ShareOutcome, language: Language = Language.ENGLISH) -> LibraryShareOutcome:
    """What came of a library's shares, as it goes over the wire."""
    fields: dict[str, Any] = {**msgspec.structs.asdict(outcome), "warnings": warning_views(outcome, language)}
    return LibraryShareOutcome(library_id=fields.pop("resource").id, **fields)


def resource_share_outcome(
    outcome: ShareOutcome, language: Language, kinds: KindNames = NO_NAMES
) -> ResourceShareOutcome:
    fields: dict[str, Any] = {**msgspec.structs.asdict(outcome), "warnings": warning_views(outcome, language, kinds)}
    return ResourceShareOutcome(**fields)


def warning_views(outcome: ShareOutcome, language: Language, kinds: KindNames = NO_NAMES) -> tuple[WarningView, ...]:
    """The warnings of a change of shares, each with its sentence."""
    words, kind = words_in(language, kinds), outcome.resource.kind
    return tuple(
        WarningView(sentence=warning_sentence(words, kind, warning), **msgspec.structs.asdict(warning))
        for warning in outcome.warnings
    )


def _grouped(page: SharesPage) -> dict[str, tuple[ShareView, ...]]:
    """The shares of a page by kind of principal, under the names they have over the wire."""
    groups: dict[str, tuple[ShareView, ...]] = {}
    for kind in PrincipalKind:
        name = kind.value if kind is PrincipalKind.ORGANISATION else f"{kind.value}s"
        groups[name] = tuple(_share_view(share, page) for share in page.shares.items if share.principal.kind is kind)
    return groups


def _share_view(share: Share, page: SharesPage) -> ShareView:
    terms, now = share.terms, page.now
    return ShareView(
        principal=share.principal,
        name=page.name_of(share.principal),
        permissions=in_order(terms.permissions),
        state="ended" if terms.has_ended(now) else "live" if terms.is_live(now) else "not_started",
        starts_at=terms.starts_at,
        expires_at=terms.expires_at,
        include_children=terms.include_children,
        granted_by=terms.granted_by,
        granted_at=terms.granted_at,
        is_delegated=terms.is_delegated,
    )
