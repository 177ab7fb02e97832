"""What goes over the wire about the state of a resource of any kind, and when it is handed over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import Resource, ResourceState, Shareable
from entaku.modules.sharing.trail import REASON_LENGTH_MAX


class ResourceStateView(msgspec.Struct, frozen=True, kw_only=True):
    """What every resource has. Its version is its ETag."""

    resource: Resource
    name: str
    owner: str
    state: ResourceState
    deleted_at: datetime | None
    purge_at: datetime | None
    """When what is in the bin is removed for good; until then it can be restored."""
    version: int


class TransferBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to hand something over to."""

    owner: Annotated[str, msgspec.Meta(min_length=1, examples=["hana.sato"])]
    """Takes over everything; a share of their own is absorbed."""
    keep: Annotated[
        frozenset[Permission],
        msgspec.Meta(
            description="What the old owner keeps, by a share; `read` is part of every one. By default nothing.",
            examples=[["read"]],
        ),
    ] = frozenset()
    reason: Annotated[str, msgspec.Meta(max_length=REASON_LENGTH_MAX)] | None = None
    """For the audit trail."""


def resource_state_view(thing: Shareable) -> ResourceStateView:
    deletion = thing.deletion
    return ResourceStateView(
        resource=thing.resource,
        name=thing.name,
        owner=thing.owner,
        state=thing.state,
        deleted_at=None if deletion is None else deletion.deleted_at,
        purge_at=None if deletion is None else deletion.purge_at,
        version=thing.version,
    )
