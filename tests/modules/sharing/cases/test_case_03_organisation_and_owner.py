"""Case 3: a share with the organisation reaches every active user without rows; an owner is listed once."""

from __future__ import annotations

from tests.modules.sharing.cases.answers import NOTHING, may
from tests.modules.sharing.row_world import RowWorld


async def test_every_active_user_sees_what_the_organisation_shares(rows: RowWorld) -> None:
    await rows.world.user("newcomer", "gone")
    await rows.world.change_user("gone", is_active=False)

    await rows.world.share("handbook", "organisation")
    await rows.finish()

    assert [await may(rows, user) for user in ("bob", "cara", "newcomer")] == ["organisation: read"] * 3
    assert await may(rows, "gone") == NOTHING


async def test_the_organisation_makes_no_rows(rows: RowWorld) -> None:
    await rows.world.share("handbook", "organisation")
    await rows.finish()

    assert await rows.users_with_rows("handbook", ["bob", "cara", "root"]) == []


async def test_an_owner_in_a_shared_department_is_listed_once_with_everything(rows: RowWorld) -> None:
    await rows.world.change_user("ann", department="d1")

    await rows.world.share("handbook", "department:d1", "read")

    assert list(await rows.world.listed("ann")) == ["handbook"]
    assert await may(rows, "ann") == "owner: read write delete share"
