"""More of the kind: a change that is undone is as if it had not been made, and whoever was told is told again."""

from __future__ import annotations

import pytest

from entaku.core.errors import Conflict
from entaku.modules.accounts import parse_principal
from tests.modules.sharing.cases.answers import announced, may
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import grant


async def test_undone_before_anybody_looked_it_is_as_if_nothing_had_happened(rows: RowWorld) -> None:
    await rows.world.share("handbook", "department:d1", "read write")
    await announced(rows)
    before = await rows.world.listed("bob")

    made = await rows.world.sharing.shares.change(
        rows.world.actor(),
        "handbook",
        add=[grant("individual:bob", "read")],
        remove=[parse_principal("department:d1")],
    )
    assert made.change_id is not None
    await rows.world.sharing.undo.undo(rows.world.actor(), made.change_id)

    assert await rows.world.listed("bob") == before
    assert await announced(rows) == []


async def test_what_was_changed_again_since_is_not_undone(rows: RowWorld) -> None:
    made = await rows.world.share("handbook", "group:g", "read")
    await rows.world.share("handbook", "group:g", "read write")
    assert made.change_id is not None

    with pytest.raises(Conflict):
        await rows.world.sharing.undo.undo(rows.world.actor(), made.change_id)

    assert await may(rows, "bob") == "group: read write"
