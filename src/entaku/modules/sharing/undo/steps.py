"""What it takes to undo a change of one resource: for each share what it was before the change, and what it was after.

Made of the audit records, which say both. A change that touched a share several times is one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from entaku.modules.accounts import Principal, parse_principal
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing.model import Terms


class ShareStep(msgspec.Struct, frozen=True):
    """One share to put back."""

    principal: Principal
    before: Terms | None
    """What it is to be; None for no share."""
    after: Terms | None
    """What the change made of it, which it still has to be."""
    changed_at: datetime
    """When the change first touched it: whoever came after that is somebody else."""


def steps_of(records: Iterable[AuditRecord]) -> tuple[ShareStep, ...]:
    """The steps of the records of one change of one resource, by principal."""
    steps: dict[Principal, ShareStep] = {}
    for record in sorted(records, key=lambda record: record.target_version):
        assert record.subject is not None, "a record of a share names its principal"
        principal = parse_principal(record.subject)
        first = steps.get(principal)
        steps[principal] = ShareStep(
            principal,
            before=terms_of(record.before) if first is None else first.before,
            after=terms_of(record.after),
            changed_at=record.recorded_at if first is None else first.changed_at,
        )
    return tuple(steps[principal] for principal in sorted(steps))


def terms_of(fields: dict[str, Any] | None) -> Terms | None:
    """The terms as a record has them."""
    return None if fields is None else msgspec.convert(fields, Terms)
