"""Access reviews over REST: what is asked in the query, and how pages follow one another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

import pytest

from entaku.api.in_process import Answer, in_process
from tests.modules.sharing.reviewing import Settle
from tests.modules.sharing.world import ROOT, World

Review = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def review(world: World, settled: Settle) -> AsyncIterator[Review]:
    """Asks in the name of the administrator. Ann's handbook is shared with bob."""
    await world.user("ann", "bob")
    await world.library("handbook")
    await world.share("handbook", "individual:bob")
    await settled()
    token = world.app.tokens.mint("acme", ROOT)
    async with in_process(world.app.http()) as client:

        async def send(**asked: object) -> Answer:
            query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in asked.items())
            headers = {"Authorization": f"Bearer {token}"}
            return await client.call("GET", f"/api/access-review?{query}", headers=headers)

        yield send


async def test_pages_follow_by_their_cursors(review: Review, world: World) -> None:
    at = world.clock.now().isoformat()

    first = (await review(at=at, limit=1)).json()
    rest = (await review(at=at, limit=100, cursor=first["next_cursor"])).json()

    assert (first["at"], first["users"], rest["next_cursor"]) == (at.replace("+00:00", "Z"), 1, None)
    assert [access["user_id"] for access in (*first["accesses"], *rest["accesses"])] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"at": "2026-04-01T09:31:00Z"}, 400, "still to come"),
        ({"at": "2026-04-01T09:30:00"}, 400, "time zone"),
        ({"at": "noon"}, 400, "at"),
        ({}, 400, "at"),
        ({"user": "nobody"}, 404, "there is no user 'nobody'"),
        ({"user": "no body"}, 400, "no id of a user"),
        ({"resource": "handbook"}, 400, "KIND:ID"),
        ({"resource": "shelf:handbook"}, 400, "there is no kind of resource 'shelf'"),
        ({"resource": "library:nothing"}, 404, "there is no library 'nothing'"),
        ({"limit": 0}, 400, "limit 0"),
        ({"cursor": "abc"}, 400, "cursor"),
    ],
)
async def test_what_cannot_be_answered_says_why(
    review: Review, world: World, asked: dict[str, object], status: int, words: str
) -> None:
    at = {"at": world.clock.now().isoformat()} if asked.keys() - {"at"} else {}

    answer = await review(**{**at, **asked})

    assert answer.status == status
    assert words in answer.body.decode()
