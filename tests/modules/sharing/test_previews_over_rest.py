"""Previews over REST: the token that holds a change to what was shown, and answers that take several steps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from entaku.api.in_process import Answer, in_process
from tests.modules.sharing.world import World

Send = Callable[..., Awaitable[Answer]]

SHARES = "/api/libraries/handbook/shares"
MANY = 2_050
"""A little more than are compared in one call."""


@pytest.fixture
async def send(world: World) -> AsyncIterator[Send]:
    """Sends a request in the name of Ann, who owns the handbook."""
    await world.user("ann", "bob")
    await world.group("g")
    await world.library("handbook")
    token = world.app.tokens.mint("acme", "ann")
    async with in_process(world.app.http()) as client:

        async def sent(method: str, path: str, body: Any = b"", **headers: str) -> Answer:
            named = {"Authorization": f"Bearer {token}"} | {k.replace("_", "-"): v for k, v in headers.items()}
            return await client.call(method, path, headers=named, body=body)

        yield sent


def with_principal(kind: str, principal_id: str) -> dict[str, Any]:
    return {"add": [{"principal": {"kind": kind, "id": principal_id}}]}


async def test_with_the_token_the_change_is_made_once(send: Send) -> None:
    body = with_principal("individual", "bob")
    preview = (await send("POST", f"{SHARES}/preview", body)).json()

    first = await send("PATCH", SHARES, {**body, "preview": preview["token"]})
    again = await send("PATCH", SHARES, {**body, "preview": preview["token"]})

    assert [pair["user_id"] for pair in preview["gains"]] == ["bob"]
    assert (first.status, first.json()["added"]) == (200, [{"kind": "individual", "id": "bob"}])
    assert again.status == 409
    assert "preview the change again" in again.json()["detail"]


async def test_a_repetition_under_its_key_is_answered_as_before(send: Send) -> None:
    body = with_principal("individual", "bob")
    token = (await send("POST", f"{SHARES}/preview", body)).json()["token"]

    first = await send("PATCH", SHARES, {**body, "preview": token}, Idempotency_Key="k")
    again = await send("PATCH", SHARES, {**body, "preview": token}, Idempotency_Key="k")

    assert (first.status, first.body) == (again.status, again.body)
    assert again.headers["idempotency-replayed"] == "true"


async def test_sentences_are_in_the_language_that_was_asked_for(send: Send) -> None:
    answer = await send("POST", f"{SHARES}/preview", with_principal("individual", "bob"), Accept_Language="ja")

    assert answer.headers["content-language"] == "ja"
    assert answer.json()["gains"][0]["sentence"].startswith("Bobさんは")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/libraries/handbook/preview", {"move": "transfer"}),
        ("/api/libraries/handbook/preview", {"move": "archive", "owner": "bob"}),
        ("/api/libraries/handbook/preview", {"move": "burn"}),
        (f"{SHARES}/preview?at=2020-01-01T00:00:00Z", {}),
        (f"{SHARES}/preview?at=2099-01-01T00:00:00", {}),
    ],
)
async def test_what_makes_no_sense_is_refused(send: Send, path: str, body: Any) -> None:
    assert (await send("POST", path, body)).status == 400


@pytest.mark.slow
async def test_more_pairs_than_one_call_compares_come_step_by_step(send: Send, world: World) -> None:
    for n in range(MANY):
        await world.user(f"u{n:05}", groups="g")

    begun = await send("POST", f"{SHARES}/preview", with_principal("group", "g"))
    done = await send("GET", begun.headers["location"])
    second = await send("GET", f"{begun.headers['location']}?limit=200&cursor={done.json()['next_cursor']}")

    assert (begun.status, begun.json()["state"], begun.json()["gains"]) == (202, "running", [])
    assert (done.status, done.json()["counts"]["gains"], len(done.json()["gains"])) == (200, MANY, 20)
    assert len(second.json()["gains"]) == 200
    assert not second.json()["complete"]
