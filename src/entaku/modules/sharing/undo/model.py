"""What is remembered of a change of shares so that it can be undone.

CHANGE#{id}     / PART#LIBRARY#l#{version}      ChangePart: one transaction of the change

The audit records say what each share was; a part says which records they are. It is a base item of the same
transaction and no index: a part that is not found yet would make an undo that leaves something out.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime

import msgspec

from entaku.modules.accounts import Principal
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing.shareable import Resource, Shareable
from entaku.table import Entity, Transaction, access, key


class ChangePart(Entity, kind="CHANGE_PART"):
    """What one change did to the shares of one resource in one transaction."""

    change_id: str
    resource: Resource
    target_version: int
    """The version that the resource has since."""
    recorded_at: datetime
    thing_since: datetime
    """When the resource began: a later one of the same id is another."""
    record_ids: tuple[str, ...]
    undoes: str | None = None
    """The change that this one undoes."""

    @key("CHANGE#{change_id}", "PART#{resource.kind:upper}#{resource.id}#{target_version:w20}")
    def at(*, change_id: str, resource: Resource, target_version: int) -> None:
        "One part of a change."

    @access("CHANGE#{change_id}", "PART#")
    def of_change(*, change_id: str) -> None:
        "All parts of a change, by resource, in the order of its versions."

    @access("CHANGE#{change_id}", "PART#{resource.kind:upper}#{resource.id}#")
    def of_resource(*, change_id: str, resource: Resource) -> None:
        "The parts of a change that are about one resource, in the order of its versions."


def is_of(parts: Sequence[ChangePart], thing: Shareable) -> bool:
    """Whether the parts are of this very resource, not of one that had its id before."""
    return all(part.thing_since == thing.begun_at for part in parts)


class Origin(msgspec.Struct, frozen=True):
    """Which change something is a part of, and what led to it."""

    change_id: str
    cause: str | None = None
    """As in `request:ID`; of an undo `change:ID`."""

    @property
    def undoes(self) -> str | None:
        """The change that is undone, if that is what this is."""
        return undone_by(self.cause)


CAUSE = "change:"


def undone_by(cause: str | None) -> str | None:
    """The id of the change that a record with this cause undoes."""
    return cause.removeprefix(CAUSE) if cause is not None and cause.startswith(CAUSE) else None


def note_part(tx: Transaction, origin: Origin, thing: Shareable, records: Sequence[AuditRecord]) -> None:
    """Remembers what a transaction did to the shares of the resource, as it will be stored; one action."""
    tx.create(
        ChangePart(
            change_id=origin.change_id,
            resource=thing.resource,
            target_version=thing.version,
            recorded_at=tx.now,
            thing_since=thing.begun_at,
            record_ids=tuple(sorted(record.record_id for record in records)),
            undoes=origin.undoes,
        )
    )


class UndoState(enum.StrEnum):
    """What became of the shares of one resource."""

    UNDONE = "undone"
    WOULD_BE_UNDONE = "would_be_undone"
    """Of a trial."""
    UNDONE_BEFORE = "undone_before"
    """Somebody has undone it already; nothing was left to do."""
    REFUSED = "refused"
    """Something has happened since; nothing was written. Of more than 20 shares some may have been undone before."""


class LaterChange(msgspec.Struct, frozen=True, kw_only=True):
    """What has happened since, as the audit trail has it."""

    action: str
    actor: str
    recorded_at: datetime
    subject: str | None
    record_id: str
    change_id: str | None


class UndoneResource(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo came to for one resource."""

    resource: Resource
    state: UndoState
    version: int | None = None
    """Of the resource, afterwards; None where it was refused."""
    added: tuple[Principal, ...] = ()
    changed: tuple[Principal, ...] = ()
    removed: tuple[Principal, ...] = ()
    problem: str | None = None
    """Why it was refused, and the way out."""
    later: LaterChange | None = None
    """The later change that is in the way, where there is one."""


class UndoOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an undo came to: all resources of the change, or so many of them."""

    undoes: str
    change_id: str | None
    """The undo's own, by which it is undone; None where nothing was written."""
    resources: tuple[UndoneResource, ...]
    next_cursor: str | None = None
    """To go on with the other resources of the change; None when that were all."""


UNDO_ENTITIES = (ChangePart,)
