"""Upkeep in one piece: what a serving process is given of it."""

from __future__ import annotations

from datetime import timedelta

from entaku.core.clock import Clock
from entaku.core.ids import Randomness
from entaku.modules.sharing.upkeep.needs import Needs, needs_of
from entaku.modules.sharing.upkeep.rounds import Rounds
from entaku.table import Table


class Upkeep:
    """Finds what there is to do in tenants."""

    def __init__(self, table: Table, clock: Clock, randomness: Randomness, *, ended_shares_kept: timedelta) -> None:
        """`ended_shares_kept`: for how long a share is kept that has ended."""
        self._table, self._clock, self._ended_shares_kept = table, clock, ended_shares_kept
        self.rounds = Rounds(table.platform, clock, randomness)

    async def needs(self, tenant_id: str) -> Needs:
        """What there is to do in a tenant. Three calls, the cheapest there are: they may miss what was written a moment
        ago."""
        table = self._table.for_tenant(tenant_id)
        return await needs_of(table, self._clock.now(), ended_shares_kept=self._ended_shares_kept)
