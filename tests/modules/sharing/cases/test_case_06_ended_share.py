"""Case 6: an individual share has ended, and nobody has cleaned up yet."""

from __future__ import annotations

import pytest

from entaku.core.errors import NotFound
from tests.modules.sharing.cases.answers import NOTHING, may
from tests.modules.sharing.row_world import RowWorld


async def test_with_a_live_department_share_it_is_listed_by_the_department(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read delete", until="12:00")
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.finish()

    rows.world.wait_until("12:00")

    assert await may(rows, "bob") == "department: read write"


async def test_with_nothing_else_it_is_absent_denied_and_not_counted(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", until="12:00")
    await rows.finish()

    rows.world.wait_until("12:00")

    assert await may(rows, "bob") == NOTHING
    assert await rows.world.listed("bob") == {}
    with pytest.raises(NotFound):
        await rows.world.access("bob", "handbook", by="bob")
