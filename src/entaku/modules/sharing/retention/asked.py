"""What may be said with every change of a resource's state."""

from __future__ import annotations

from typing import TypedDict

from entaku.table import IdempotencyKey


class Asked(TypedDict, total=False):
    """All of it may be left out, or None."""

    expect: int | None
    """The version of the resource that was seen."""
    reason: str | None
    """For the audit trail."""
    idempotency: IdempotencyKey | None
