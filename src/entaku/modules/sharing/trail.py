"""What the audit trail keeps of libraries and shares: what each was before a change, and what it is after."""

from __future__ import annotations

from typing import Any

import msgspec

from entaku.core.context import Actor
from entaku.modules.accounts import Principal
from entaku.modules.audit import Audit, AuditRecord, Target
from entaku.modules.sharing.model import Library, Share
from entaku.table import Page, Transaction

CREATED = "library_created"


def note_library(
    audit: Audit,
    tx: Transaction,
    actor: Actor,
    action: str,
    before: Library | None,
    after: Library,
    reason: str | None = None,
) -> None:
    """The audit record of a library."""
    audit.record(
        tx,
        actor,
        action,
        Target("library", after.library_id),
        before=None if before is None else _shown_library(before),
        after=_shown_library(after),
        reason=reason,
        target_version=after.version,
    )


def note_share(
    audit: Audit,
    tx: Transaction,
    actor: Actor,
    library: Library,
    principal: Principal,
    before: Share | None,
    after: Share | None,
    reason: str | None = None,
) -> None:
    """The audit record of one share, at the version that the library has with the change."""
    audit.record(
        tx,
        actor,
        "share_added" if before is None else "share_removed" if after is None else "share_changed",
        Target("library", library.library_id),
        subject=str(principal),
        before=_shown_share(before),
        after=_shown_share(after),
        reason=reason,
        target_version=library.version,
    )


def since_creation(page: Page[AuditRecord]) -> Page[AuditRecord]:
    """The part of a page, newest first, that is about the present library, and not about one that had its id before."""
    for count, record in enumerate(page.items, 1):
        if record.action == CREATED:
            return Page(page.items[:count], None)
    return page


def _shown_library(library: Library) -> dict[str, Any]:
    names = ("name", "owner", "description", "is_discoverable", "state")
    return {name: msgspec.to_builtins(getattr(library, name)) for name in names}


def _shown_share(share: Share | None) -> dict[str, Any] | None:
    return None if share is None else msgspec.to_builtins(share.terms, order="deterministic")
