"""Shares over REST: whom a body names, and which version a change was prepared from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from entaku.api.in_process import Answer, in_process
from tests.modules.sharing.world import World

Patch = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def patch(world: World) -> AsyncIterator[Patch]:
    """Sends a change of the shares of Ann's handbook, in Ann's name."""
    await world.user("ann", "bob")
    await world.group("organisation")
    await world.library("handbook")
    token = world.app.tokens.mint("acme", "ann")
    async with in_process(world.app.http()) as client:

        async def send(body: Any, **headers: str) -> Answer:
            sent = {"Authorization": f"Bearer {token}"} | {k.replace("_", "-"): v for k, v in headers.items()}
            return await client.call("PATCH", "/api/libraries/handbook/shares", headers=sent, body=body)

        yield send


def with_bob(*permissions: str) -> dict[str, Any]:
    return {"add": [{"principal": {"kind": "individual", "id": "bob"}, "permissions": permissions}]}


async def test_any_version_satisfies_a_star(patch: Patch) -> None:
    await patch(with_bob("read"))

    outcome = (await patch(with_bob("read", "write"), If_Match="*")).json()

    assert outcome["changed"] == [{"kind": "individual", "id": "bob"}]


async def test_other_terms_need_a_version_or_a_star(patch: Patch) -> None:
    first = await patch(with_bob("read"))

    without = await patch(with_bob("read", "write"))
    stale = await patch(with_bob("read", "write"), If_Match='"7"')
    right = await patch(with_bob("read", "write"), If_Match=first.headers["etag"])

    assert [answer.status for answer in (without, stale, right)] == [409, 412, 200]
    assert first.headers["etag"].strip('"') in without.json()["detail"]


@pytest.mark.parametrize("kind", ["individual", "group", "role", "department"])
@pytest.mark.parametrize("part", ["add", "remove"])
async def test_only_the_organisation_needs_no_id(patch: Patch, kind: str, part: str) -> None:
    named = {"kind": kind}

    answer = await patch({part: [{"principal": named}] if part == "add" else [named]})

    assert answer.status == 400
    assert f'"{kind}", "id"' in answer.json()["detail"]


@pytest.mark.parametrize("named", [{"kind": "organisation"}, {"kind": "organisation", "id": "organisation"}])
async def test_the_organisation_may_be_named_by_its_kind_alone(patch: Patch, named: dict[str, str]) -> None:
    outcome = (await patch({"add": [{"principal": named}]})).json()

    assert outcome["added"] == [{"kind": "organisation", "id": "organisation"}]
