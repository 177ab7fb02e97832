"""Receipts: what a transaction leaves behind that would otherwise leave nothing, so that a lost answer can be found."""

from __future__ import annotations

from datetime import datetime, timedelta

from entaku.core.limits import IDEMPOTENCY_KEPT_S
from entaku.table.entity import Entity, Scope
from entaku.table.patterns import key


class Receipt(Entity, kind="RECEIPT", expires="expires_at"):
    """Proof that a transaction which leaves no item behind was committed, should its answer be lost."""

    write_id: str
    expires_at: datetime

    @key("RECEIPT#{write_id}", "RECEIPT")
    def at(*, write_id: str) -> None:
        "The receipt of one transaction."


class PlatformReceipt(Entity, kind="PLATFORM_RECEIPT", scope="platform", expires="expires_at"):
    """The same, for the platform's own entities."""

    write_id: str
    expires_at: datetime

    @key("RECEIPT#{write_id}", "RECEIPT")
    def at(*, write_id: str) -> None:
        "The receipt of one transaction."


def receipt(scope: Scope, write_id: str, now: datetime) -> Entity:
    """The receipt of a transaction, to be created in it."""
    kind = Receipt if scope == "tenant" else PlatformReceipt
    return kind(write_id=write_id, expires_at=now + timedelta(seconds=IDEMPOTENCY_KEPT_S))
