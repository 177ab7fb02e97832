"""What goes over the wire about libraries. Of other kinds of resource it is their module's affair."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from entaku.core.limits import DESCRIPTION_LENGTH_MAX
from entaku.modules.sharing.model import Library
from entaku.modules.sharing.shareable import ResourceState
from entaku.modules.sharing.trail import REASON_LENGTH_MAX

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000, examples=["Marketing material"])]
Id = Annotated[str, msgspec.Meta(min_length=1, examples=["handbook"])]
Description = Annotated[str, msgspec.Meta(max_length=DESCRIPTION_LENGTH_MAX)]


class SharingSummary(msgspec.Struct, frozen=True):
    """How widely a library is shared."""

    is_shared: bool
    share_count: int
    """Also those that are to start, and those that have ended and are still kept."""
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
    reason: Annotated[str, msgspec.Meta(max_length=REASON_LENGTH_MAX)] | None = None
    """For the audit trail."""


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
