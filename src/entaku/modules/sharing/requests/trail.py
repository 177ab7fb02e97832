"""What the audit trail keeps of requests: in the trail of what they are about, with the request as the cause."""

from __future__ import annotations

from typing import Any

import msgspec

from entaku.core.context import Actor
from entaku.modules.accounts import individual
from entaku.modules.audit import Audit
from entaku.modules.sharing.requests.model import AccessRequest, Wanted
from entaku.modules.sharing.shareable import Shareable
from entaku.modules.sharing.trail import target_of
from entaku.table import Transaction

REQUEST = "request:"


def cause_of(request: AccessRequest) -> str:
    """What the records of whatever comes of the request say: among them that of the share."""
    return f"{REQUEST}{request.request_id}"


def note_request(
    audit: Audit,
    tx: Transaction,
    actor: Actor,
    action: str,
    thing: Shareable,
    request: AccessRequest,
    *,
    version: int | None = None,
    granted: Wanted | None = None,
    reason: str | None = None,
    change_id: str | None = None,
) -> None:
    """One record. A request is no version of the resource: it bears the one that the resource has. `granted` is what
    became of what was wanted."""
    wanted = _shown(request.wanted)
    is_new = action == "access_requested"
    audit.record(
        tx,
        actor,
        action,
        target_of(thing.resource),
        subject=str(individual(request.user_id)),
        before=None if is_new else wanted,
        after=wanted if is_new else _shown(granted),
        reason=reason,
        target_version=version or thing.version,
        change_id=change_id,
        cause=cause_of(request),
    )


def _shown(wanted: Wanted | None) -> dict[str, Any] | None:
    return None if wanted is None else msgspec.to_builtins(wanted, order="deterministic")
