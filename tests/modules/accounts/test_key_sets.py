"""The keys of an issuer: fetched once for all who wait, renewed when they must be, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.errors import Unauthenticated, Unavailable
from entaku.modules.accounts.sign_in.foreign_tokens import LEEWAY, read_foreign
from entaku.modules.accounts.sign_in.key_fetching import DOCUMENT_BYTES_MAX, KEYS_MAX, fetch_keys
from entaku.modules.accounts.sign_in.key_sets import FETCHERS_MAX, KeySets, PublicKey
from entaku.testing import ManualClock
from tests.emulators.scripted_issuer import ScriptedIssuer, jwk, scripted_issuer
from tests.modules.accounts.sign_in_world import SigningIn, sign_in_app


@pytest.fixture
async def world(engine: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[SigningIn]:
    with scripted_issuer() as issuer:
        async with sign_in_app(engine, tmp_path / "data", clock) as app:
            clock.advance(timedelta(seconds=2))
            signing_in = SigningIn(app, issuer, clock)
            await signing_in.trust()
            yield signing_in


async def visited(world: SigningIn, times: int) -> None:
    """Waits until the issuer was asked so many times more."""
    for _ in range(times):
        await asyncio.to_thread(world.issuer.visited.acquire)


async def test_many_who_come_at_once_ask_the_issuer_once(world: SigningIn) -> None:
    tokens = [world.token(jti=str(n)) for n in range(20)]

    actors = await asyncio.gather(*(world.enter(token) for token in tokens))

    assert {actor.user_id for actor in actors} == {"ben"}
    assert world.issuer.visits == 1


async def test_after_a_rotation_new_tokens_are_good_and_old_ones_are_not(world: SigningIn) -> None:
    await world.enter_as()
    old = world.token(jti="old")
    world.issuer.rotate("second")
    world.wait(minutes=1)

    assert (await world.enter_as(jti="new")).user_id == "ben"
    with pytest.raises(Unauthenticated, match="no such key"):
        await world.enter(old)


async def test_a_new_key_under_an_old_name_is_found_too(world: SigningIn) -> None:
    await world.enter_as()
    world.issuer.rotate("first")
    world.wait(minutes=1)

    assert (await world.enter_as(jti="new")).user_id == "ben"


async def test_unknown_keys_make_nobody_ask_more_than_once_a_minute(world: SigningIn) -> None:
    await world.enter_as()
    foreign = ScriptedIssuer(world.issuer.issuer)
    foreign.rotate("unknown")

    for number in range(10):
        with pytest.raises(Unauthenticated, match="'unknown'"):
            await world.enter(foreign.token(world.claims(jti=str(number))))
        world.wait(seconds=9)

    # The first, ten in ninety seconds, of which two were a minute after the one before.
    assert world.issuer.visits == 2
    assert (await world.enter_as(jti="good")).user_id == "ben"


async def test_a_token_without_a_key_id_is_good_where_there_is_one_key(world: SigningIn) -> None:
    assert (await world.enter(world.issuer.nameless(world.claims()))).user_id == "ben"
    world.issuer.keys["second"] = next(iter(ScriptedIssuer("").keys.values()))
    world.wait(hours=1)
    with pytest.raises(Unauthenticated):
        await world.enter(world.issuer.nameless(world.claims(), "second"))


async def test_keys_that_are_an_hour_old_are_renewed_while_nobody_waits(world: SigningIn) -> None:
    await world.enter_as()
    world.wait(hours=1)
    world.issuer.may_answer.clear()
    world.issuer.was_asked.clear()

    actor = await world.enter_as(jti="later")

    assert actor.user_id == "ben"
    await asyncio.to_thread(world.issuer.was_asked.wait, 30)
    world.issuer.may_answer.set()
    await visited(world, 2)


async def test_an_issuer_that_is_down_locks_nobody_out_for_a_day(world: SigningIn) -> None:
    await world.enter_as()
    world.issuer.status = 503
    world.wait(hours=23)

    assert (await world.enter_as(jti="23 h")).user_id == "ben"
    world.wait(hours=1)
    with pytest.raises(Unavailable, match="in a minute"):
        await world.enter_as(jti="24 h")


async def test_an_issuer_that_comes_back_is_asked_again_after_a_minute(world: SigningIn) -> None:
    world.issuer.status = 500
    for _ in range(3):
        with pytest.raises(Unavailable):
            await world.enter_as()
    world.issuer.status = 200

    with pytest.raises(Unavailable):
        await world.enter_as()
    assert world.issuer.visits == 0
    world.wait(minutes=1)
    assert (await world.enter_as()).user_id == "ben"


async def test_while_an_issuer_is_silent_everybody_else_is_answered(world: SigningIn) -> None:
    with scripted_issuer() as quick:
        await SigningIn(world.app, quick, world.clock).trust("other")
        world.issuer.may_answer.clear()
        waiting = asyncio.create_task(world.enter_as())
        await asyncio.to_thread(world.issuer.was_asked.wait, 30)

        ours = await world.enter(world.app.tokens.mint("acme", "ann"))
        theirs = await world.enter(quick.token({**world.claims(), "iss": quick.issuer}))

        assert (ours.user_id, theirs.tenant_id, waiting.done()) == ("ann", "other", False)
        world.issuer.may_answer.set()
        assert (await waiting).user_id == "ben"


async def test_a_caller_who_goes_away_takes_nobody_along(world: SigningIn) -> None:
    world.issuer.may_answer.clear()
    leaving, staying = (asyncio.create_task(world.enter_as(jti=name)) for name in ("leaving", "staying"))
    await asyncio.to_thread(world.issuer.was_asked.wait, 30)

    leaving.cancel()
    world.issuer.may_answer.set()

    assert (await staying).user_id == "ben"
    assert world.issuer.visits == 1


async def test_issuers_that_never_come_to_an_end_take_nobody_elses_turn(world: SigningIn) -> None:
    is_over = threading.Event()

    def fetch(issuer: str) -> tuple[PublicKey, ...]:
        if issuer != world.issuer.issuer:
            is_over.wait()  # It answers a byte now and then.
        return fetch_keys(issuer)

    keys = KeySets(world.clock, fetch, turn_s=0)
    endless = [read_foreign(world.token(iss=f"https://{n}.example")) for n in range(FETCHERS_MAX)]
    waiting = [asyncio.create_task(keys.check_signature(token)) for token in endless]
    await asyncio.sleep(0)

    await keys.check_signature(read_foreign(world.token()))

    for task in waiting:
        task.cancel()
    await keys.close()
    is_over.set()


def lies(issuer: ScriptedIssuer) -> None:
    issuer.discovery = {**issuer.discovery, "issuer": "https://another.example"}


def has_keys_at(address: str) -> Callable[[ScriptedIssuer], None]:
    def change(issuer: ScriptedIssuer) -> None:
        issuer.discovery = {**issuer.discovery, "jwks_uri": address}

    return change


def redirects(issuer: ScriptedIssuer) -> None:
    issuer.status, issuer.location = 302, f"{issuer.issuer}/elsewhere"


def publishes(content: object) -> Callable[[ScriptedIssuer], None]:
    def change(issuer: ScriptedIssuer) -> None:
        issuer.published = content

    return change


ODDITIES: dict[str, Callable[[ScriptedIssuer], None]] = {
    "calls itself another": lies,
    "redirects": redirects,
    "has its keys in a file": has_keys_at("file:///etc/passwd"),
    "has its keys in the open": has_keys_at("http://keys.example.com/keys"),
    "has its keys in a data address": has_keys_at("data:application/json,{}"),
    "has its keys at no address": has_keys_at("not an address"),
    "has its keys at an odd port": has_keys_at("http://127.0.0.1:99999/keys"),
    "has its keys behind a line break": has_keys_at("http://127.0.0.1:1/\r\nHost: x"),
    "answers a page": publishes(b"<!doctype html>"),
    "answers nothing": publishes(b""),
    "answers a list": publishes([]),
    "has no keys": publishes({"keys": []}),
    "has keys that are texts": publishes({"keys": ["a"]}),
    "has too many keys": publishes({"keys": [{}] * (KEYS_MAX + 1)}),
    "answers without end": publishes(b'{"keys":[' + b" " * DOCUMENT_BYTES_MAX + b"]}"),
    "answers nested lists": publishes(b'{"keys":' + b"[" * 100_000),
}


@pytest.mark.parametrize("name", ODDITIES)
async def test_of_an_issuer_that_is_not_as_it_must_be_no_key_is_taken(
    world: SigningIn, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    ODDITIES[name](world.issuer)

    with pytest.raises(Unavailable):
        await world.enter_as()

    assert world.issuer.issuer in caplog.text


async def test_what_an_issuer_gets_wrong_once_costs_nobody_who_has_been_here(world: SigningIn) -> None:
    await world.enter_as()
    world.issuer.published = {"keys": []}
    world.wait(hours=2)

    assert (await world.enter_as(jti="a")).user_id == "ben"
    await visited(world, 2)
    assert (await world.enter_as(jti="b")).user_id == "ben"


async def test_a_token_is_remembered_until_it_is_over(world: SigningIn) -> None:
    token = world.token(exp=int((world.clock.now() + timedelta(minutes=5)).timestamp()))
    await world.enter(token)
    world.issuer.published = {"keys": [jwk(key, kid="another") for key in ScriptedIssuer("").keys.values()]}

    world.wait(minutes=5)
    assert (await world.enter(token)).user_id == "ben"
    world.clock.advance(LEEWAY)
    with pytest.raises(Unauthenticated, match="expired"):
        await world.enter(token)
    assert world.issuer.visits == 1
