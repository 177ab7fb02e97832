"""What has happened to the shares of a change since, read off the audit trail from its end.

What was undone does not count, and neither does its undo: who undoes first the last change and then the one before it
gets on. So the trail is read backwards. A record that undoes another change takes that one out; what is left of the
records of a share is either the change itself, or stands in its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from entaku.core.errors import Internal
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing.lifecycle import PAST, Move
from entaku.modules.sharing.trail import CREATED
from entaku.modules.sharing.undo.model import LaterChange, undone_by
from entaku.modules.sharing.undo.steps import ShareStep


class Since(msgspec.Struct, frozen=True):
    """What became of the shares of a change."""

    left: tuple[ShareStep, ...]
    """What is still to be undone."""
    is_undone: bool
    """Some of it was undone before."""
    later: AuditRecord | None
    """The latest change in the way; None where there is none."""


def since(
    change_id: str, steps: Sequence[ShareStep], trail: Iterable[AuditRecord], first_version: int, kind: str
) -> Since:
    """What has happened to the steps of a change of one resource of this kind. `trail` is of the resource, from the
    version that the change made first. Nothing is undone of what was handed over or created since: another resource of
    the same id may have begun in the same millisecond, but versions never repeat."""
    endings = (f"{kind}_{PAST[Move.TRANSFER]}", f"{kind}_{CREATED}")
    newest_first = sorted(
        (record for record in trail if record.target_version >= first_version),
        key=lambda record: (record.target_version, record.recorded_at),
        reverse=True,
    )
    ended = (r for r in newest_first if r.action in endings and r.target_version > first_version)
    ending = next(ended, None)
    if ending is not None:
        return Since(tuple(steps), False, ending)
    by_subject: dict[str, list[AuditRecord]] = {}
    for record in newest_first:
        if record.subject is not None and record.action in SHARE_ACTIONS:
            by_subject.setdefault(record.subject, []).append(record)
    left: list[ShareStep] = []
    is_undone = False
    for step in steps:
        standing = _standing(change_id, by_subject.get(str(step.principal), []))
        if standing is None:
            is_undone = True
        elif standing.change_id != change_id:
            return Since(tuple(steps), False, standing)
        else:
            left.append(step)
    return Since(tuple(left), is_undone, None)


SHARE_ACTIONS = frozenset({"share_added", "share_changed", "share_removed"})


def _standing(change_id: str, newest_first: Sequence[AuditRecord]) -> AuditRecord | None:
    """The latest record of a share that was not undone; None where what was undone is the change itself."""
    undone: set[str] = set()
    for record in newest_first:
        if record.change_id is not None and record.change_id in undone:
            continue
        taken_back = undone_by(record.cause)
        if taken_back is None or record.change_id == change_id:
            return record
        if taken_back == change_id:
            return None
        undone.add(taken_back)
    raise Internal(f"the trail of change {change_id!r} has lost a record of it")


def shown(record: AuditRecord) -> LaterChange:
    """What is told of a record that is in the way."""
    return LaterChange(
        action=record.action,
        actor=record.actor,
        recorded_at=record.recorded_at,
        subject=record.subject,
        record_id=record.record_id,
        change_id=record.change_id,
    )
