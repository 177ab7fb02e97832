"""The round through all tenants: one process of all makes it, and not before a minute has passed since the last began.

UPKEEP / ROUND     UpkeepRound, of the platform

A lease decides who makes it. Who is killed on the way is followed by another one, from where it stopped; two at once
would only look twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from entaku.core.clock import Clock
from entaku.core.errors import Conflict
from entaku.core.ids import Randomness, new_id
from entaku.table import BoundTable, Entity, changed, key

ROUND_EVERY = timedelta(seconds=60)
LEASE = timedelta(seconds=60)
"""For so long after its last note a round is believed to go on."""


class UpkeepRound(Entity, kind="UPKEEP_ROUND", scope="platform"):
    """The round that is made through all tenants, or the last one."""

    begun_at: datetime
    position: str = ""
    """A cursor of the list of tenants; those before it were looked after."""
    runner: str = ""
    lease_until: datetime | None = None
    """None between two rounds."""

    @key("UPKEEP", "ROUND")
    def at() -> None:
        "The only one."


class Rounds:
    """Hands out the round."""

    def __init__(self, platform: BoundTable, clock: Clock, randomness: Randomness) -> None:
        self._platform, self._clock, self._randomness = platform, clock, randomness

    async def take(self) -> UpkeepRound | None:
        """The round, if it is this process that makes it now; one call where it is not."""
        now = self._clock.now()
        present = await self._platform.find(UpkeepRound.at())
        runner, lease_until = new_id(now, self._randomness), now + LEASE
        try:
            if present is None:
                return await self._platform.create(UpkeepRound(begun_at=now, runner=runner, lease_until=lease_until))
            if present.lease_until is not None:
                # Somebody makes it, or was killed on the way.
                if now < present.lease_until:
                    return None
                return await self._platform.replace(changed(present, runner=runner, lease_until=lease_until))
            if now < present.begun_at + ROUND_EVERY:
                return None
            begun = changed(present, begun_at=now, position="", runner=runner, lease_until=lease_until)
            return await self._platform.replace(begun)
        except Conflict:
            return None  # Another process was faster.

    async def go_on(self, round_: UpkeepRound, position: str) -> UpkeepRound:
        """Notes how far it has come, and renews the lease. Raises Conflict where another process has taken over."""
        lease_until = self._clock.now() + LEASE
        return await self._platform.replace(changed(round_, position=position, lease_until=lease_until))

    async def end(self, round_: UpkeepRound) -> None:
        """It is at its end. Raises as `go_on`."""
        await self._platform.replace(changed(round_, position="", runner="", lease_until=None))

    async def leave(self, round_: UpkeepRound) -> None:
        """It stops here, and another process may go on at once. Raises as `go_on`."""
        await self._platform.replace(changed(round_, runner="", lease_until=self._clock.now()))
