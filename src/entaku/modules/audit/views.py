"""What goes over the wire about audit records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from entaku.modules.audit.model import AuditRecord


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One change: who did what to what, and under which request."""

    record_id: str
    recorded_at: datetime
    action: str
    actor: str
    target: str
    """As in `library:handbook`."""
    subject: str | None
    """Whom it concerns beside the target, as in `group:designers`."""
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    request_id: str
    target_version: int


def audit_view(record: AuditRecord) -> AuditView:
    return AuditView(
        record_id=record.record_id,
        recorded_at=record.recorded_at,
        action=record.action,
        actor=record.actor,
        target=str(record.target),
        subject=record.subject,
        before=record.before,
        after=record.after,
        reason=record.reason,
        request_id=record.request_id,
        target_version=record.target_version,
    )
