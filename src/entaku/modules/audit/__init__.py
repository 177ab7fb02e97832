"""The audit trail: one record for each change, in the transaction of the change, listed newest first by target.

    model      AuditRecord, Target
    service    Audit: record into a transaction, list
    routes     GET /api/audit
"""

from entaku.modules.audit.model import AuditRecord, Target
from entaku.modules.audit.service import Audit
from entaku.modules.audit.views import AuditView, audit_view

ENTITIES = (AuditRecord,)

__all__ = ["ENTITIES", "Audit", "AuditRecord", "AuditView", "Target", "audit_view"]
