"""What a write returns makes a read see at least that, or say that it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from entaku.api.in_process import Answer, InProcess, in_process
from entaku.core.errors import Invalid
from entaku.table.commits import Committed, gathered
from entaku.table.consistency import TOKEN_BYTES_MAX, Behind, ConsistencyTokens
from tests.modules.sharing.world import World

HEADER = "Consistency-Token"
READS = (
    ("GET", "/api/libraries/atlas", b""),
    ("GET", "/api/libraries", b""),
    ("GET", "/api/users/ann/libraries", b""),
    ("GET", "/api/users/ann/libraries?sort=owner", b""),
    ("GET", "/api/libraries/atlas/access/ann", b""),
    ("POST", "/api/checks", {"checks": [{"user_id": "ann", "library_id": "atlas", "permission": "read"}]}),
)


class Client:
    """Sends requests as the administrator of a tenant."""

    def __init__(self, world: World, client: InProcess) -> None:
        self._world, self._client = world, client

    async def __call__(
        self, method: str, target: str, body: Any = b"", token: str | None = None, **more: str
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self._world.app.tokens.mint(self._world.tenant_id, 'root')}", **more}
        if token is not None:
            sent[HEADER] = token
        return await self._client.call(method, target, headers=sent, body=body)


@pytest.fixture
async def atlas(world: World) -> World:
    """Library `atlas` of ann's."""
    await world.user("ann", "bob")
    await world.library("atlas")
    return world


@pytest.fixture
async def client(atlas: World) -> AsyncIterator[Client]:
    async with in_process(atlas.app.http()) as client:
        yield Client(atlas, client)


async def committed(world: World) -> list[Committed]:
    """What a share writes."""
    with gathered() as commits:
        await world.share("atlas", "individual:bob")
    return commits


def ahead(commits: list[Committed]) -> list[Committed]:
    """The same as if one write more had been made, which this table has not got."""
    return [
        msgspec.structs.replace(
            each, items=tuple(msgspec.structs.replace(item, version=item.version + 1) for item in each.items)
        )
        for each in commits
    ]


def tokens_of(world: World) -> ConsistencyTokens:
    return ConsistencyTokens(world.app.table)


async def test_every_write_is_answered_with_a_token_and_no_read_is(client: Client) -> None:
    share = {"add": [{"principal": {"kind": "individual", "id": "bob"}}]}
    writes = [
        await client("POST", "/api/libraries", {"name": "New"}),
        await client("PATCH", "/api/libraries/atlas", {"name": "Map"}),
        await client("PATCH", "/api/libraries/atlas/shares", share),
        await client("PATCH", "/api/libraries/atlas/shares", share),
        await client("POST", "/api/groups", {"group_id": "crew", "name": "Crew"}),
        await client("PATCH", "/api/users/bob", {"name": "Bobby"}),
        await client("DELETE", "/api/users/bob"),
    ]
    reads = [await client(method, target, body) for method, target, body in READS]

    assert [(answer.status < 300, HEADER.lower() in answer.headers) for answer in writes] == [(True, True)] * 7
    assert [(answer.status, HEADER.lower() in answer.headers) for answer in reads] == [(200, False)] * len(READS)


async def test_a_refused_write_has_no_token(client: Client) -> None:
    answer = await client("PATCH", "/api/libraries/atlas", {"owner": "nobody"})

    assert answer.status >= 400
    assert HEADER.lower() not in answer.headers


async def test_a_repeated_write_has_one_too(client: Client) -> None:
    key = {"Idempotency-Key": "once"}
    await client("POST", "/api/libraries", {"name": "New"}, **key)

    again = await client("POST", "/api/libraries", {"name": "New"}, **key)

    assert again.headers["idempotency-replayed"] == "true"
    assert (await client("GET", "/api/libraries", token=again.headers[HEADER.lower()])).status == 200


async def test_reads_with_the_token_of_a_write_see_it(client: Client) -> None:
    token = (await client("PATCH", "/api/libraries/atlas", {"name": "Map"})).headers[HEADER.lower()]

    statuses = [(await client(method, target, body, token)).status for method, target, body in READS]

    assert statuses == [200] * len(READS)


async def test_reads_of_what_is_behind_are_refused_with_words(client: Client, atlas: World) -> None:
    token = tokens_of(atlas).of("acme", ahead(await committed(atlas)))

    answers = [await client(method, target, body, token) for method, target, body in READS[:3]]

    assert [answer.status for answer in answers] == [503] * 3
    assert "older than the write that your consistency token stands for" in answers[0].json()["detail"]
    assert "retry-after" in answers[0].headers


async def test_a_read_waits_for_a_write_that_is_just_arriving(atlas: World) -> None:
    tokens, coming = tokens_of(atlas), ahead(await committed(atlas))
    library = [item for item in coming[0].items if item.key.sk == "METADATA"]
    token = tokens.of("acme", [Committed("acme", tuple(library))])
    assert token is not None

    async def arrive() -> None:
        await asyncio.sleep(0)
        await atlas.change_library("atlas", name="Map")

    await asyncio.gather(tokens.wait_for("acme", token), arrive())


@pytest.mark.parametrize("sent", ["", "x", "é", "a" * 5_000, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo"])
async def test_what_is_no_token_is_refused(client: Client, sent: str) -> None:
    answer = await client("GET", "/api/libraries/atlas", token=sent)

    assert answer.status == 400
    assert "consistency token" in answer.json()["detail"]


async def test_the_token_of_another_tenant_is_refused(atlas: World) -> None:
    token = tokens_of(atlas).of("acme", await committed(atlas))
    assert token is not None

    with pytest.raises(Invalid, match="was not given for this tenant"):
        await tokens_of(atlas).wait_for("beta", token)


async def test_a_token_outlives_what_it_names(atlas: World) -> None:
    token = tokens_of(atlas).of("acme", await committed(atlas))
    assert token is not None
    await atlas.unshare("atlas", "individual:bob")
    await atlas.app.sharing.rows.catch_up("acme")
    await atlas.sharing.libraries.delete(atlas.actor(), "atlas")

    await tokens_of(atlas).wait_for("acme", token)


async def test_where_nothing_of_a_write_is_there_it_has_not_arrived(atlas: World) -> None:
    commits = await committed(atlas)
    elsewhere = [
        msgspec.structs.replace(item, how="created", key=item.key._replace(sk=f"{item.key.sk} elsewhere"))
        for item in commits[0].items
    ]
    token = tokens_of(atlas).of("acme", [Committed("acme", tuple(elsewhere))])
    assert token is not None

    with pytest.raises(Behind):
        await tokens_of(atlas).wait_for("acme", token)


async def test_a_token_of_the_largest_change_fits_a_header(atlas: World) -> None:
    await atlas.user(*(f"{'u' * 100}{n:03}" for n in range(20)))
    with gathered() as commits:
        for n in range(20):
            await atlas.share("atlas", f"individual:{'u' * 100}{n:03}")

    token = tokens_of(atlas).of("acme", commits)

    assert token is not None
    assert len(token) < 1.5 * TOKEN_BYTES_MAX
    await tokens_of(atlas).wait_for("acme", token)
