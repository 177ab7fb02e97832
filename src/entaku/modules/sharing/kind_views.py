"""What goes over the wire about the shares of other kinds of resource than libraries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from entaku.core.languages import Language
from entaku.modules.accounts import Principal
from entaku.modules.sharing.evaluation import AccessType
from entaku.modules.sharing.lists import ReachedPage
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.share_change import ShareOutcome
from entaku.modules.sharing.shareable import Resource, ResourceState
from entaku.modules.sharing.shares import SharesPage
from entaku.modules.sharing.views import ShareView, WarningView, grouped_shares, warning_views


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


class ReachedResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource in somebody's list."""

    resource: Resource
    name: str | None
    """None, as are owner and grantor, where all shares have ended and who asks may not know of it any more."""
    owner: str | None
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share; empty for one whose shares have all ended."""
    access_type: AccessType
    granted_at: datetime
    """The earliest grant that counts; for an owner when the resource was created."""
    granted_by: str | None
    expires_at: datetime | None
    """When one of these permissions ends, as things stand now; past for one that has ended."""
    state: ResourceState | None
    """`archived` is only read; None where the name is."""


class ReachedResources(msgspec.Struct, frozen=True, kw_only=True):
    """One page of everything of one kind that a user reaches, in the order that was asked for."""

    user_id: str
    total: int
    """Of the whole list."""
    items: tuple[ReachedResource, ...]
    next_cursor: str | None


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


def resource_share_outcome(outcome: ShareOutcome, language: Language) -> ResourceShareOutcome:
    fields: dict[str, Any] = {**msgspec.structs.asdict(outcome), "warnings": warning_views(outcome, language)}
    return ResourceShareOutcome(**fields)


def resource_shares(page: SharesPage) -> ResourceShares:
    return ResourceShares(
        resource=page.thing.resource,
        version=page.thing.version,
        next_cursor=page.shares.cursor,
        **grouped_shares(page),
    )


def reached_resources(kind: str, page: ReachedPage) -> ReachedResources:
    rows = (msgspec.structs.asdict(row) for row in page.libraries)
    return ReachedResources(
        user_id=page.user_id,
        total=page.total,
        items=tuple(ReachedResource(resource=Resource(kind, row.pop("library_id")), **row) for row in rows),
        next_cursor=page.next_cursor,
    )
