"""Turns: so many requests at once, whoever leaves gives the turn back, and closing waits for what was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from aiodynamo.credentials import StaticCredentials

from entaku.core.errors import Unavailable
from entaku.table.drivers.dynamodb.wire import REQUESTS_MAX, Wire
from tests.emulators.dynamodb import KEY
from tests.emulators.scripted import Answer, ScriptedService

ANY = msgspec.json.Decoder(dict[str, object])


@pytest_asyncio.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as started:
        yield started


@pytest_asyncio.fixture
async def wire(service: ScriptedService) -> AsyncIterator[Wire]:
    opened = Wire(region="eu-west-1", endpoint=service.endpoint, credentials=StaticCredentials(KEY))
    yield opened
    await opened.close()


def ask(wire: Wire, count: int = 1) -> list[asyncio.Task[dict[str, object]]]:
    return [asyncio.ensure_future(wire.call("GetItem", {"n": n}, ANY)) for n in range(count)]


async def test_many_more_requests_than_there_are_turns_are_all_answered(service: ScriptedService, wire: Wire) -> None:
    service.answers(*[{}] * (4 * REQUESTS_MAX))

    answers = await asyncio.gather(*ask(wire, 4 * REQUESTS_MAX))

    assert answers == [{}] * (4 * REQUESTS_MAX)


async def test_no_more_are_sent_at_once_than_there_are_turns(service: ScriptedService, wire: Wire) -> None:
    service.answers(*[Answer(never_comes=True)] * REQUESTS_MAX, {})
    calls = ask(wire, REQUESTS_MAX + 1)
    await service.has_been_asked(REQUESTS_MAX)

    assert len(service.asked) == REQUESTS_MAX
    calls[0].cancel()
    assert await calls[-1] == {}
    for call in calls:
        call.cancel()


async def test_who_leaves_gives_turn_and_connection_back(service: ScriptedService, wire: Wire) -> None:
    for round_ in range(1, 4):
        service.answers(*[Answer(never_comes=True)] * REQUESTS_MAX)
        calls = ask(wire, 2 * REQUESTS_MAX)  # Half of them wait for their turn.
        await service.has_been_asked(round_ * REQUESTS_MAX)
        for call in reversed(calls):
            call.cancel()
        await asyncio.wait(calls)

    service.answers(*[{}] * REQUESTS_MAX)
    assert await asyncio.gather(*ask(wire, REQUESTS_MAX)) == [{}] * REQUESTS_MAX


async def test_closing_waits_for_the_answers_to_what_was_asked(service: ScriptedService, wire: Wire) -> None:
    service.answers(*[{}] * (REQUESTS_MAX + 3))
    calls = ask(wire, REQUESTS_MAX + 3)
    await asyncio.sleep(0)

    await wire.close()

    assert [call.done() for call in calls] == [True] * (REQUESTS_MAX + 3)
    assert [await call for call in calls] == [{}] * (REQUESTS_MAX + 3)


async def test_closing_goes_on_when_who_closes_is_cancelled(service: ScriptedService, wire: Wire) -> None:
    service.answers({})
    (call,) = ask(wire)
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(wire.close())
    await asyncio.sleep(0)
    closing.cancel()

    with pytest.raises(Unavailable, match="closed"):
        await wire.call("GetItem", {}, ANY)
    await wire.close()

    assert await call == {}
