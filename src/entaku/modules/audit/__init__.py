"""The audit trail: one record for each change, in the transaction of the change, listed newest first: by target, by who
did it, by day.

Only what operators do to a tenant is in no reach of that transaction: its record follows, see `accounts.tenant_trail`.

model      AuditRecord, Target
periods    from when until when
service    Audit: record into a transaction, list
views      what goes over the wire
routes     GET /api/audit
"""

from typing import Any

from entaku.modules import Module
from entaku.modules.audit.model import AuditRecord, Target
from entaku.modules.audit.periods import Period
from entaku.modules.audit.service import Audit
from entaku.modules.audit.views import AuditView, audit_view, parse_target

ENTITIES = (AuditRecord,)


def http_routes() -> list[Any]:
    """The routes of the module. The web framework is loaded only when they are asked for."""
    from entaku.modules.audit.routes import ROUTES

    return [*ROUTES]


MODULE = Module(
    name="audit",
    entities=ENTITIES,
    service=lambda parts: Audit(parts.table, parts.randomness),
    routes=http_routes,
    tags=(("Audit", "What was done, by whom and when."),),
    examples={
        "record_id": "01kn52z8k6w3v9c1m7hq0r4txe",
        "change_id": "01kn52z8k6w3v9c1m7hq0r4txf",
        "cause": "request:01kn52z8k6w3v9c1m7hq0r4txg",
        "Target.id": "handbook",
        "Target.kind": "library",
    },
)


__all__ = [
    "ENTITIES",
    "MODULE",
    "Audit",
    "AuditRecord",
    "AuditView",
    "Period",
    "Target",
    "audit_view",
    "http_routes",
    "parse_target",
]
