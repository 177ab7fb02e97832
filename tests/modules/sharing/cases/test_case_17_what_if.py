"""Case 17: what a preview says is the difference that is measured after the change is made, and at later instants.

Random organisations and changes of every kind: `test_preview_histories.py`.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import PreviewPage, SharesChange
from entaku.modules.sharing.model import library_resource
from tests.modules.sharing.cases.answers import may
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import grant

USERS = ["ann", "bob", "cara", "root"]
CHANGES = {
    "one is added": (["individual:bob", "read"], None),
    "one is added until noon": (["individual:bob", "read", "12:00"], None),
    "one is taken back": (None, "department:d1"),
    "one takes the place of another": (["group:g", "read delete", "12:00"], "department:d1"),
    "everybody is let in": (["organisation", "read delete"], None),
}


async def held(rows: RowWorld) -> dict[str, str]:
    return {user: await may(rows, user) for user in USERS}


def said(page: PreviewPage, instant: datetime, before: dict[str, str]) -> dict[str, str]:
    """What everybody holds at an instant by the preview, given what they hold before it."""
    found = dict(before)
    for effect in page.pairs.effects:
        for step in effect.steps:
            if step.at <= instant:
                permissions = " ".join(step.after.permissions)
                found[effect.user_id] = f"{step.after.access_type}: {permissions}" if permissions else ""
    return found


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_foreseen_is_what_then_is(rows: RowWorld, change: str) -> None:
    await rows.world.share("handbook", "department:d1", "read write")
    before, (added, removed) = await held(rows), CHANGES[change]
    terms = {"expires_at": rows.world.at(added[2])} if added and len(added) > 2 else {}
    add = (grant(added[0], added[1], **terms),) if added else ()
    remove = (parse_principal(removed),) if removed else ()

    asked = SharesChange(resource=library_resource("handbook"), add=add, remove=remove)
    page = await rows.world.sharing.previews.preview(rows.world.actor(), asked)
    untouched = await held(rows)
    await rows.world.sharing.shares.change(rows.world.actor(), "handbook", add=add, remove=remove)

    assert untouched == before
    for instant in ("09:30", "12:00"):
        rows.world.wait_until(instant)
        assert await held(rows) == said(page, rows.world.clock.now(), before)
