"""The checks of rows see what they are for: rows that are wrong, and announcements that are lost or doubled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import App, build
from entaku.modules.accounts import UserChange, parse_principal
from entaku.modules.sharing import Grant, library_resource
from entaku.modules.sharing.rows.model import AccessRow
from entaku.table import changed
from tests.reliability.killed_sharing import TENANT, furnish, settle
from tests.reliability.row_violations import notice_violations, notices_since, row_violations
from tests.reliability.stored import Holding, holdings

PLACE = AccessRow.at(user_id="r1", resource=library_resource("l0"))


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """Library `l0` is shared with group `g1`, in which is `r1`."""
    await furnish(tmp_path / "data", 3)
    app = await build(Config(data=tmp_path / "data", rows_threshold=0))
    grant = Grant(principal=parse_principal("group:g1"))
    await app.sharing.shares.change(app.operator(TENANT), "l0", add=[grant])
    await settle(app)
    yield app
    await app.close()


async def holding(app: App) -> Holding:
    return (await holdings(app))[TENANT]


async def wrong(app: App) -> list[str]:
    return [*row_violations(await holding(app), app.clock.now())]


async def test_rows_that_say_what_the_shares_say_are_sound(app: App) -> None:
    assert await wrong(app) == []


async def test_a_row_that_is_missing_is_seen(app: App) -> None:
    table = app.table.for_tenant(TENANT)
    await table.delete(await table.get(PLACE))

    assert await wrong(app) == ["r1 reaches l0 and has no row"]


async def test_a_row_of_somebody_who_has_left_is_seen_and_so_is_what_is_pending(app: App) -> None:
    await app.accounts.users.change(app.operator(TENANT), "r1", UserChange(groups=frozenset()))

    pending, left = sorted(await wrong(app), key=len, reverse=True)

    assert "is still pending: user" in pending
    assert left == "r1 has a row of l0 still"


async def test_a_row_that_tells_something_else_is_seen(app: App) -> None:
    table = app.table.for_tenant(TENANT)
    await table.replace(changed(await table.get(PLACE), told=None))

    assert [sentence.partition(",")[0] for sentence in await wrong(app)] == ["r1 was told None of l0"]


async def test_an_announcement_that_is_lost_or_doubled_is_seen(app: App) -> None:
    notices = await notices_since(app, TENANT, "0")
    found = await holding(app)

    assert [*notice_violations(notices, found)] == []
    assert [*notice_violations(notices[:-1], found)]
    assert [*notice_violations([*notices, notices[-1]], found)]
