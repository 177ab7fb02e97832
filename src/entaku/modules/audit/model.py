"""The audit record: who changed what, when, from what to what, and under which request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from entaku.table import Entity, access, key, upgrade


class Target(msgspec.Struct, frozen=True):
    """What a change was made to, as in `library:handbook`."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class AuditRecord(Entity, kind="AUDIT", schema=2):
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

    @key("AUDIT#{target}", "{recorded_at}#{target_version:w20}#{record_id}")
    def at(*, target: Target, recorded_at: datetime, target_version: int, record_id: str) -> None:
        "One record."

    @access("AUDIT#{target}", "")
    def of_target(*, target: Target) -> None:
        "All records of one target, oldest first."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """There were no API keys, and the tenant of an operator was not noted."""
        return fields
