"""The audit trail: one record for each change, in the transaction of the change, listed newest first by target.

    model      AuditRecord, Target
    service    Audit: record into a transaction, list
    routes     GET /api/audit
"""

from entaku.modules.audit.model import AuditRecord, Target
from entaku.modules.audit.service import Audit

__all__ = ["Audit", "AuditRecord", "Target"]
