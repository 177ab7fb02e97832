"""What goes over the wire about libraries and shares."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from entaku.core.errors import Invalid
from entaku.core.languages import Language
from entaku.core.limits import CURSOR_BYTES_MAX, DESCRIPTION_LENGTH_MAX
from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind
from entaku.modules.sharing.checks import CHECKS_MAX, AccessAnswer, Check
from entaku.modules.sharing.evaluation import AccessType
from entaku.modules.sharing.model import (
    SHARES_CHANGED_MAX,
    Library,
    Permission,
    Share,
    in_order,
)
from entaku.modules.sharing.reasons import Explanation, ShareWarning
from entaku.modules.sharing.sentences import warning_sentence, words_in
from entaku.modules.sharing.share_change import Grant, ShareOutcome
from entaku.modules.sharing.shareable import ResourceState
from entaku.modules.sharing.shares import SharesPage

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000, examples=["Marketing material"])]
Id = Annotated[str, msgspec.Meta(min_length=1, examples=["handbook"])]
Description = Annotated[str, msgspec.Meta(max_length=DESCRIPTION_LENGTH_MAX)]
Permissions = Annotated[
    frozenset[Permission],
    msgspec.Meta(min_length=1, description="`read` is part of every share.", examples=[["read", "write"]]),
]


class SharingSummary(msgspec.Struct, frozen=True):
    """How widely a library is shared."""

    is_shared: bool
    share_count: int
    share_types: tuple[str, ...]


class LibraryView(msgspec.Struct, frozen=True, kw_only=True):
    """A library. Its version is its ETag."""

    library_id: str
    name: str
    owner: str
    description: str
    is_discoverable: bool
    sharing_summary: SharingSummary
    state: ResourceState
    deleted_at: datetime | None
    purge_at: datetime | None
    """When what is in the bin is removed for good; until then it can be restored."""
    created_at: datetime
    updated_at: datetime
    version: int


class NewLibraryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A library to create. Without an id it gets one, without an owner it is the caller's."""

    name: Name
    library_id: Id | None = None
    owner: Id | None = None
    description: Description = ""
    is_discoverable: bool = False


class LibraryChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a library; what is left out stays. A new `owner` takes everything over."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    description: Description | msgspec.UnsetType = msgspec.UNSET
    is_discoverable: bool | msgspec.UnsetType = msgspec.UNSET
    owner: Id | msgspec.UnsetType = msgspec.UNSET
    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    """For the audit trail."""


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
    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    """For the audit trail."""


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


class LibraryAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do with a library, now."""

    library_id: str
    user_id: str
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share; empty for no access."""
    access_type: AccessType | None
    next_transition: datetime | None
    """When the answer may change by itself, because a share starts or ends. Who does not manage the library is told of
    ends only: what is to start is a near miss."""
    why: Explanation


class WarningView(ShareWarning, frozen=True, kw_only=True):
    """What somebody who shares may not have meant."""

    sentence: str
    """In the language that was asked for."""


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


class ChecksBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Questions to answer together."""

    checks: Annotated[
        tuple[Check, ...],
        msgspec.Meta(
            min_length=1,
            max_length=CHECKS_MAX,
            description="Each names a library by library_id, or a thing of any kind as resource.",
            examples=[[{"user_id": "hana.sato", "library_id": "handbook", "permission": "write"}]],
        ),
    ]


class ChecksView(msgspec.Struct, frozen=True, kw_only=True):
    """Yes or no for each question, in order."""

    results: tuple[bool, ...]


def library_view(library: Library) -> LibraryView:
    count = sum(library.share_counts.values())
    return LibraryView(
        library_id=library.library_id,
        name=library.name,
        owner=library.owner,
        description=library.description,
        is_discoverable=library.is_discoverable,
        sharing_summary=SharingSummary(count > 0, count, tuple(sorted(library.share_counts))),
        state=library.state,
        deleted_at=None if library.deletion is None else library.deletion.deleted_at,
        purge_at=None if library.deletion is None else library.deletion.purge_at,
        created_at=library.begun_at,
        updated_at=library.updated_at,
        version=library.version,
    )


def library_access(answer: AccessAnswer) -> LibraryAccess:
    """The answer about a library, as it goes over the wire."""
    return LibraryAccess(library_id=answer.resource.id, **_but_for_the_resource(answer))


def library_share_outcome(outcome: ShareOutcome, language: Language = Language.ENGLISH) -> LibraryShareOutcome:
    """What came of a library's shares, as it goes over the wire."""
    fields: dict[str, Any] = {**_but_for_the_resource(outcome), "warnings": warning_views(outcome, language)}
    return LibraryShareOutcome(library_id=outcome.resource.id, **fields)


def warning_views(outcome: ShareOutcome, language: Language) -> tuple[WarningView, ...]:
    """The warnings of a change of shares, each with its sentence."""
    words, kind = words_in(language), outcome.resource.kind
    return tuple(
        WarningView(sentence=warning_sentence(words, kind, warning), **msgspec.structs.asdict(warning))
        for warning in outcome.warnings
    )


def _but_for_the_resource(value: msgspec.Struct) -> dict[str, Any]:
    return {name: field for name, field in msgspec.structs.asdict(value).items() if name != "resource"}


def shares_view(page: SharesPage) -> SharesView:
    """The shares of a library, grouped."""
    return SharesView(
        library_id=page.thing.resource.id,
        version=page.thing.version,
        next_cursor=page.shares.cursor,
        **grouped_shares(page),
    )


def grouped_shares(page: SharesPage) -> dict[str, tuple[ShareView, ...]]:
    """The shares of a page by kind of principal, under the names they have over the wire."""
    groups: dict[str, tuple[ShareView, ...]] = {}
    for kind in PrincipalKind:
        name = kind.value if kind is PrincipalKind.ORGANISATION else f"{kind.value}s"
        groups[name] = tuple(_share_view(share, page) for share in page.shares.items if share.principal.kind is kind)
    return groups


def _share_view(share: Share, page: SharesPage) -> ShareView:
    terms, now = share.terms, page.now
    person = page.people.get(share.principal.id) if share.principal.kind is PrincipalKind.INDIVIDUAL else None
    return ShareView(
        principal=share.principal,
        name=person.name if person is not None else page.hierarchy.name_of(share.principal),
        permissions=in_order(terms.permissions),
        state="ended" if terms.has_ended(now) else "live" if terms.is_live(now) else "not_started",
        starts_at=terms.starts_at,
        expires_at=terms.expires_at,
        include_children=terms.include_children,
        granted_by=terms.granted_by,
        granted_at=terms.granted_at,
        is_delegated=terms.is_delegated,
    )
