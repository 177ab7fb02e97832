"""The audit record: who changed what, when, from what to what, and under which request.

AUDIT#{target}              / {recorded_at}#{version}#{id}              AuditRecord
AUDIT_ACTOR#{actor}#s       / {recorded_at}#{version}#{id}#{target}     index 1: by who did it
AUDIT_DAY#{day}#s           / {recorded_at}#{version}#{id}#{target}     index 2: by the day, in UTC
BEGINNINGS#{kind}#s         / {target}#{recorded_at}#{version}#{id}     index 3: what came into being, by id

Who did much and what happened on a busy day are spread over shards: else one partition would take every write of an
import twice.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from entaku.table import Entity, access, key, upgrade


class Target(msgspec.Struct, frozen=True):
    """What a change was made to, as in `library:handbook`."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class AuditRecord(Entity, kind="AUDIT", schema=3):
    """Written in the same transaction as the change; never changed afterwards."""

    target: Target
    recorded_at: datetime
    record_id: str
    action: str
    """What was done, as in `share_added`."""
    actor: str
    """The user who did it."""
    actor_tenant: str | None = None
    """The tenant of that user, where it is another: an operator's, who may be called as somebody is here."""
    api_key: str | None = None
    """The id of the API key it was done with, where it was one."""
    subject: str | None = None
    """Whom or what it concerns beside the target, as in `group:designers`."""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reason: str | None = None
    request_id: str = ""
    target_version: int = 0
    """The version the target has with this change: it puts the changes of one millisecond in order."""
    change_id: str | None = None
    """What several records of one change have in common, and what undoes them together; None where nothing does."""
    cause: str | None = None
    """What led to it, as in `request:ID` or `change:ID` of the change that it undoes."""
    beginning_of: str | None = None
    """The kind of its target, if that came into being with this change. All that ever were are found by it."""

    @key("AUDIT#{target}", "{recorded_at}#{target_version:w20}#{record_id}")
    def at(*, target: Target, recorded_at: datetime, target_version: int, record_id: str) -> None:
        "One record."

    @access("AUDIT#{target}", "")
    def of_target(*, target: Target) -> None:
        "All records of one target, oldest first."

    @access(
        "AUDIT_ACTOR#{actor}#{record_id:shard4}", "{recorded_at}#{target_version:w20}#{record_id}#{target}", index=1
    )
    def of_actor(*, actor: str) -> None:
        "Everything that was done under one user id, oldest first; also by an operator of another tenant who has it."

    @access(
        "AUDIT_DAY#{recorded_at:day}#{record_id:shard8}",
        "{recorded_at}#{target_version:w20}#{record_id}#{target}",
        index=2,
    )
    def of_day(*, recorded_at: date) -> None:
        "Everything that was done on one day in UTC, oldest first."

    @access(
        "BEGINNINGS#{beginning_of}#{target.id:shard8}",
        "{target}#{recorded_at}#{target_version:w20}#{record_id}",
        index=3,
    )
    def of_beginnings(*, beginning_of: str) -> None:
        "The records with which the targets of one kind came into being, by id; several for an id that was used again."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """There were no API keys, and the tenant of an operator was not noted."""
        return fields

    @upgrade(2)
    @staticmethod
    def from_2(fields: dict[str, Any]) -> dict[str, Any]:
        """No record knew the others of its change, nor what led to it; beginnings were not told apart."""
        begins = fields.get("before") is None and fields.get("after") is not None and fields.get("subject") is None
        return {**fields, "beginning_of": fields["target"]["kind"] if begins else None}
