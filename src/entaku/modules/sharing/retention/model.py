"""What is kept of the bin.

BIN         / LIBRARY#{purge_at}#l      BinEntry: written when l is deleted, removed when it is restored or purged
BIN_OF#u    / LIBRARY#{purge_at}#l      index 1: what u can restore; how much others have in the bin is not u's to know
"""

from __future__ import annotations

from datetime import datetime

from entaku.modules.sharing.shareable import Resource, Shareable
from entaku.table import Entity, Key, access, key

PURGE_JOB = "purge"
"""The job that removes for good what has been in the bin long enough."""


class BinEntry(Entity, kind="BIN_ENTRY"):
    """That a resource is in the bin, or that its removal has begun; a base item, because none may be kept for ever."""

    resource_kind: str
    resource_id: str
    name: str
    """Of the resource, which cannot be renamed meanwhile."""
    owner: str
    purge_at: datetime

    @key("BIN", "{resource_kind:upper}#{purge_at}#{resource_id}")
    def at(*, resource_kind: str, purge_at: datetime, resource_id: str) -> None:
        "One resource in the bin."

    @access("BIN", "{resource_kind:upper}#")
    def of_kind(*, resource_kind: str) -> None:
        "The resources of one kind that are in the bin, the first to be purged first."

    @access("BIN_OF#{owner}", "{resource_kind:upper}#{purge_at}#{resource_id}", index=1)
    def of_owner(*, owner: str, resource_kind: str) -> None:
        "What somebody owns of one kind in the bin, the first to be purged first."

    @property
    def resource(self) -> Resource:
        return Resource(self.resource_kind, self.resource_id)


def entry_at(thing: Shareable) -> Key[BinEntry] | None:
    """Where the entry of the resource is; None for one that was never in the bin."""
    deletion, resource = thing.deletion, thing.resource
    if deletion is None:
        return None
    return BinEntry.at(resource_kind=resource.kind, purge_at=deletion.purge_at, resource_id=resource.id)


def entry_of(thing: Shareable) -> BinEntry:
    """The entry of a resource that is in the bin from now on."""
    assert thing.deletion is not None, "what is in the bin knows until when"
    resource = thing.resource
    return BinEntry(
        resource_kind=resource.kind,
        resource_id=resource.id,
        name=thing.name,
        owner=thing.owner,
        purge_at=thing.deletion.purge_at,
    )
