"""Access requests in one piece: asked, read, decided."""

from __future__ import annotations

from entaku.core.clock import Clock
from entaku.modules.accounts import Hierarchies
from entaku.modules.audit import Audit
from entaku.modules.sharing.requests.asking import Asking
from entaku.modules.sharing.requests.deciding import Deciding
from entaku.modules.sharing.requests.reading import Reading
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import ResourceKinds
from entaku.table import Table


class AccessRequests:
    """Requests for resources of any kind."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        audit: Audit,
        clock: Clock,
        kinds: ResourceKinds,
        pendings: Pendings,
    ) -> None:
        self.asking = Asking(table, hierarchies, audit, kinds)
        self.reading = Reading(table, hierarchies, kinds, clock)
        self.deciding = Deciding(table, hierarchies, audit, kinds, pendings)
