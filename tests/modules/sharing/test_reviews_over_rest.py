"""Access reviews over REST: what is asked in the query, and how pages follow one another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

import pytest

from entaku.api.in_process import Answer, in_process
from entaku.core.errors import Limited
from entaku.modules.accounts import verify_detached
from entaku.modules.sharing import ReviewRequest, verified_review
from entaku.modules.sharing.review.model import ReviewBounds
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

        async def send(path: str = "", **asked: object) -> Answer:
            query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in asked.items())
            headers = {"Authorization": f"Bearer {token}"}
            return await client.call("GET", f"/api/access-review{path}?{query}", headers=headers)

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


async def test_a_document_is_signed_and_holds_what_the_pages_hold(review: Review, world: World) -> None:
    at = world.clock.now().isoformat()

    answer, page = await review("/document", at=at, resource="library:handbook"), (await review(at=at)).json()
    public = world.app.keys.public_keys()
    lines = answer.body.splitlines(keepends=True)
    found = verified_review(lines, lambda signature, payload: verify_detached(public, signature, payload))

    assert answer.headers["content-type"] == "application/json"
    assert (found.head.tenant_id, found.head.made_by, str(found.head.resource)) == ("acme", ROOT, "library:handbook")
    assert (found.summary.users, found.summary.accesses) == (2, 2)
    assert [access for line in answer.json()["pages"] for access in line["accesses"]] == page["accesses"]


async def test_a_document_of_nobody_is_signed_too(review: Review, world: World) -> None:
    await world.library("alone")
    await world.sharing.libraries.delete(world.actor(), "alone")

    answer = await review("/document", at=world.clock.now().isoformat(), resource="library:alone")

    assert (answer.status, answer.json()["summary"]["accesses"]) == (200, 0)


async def test_a_refused_document_is_a_problem_and_no_part_of_one(review: Review, world: World) -> None:
    for asked, status in (
        ({"at": "2026-04-01T09:31:00Z"}, 400),
        ({"at": "2026-04-01T09:30:00"}, 400),
        ({"at": "0001-01-01T00:00:00+14:00"}, 400),
        ({"at": world.clock.now().isoformat(), "user": "nobody"}, 404),
    ):
        answer = await review("/document", **asked)

        assert answer.status == status
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (ReviewBounds(users_max=2), "3 users, and a document over REST is of at most 2"),
        (ReviewBounds(things_max=0), "more than 0 resources"),
    ],
)
async def test_a_document_above_its_bounds_is_refused_before_its_first_piece(
    review: Review, world: World, bounds: ReviewBounds, words: str
) -> None:
    request = ReviewRequest(at=world.clock.now())

    with pytest.raises(Limited, match=words):
        await anext(world.sharing.review_documents.pieces(world.actor(), request, bounds=bounds))


async def test_others_get_their_turn_while_a_document_is_made(review: Review, world: World, settled: Settle) -> None:
    await world.user(*(f"u{number}" for number in range(60)))
    await settled()
    turns, is_made = 0, asyncio.Event()

    async def take_turns() -> None:
        nonlocal turns
        while not is_made.is_set():
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(take_turns())
    answer = await review("/document", at=world.clock.now().isoformat())
    is_made.set()
    await others

    assert turns > answer.json()["summary"]["users"] == 63


async def test_a_tenant_has_two_documents_made_at_once(review: Review, world: World) -> None:
    asked = {"bounds": ReviewBounds(), "request": ReviewRequest(at=world.clock.now())}
    documents = [world.sharing.review_documents.pieces(world.actor(), **asked) for _ in range(2)]
    for each in documents:
        await anext(each)

    refused = await review("/document", at=world.clock.now().isoformat())
    for each in documents:
        await each.aclose()
    let_in = await review("/document", at=world.clock.now().isoformat())

    assert (refused.status, refused.headers["retry-after"], let_in.status) == (429, "5", 200)
    assert "2 review documents of tenant 'acme' are being sent already" in refused.json()["detail"]
