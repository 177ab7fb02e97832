"""What goes over the wire about the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import check_id, shown
from entaku.modules.audit.model import AuditRecord, Target

_KIND_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz_")
KIND_LENGTH_MAX = 40


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One change: who did what to what, when, and under which request."""

    record_id: str
    recorded_at: datetime
    action: Annotated[str, msgspec.Meta(examples=["user_changed"])]
    actor: Annotated[str, msgspec.Meta(description="The user who did it.", examples=["hana.sato"])]
    actor_tenant: Annotated[
        str | None,
        msgspec.Meta(description="The tenant of that user, where it is another: that of an operator."),
    ]
    api_key: Annotated[
        str | None,
        msgspec.Meta(description="The id of the API key it was done with, where it was one."),
    ]
    target: Target
    target_version: Annotated[int, msgspec.Meta(description="The target's version with this change; 0 without one.")]
    subject: Annotated[
        str | None,
        msgspec.Meta(description="Whom or what else it concerns.", examples=["group:designers"]),
    ]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    request_id: Annotated[str, msgspec.Meta(description="The id that the answer to the request carried.")]
    change_id: Annotated[
        str | None,
        msgspec.Meta(description="The change that it is a part of, as /api/changes/{id}/undo takes it."),
    ]
    cause: Annotated[
        str | None,
        msgspec.Meta(description="What led to it: the request it answers, or the change it undoes."),
    ]


def audit_view(record: AuditRecord) -> AuditView:
    return AuditView(
        record_id=record.record_id,
        recorded_at=record.recorded_at,
        action=record.action,
        actor=record.actor,
        actor_tenant=record.actor_tenant,
        api_key=record.api_key,
        target=record.target,
        target_version=record.target_version,
        subject=record.subject,
        before=record.before,
        after=record.after,
        reason=record.reason,
        request_id=record.request_id,
        change_id=record.change_id,
        cause=record.cause,
    )


def parse_target(text: str) -> Target:
    """Reads `kind:id`, as in `user:hana.sato`. Raises Invalid with the way out."""
    kind, colon, target_id = text.partition(":")
    if not colon or not 0 < len(kind) <= KIND_LENGTH_MAX or not _KIND_LETTERS.issuperset(kind):
        message = f"{shown(text)} names no target: write KIND:ID, as in user:hana.sato or library:handbook"
        raise Invalid(message, flaws=(Flaw(message=message, path="target"),))
    return Target(kind, check_id(target_id, kind))
