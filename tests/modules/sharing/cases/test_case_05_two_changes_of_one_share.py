"""Case 5: of two concurrent changes of one share one wins, and the other hears the current version."""

from __future__ import annotations

import asyncio

from entaku.core.errors import Conflict
from entaku.modules.sharing import ShareOutcome
from tests.modules.sharing.cases.answers import announced, may, trail
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import grant


async def test_one_wins_and_the_other_conflicts_with_the_current_version(rows: RowWorld) -> None:
    seen = (await rows.world.share("handbook", "group:g")).version
    await announced(rows)

    outcomes = await asyncio.gather(
        *(
            rows.world.sharing.shares.change(
                rows.world.actor(), "handbook", add=[grant("group:g", permissions)], expect=seen
            )
            for permissions in ("read write", "read delete")
        ),
        return_exceptions=True,
    )

    (lost,) = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, ShareOutcome)]
    assert lost.current_version == won.version == await rows.world.version("handbook")
    assert (await trail(rows)).count("share_changed") == 1
    permissions = (await may(rows, "bob")).removeprefix("group: ")
    assert await announced(rows) == [f"bob updated {permissions}"]
