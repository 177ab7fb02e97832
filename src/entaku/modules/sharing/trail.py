"""What the audit trail keeps of resources and shares: what each was before a change, and what it is after."""

from __future__ import annotations

from typing import Any

import msgspec

from entaku.core.context import Actor
from entaku.modules.accounts import Principal
from entaku.modules.audit import Audit, AuditRecord, Target
from entaku.modules.sharing.model import Share
from entaku.modules.sharing.shareable import BOOKKEEPING, Resource, Shareable
from entaku.table import Page, Transaction
from entaku.table.entity import info_of

CREATED = "created"
REASON_LENGTH_MAX = 500
"""Characters of what somebody gives as the reason of a change, where it comes over the wire."""


def note_thing(
    audit: Audit,
    tx: Transaction,
    actor: Actor,
    what: str,
    before: Shareable | None,
    after: Shareable,
    reason: str | None = None,
) -> None:
    """The audit record of a resource, as `library_created`."""
    audit.record(
        tx,
        actor,
        f"{after.resource.kind}_{what}",
        target_of(after.resource),
        before=None if before is None else _shown_thing(before),
        after=_shown_thing(after),
        reason=reason,
        target_version=after.version,
    )


def note_share(
    audit: Audit,
    tx: Transaction,
    actor: Actor,
    thing: Shareable,
    principal: Principal,
    before: Share | None,
    after: Share | None,
    reason: str | None = None,
    change_id: str | None = None,
    cause: str | None = None,
) -> AuditRecord:
    """The audit record of one share, at the version that the resource has with the change."""
    return audit.record(
        tx,
        actor,
        "share_added" if before is None else "share_removed" if after is None else "share_changed",
        target_of(thing.resource),
        subject=str(principal),
        before=_shown_share(before),
        after=_shown_share(after),
        reason=reason,
        target_version=thing.version,
        change_id=change_id,
        cause=cause,
    )


def since_creation(kind: str, page: Page[AuditRecord]) -> Page[AuditRecord]:
    """The part of a page, newest first, that is about the present resource, not about one that had its id before."""
    for count, record in enumerate(page.items, 1):
        if record.action == f"{kind}_{CREATED}":
            return Page(page.items[:count], None)
    return page


def target_of(resource: Resource) -> Target:
    return Target(resource.kind, resource.id)


def _shown_thing(thing: Shareable) -> dict[str, Any]:
    hidden = BOOKKEEPING | info_of(type(thing)).key_roots
    names = (name for name in info_of(type(thing)).fields if name not in hidden)
    return {name: msgspec.to_builtins(getattr(thing, name), order="deterministic") for name in names}


def _shown_share(share: Share | None) -> dict[str, Any] | None:
    return None if share is None else msgspec.to_builtins(share.terms, order="deterministic")
