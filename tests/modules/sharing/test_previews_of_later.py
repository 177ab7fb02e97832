"""A preview of a later instant shows what the change does then, and is refused where the change will be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entaku.core.errors import Conflict
from entaku.modules.sharing import ResourceMove
from tests.modules.sharing.previewing import resource_of
from tests.modules.sharing.world import World

RESTORED = ResourceMove(resource=resource_of("l"), move="restore")
MS = timedelta(milliseconds=1)


async def test_a_restore_is_foreseen_until_the_bin_lets_go_and_refused_from_then_on(world: World) -> None:
    await world.user("ann")
    await world.library("l")
    deletion = (await world.sharing.libraries.delete(world.actor(), "l")).deletion
    assert deletion is not None
    previews = world.sharing.previews

    in_time = await previews.preview(world.actor("ann"), RESTORED, at=deletion.purge_at - MS)

    assert [effect.user_id for effect in in_time.pairs.effects] == ["ann"]
    with pytest.raises(Conflict, match="is removed for good by then"):
        await previews.preview(world.actor("ann"), RESTORED, at=deletion.purge_at)
