"""What goes over the wire about all the work on a tenant."""

from __future__ import annotations

import msgspec

from entaku.modules.sharing.jobs.service import JobStatus
from entaku.modules.sharing.rows.progress import PendingChanges


class JobsView(msgspec.Struct, frozen=True, kw_only=True):
    """Every job of the tenant, by name, and what is worked on without anybody asking."""

    jobs: tuple[JobStatus, ...]
    pending: PendingChanges
