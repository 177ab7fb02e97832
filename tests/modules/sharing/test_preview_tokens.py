"""The token of a preview is good for who could have made the preview: what others pass on does something else."""

from __future__ import annotations

import pytest

from entaku.core.errors import Forbidden
from entaku.modules.sharing import SharesChange
from tests.modules.sharing.previewing import resource_of
from tests.modules.sharing.world import World, grant


async def test_who_passes_access_on_cannot_make_a_change_as_the_owner_previewed_it(world: World) -> None:
    await world.department("d")
    await world.group("g")
    await world.user("ann", "cid")
    await world.user("bob", department="d", groups="g")
    await world.library("l")
    await world.share("l", "department:d", "read write")
    await world.share("l", "individual:cid", "read share")
    change = SharesChange(resource=resource_of("l"), add=(grant("group:g", "read"),))
    shown = await world.sharing.previews.preview(world.actor("ann"), change)
    assert [(effect.user_id, effect.steps[0].kind) for effect in shown.pairs.effects] == [("bob", "demoted")]

    with pytest.raises(Forbidden, match="for the owner of library 'l' and tenant administrators"):
        await world.sharing.shares.change(world.actor("cid"), "l", add=change.add, preview=shown.preview.token)

    assert await world.may("bob", "l") == "read write"
    await world.sharing.shares.change(world.actor("ann"), "l", add=change.add, preview=shown.preview.token)
    assert await world.may("bob", "l") == "read"
