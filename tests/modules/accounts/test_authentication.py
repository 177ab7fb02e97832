"""Access tokens: only ours, only in time, only for somebody who may act now; and everything else is refused alike."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Invalid, Unauthenticated
from entaku.main import App
from entaku.modules.accounts import KeyRing, NewTenant, NewUser, TenantChange, Tokens, UserChange
from entaku.modules.accounts.tokens import SigningKey
from entaku.testing import ManualClock
from tests.building import build_on
from tests.modules.accounts.conftest import ANN, OPERATOR

HOST = "localhost"


@pytest.fixture
async def app(engine: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    """The whole application, which remembers verified tokens where it hears of changes."""
    built = await build_on(engine, tmp_path / "data", clock, base_domain="example.com")
    await built.accounts.tenants.create(OPERATOR, NewTenant(tenant_id="acme", name="Acme"))
    ann = NewUser(user_id="ann", name="Ann", level=AccessLevel.TENANT_ADMIN)
    await built.accounts.users.create(built.operator("acme"), ann)
    await built.accounts.users.create(ANN, NewUser(user_id="ben", name="Ben"))
    yield built
    await built.close()


async def enter(app: App, token: str, host: str = HOST, tenant: str | None = None) -> Actor:
    return await app.authentication.authenticate(token, host=host, tenant_header=tenant, request_id="r1")


async def test_a_token_stands_for_its_user(app: App) -> None:
    actor = await enter(app, app.tokens.mint("acme", "ben"))

    since = (await app.accounts.users.get(ANN, "ben")).created_at
    assert actor == Actor(tenant_id="acme", user_id="ben", request_id="r1", user_since=since)


async def test_a_new_level_counts_from_the_next_request_on(app: App) -> None:
    token = app.tokens.mint("acme", "ben")
    await enter(app, token)

    await app.accounts.users.change(ANN, "ben", UserChange(level=AccessLevel.TENANT_ADMIN))

    assert (await enter(app, token)).is_admin


async def test_a_token_ends_with_its_hour(app: App, clock: ManualClock) -> None:
    token = app.tokens.mint("acme", "ben")
    await enter(app, token)

    clock.advance(timedelta(hours=1))

    with pytest.raises(Unauthenticated, match="expired"):
        await enter(app, token)


@pytest.mark.parametrize("what", ["deactivated", "deleted", "suspended", "revoked"])
async def test_a_token_that_was_good_is_refused_at_once(app: App, clock: ManualClock, what: str) -> None:
    token = app.tokens.mint("acme", "ben")
    await enter(app, token)
    clock.advance(timedelta(seconds=1))

    match what:
        case "deactivated":
            await app.accounts.users.change(ANN, "ben", UserChange(is_active=False))
        case "deleted":
            await app.accounts.users.delete(ANN, "ben")
        case "suspended":
            await app.accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
        case _:
            await app.accounts.tenants.change(OPERATOR, "acme", TenantChange(revoke_tokens=True))

    with pytest.raises(Unauthenticated):
        await enter(app, token)


async def test_a_token_is_not_the_next_users_of_that_id(app: App, clock: ManualClock) -> None:
    token = app.tokens.mint("acme", "ben")
    clock.advance(timedelta(milliseconds=1))
    await app.accounts.users.delete(ANN, "ben")

    await app.accounts.users.create(ANN, NewUser(user_id="ben", name="Another", level=AccessLevel.TENANT_ADMIN))

    with pytest.raises(Unauthenticated, match="revoked"):
        await enter(app, token)
    assert (await enter(app, app.tokens.mint("acme", "ben"))).is_admin


async def test_who_is_let_in_again_needs_a_new_token(app: App, clock: ManualClock) -> None:
    clock.advance(timedelta(milliseconds=1))
    token = app.tokens.mint("acme", "ben")
    await app.accounts.users.change(ANN, "ben", UserChange(is_active=False))
    await app.accounts.users.change(ANN, "ben", UserChange(is_active=True))
    clock.advance(timedelta(milliseconds=1))

    with pytest.raises(Unauthenticated, match="revoked"):
        await enter(app, token)
    assert (await enter(app, app.tokens.mint("acme", "ben"))).user_id == "ben"


@pytest.mark.parametrize("years", [-30, 30])
async def test_only_the_clock_that_was_given_says_whether_a_token_is_in_time(
    app: App, clock: ManualClock, years: int
) -> None:
    clock.advance(timedelta(days=365 * years))
    await app.accounts.users.create(ANN, NewUser(user_id="cid", name="Cid"))

    token = app.tokens.mint("acme", "cid")

    assert (await enter(app, token)).user_id == "cid"
    clock.advance(timedelta(seconds=-1))
    with pytest.raises(Unauthenticated, match="not valid yet"):
        app.tokens.read(token)


@pytest.mark.parametrize(
    ("host", "tenant"), [("other.example.com", None), (HOST, "other"), ("a.acme.example.com", None)]
)
async def test_host_and_header_must_name_the_tenant_of_the_token(app: App, host: str, tenant: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await enter(app, app.tokens.mint("acme", "ben"), host, tenant)

    assert (await enter(app, app.tokens.mint("acme", "ben"), "acme.example.com", "acme")).user_id == "ben"


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_token_of_another_key_is_refused(app: App, tmp_path: Path, clock: ManualClock) -> None:
    foreign = Tokens(KeyRing(tmp_path / "other keys", clock), clock)

    with pytest.raises(Unauthenticated, match="no key of ours"):
        await enter(app, foreign.mint("acme", "ben"))


async def test_the_algorithm_is_not_the_callers_to_choose(app: App) -> None:
    key_id = jwt.get_unverified_header(app.tokens.mint("acme", "ben"))["kid"]
    _, payload, signature = app.tokens.mint("acme", "ben").split(".")

    for header in ({"alg": "none", "kid": key_id}, {"alg": "HS256", "kid": key_id}):
        with pytest.raises(Unauthenticated):
            await enter(app, f"{part(header)}.{payload}.{signature}")


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "..",
        "a.b.c",
        f"{part({'kid': 7})}.e30.e30",
        f"{part({'kid': '../../etc/passwd', 'alg': 'EdDSA'})}.e30.e30",
        base64.urlsafe_b64encode(b"[" * 6_000).decode() + ".e30.e30",
        base64.urlsafe_b64encode(b'{"kid":' + b"[" * 6_000).decode() + ".e30.e30",
    ],
)
async def test_nonsense_is_refused_like_any_other_token(app: App, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await enter(app, token)


async def test_no_token_lives_longer_than_an_hour(app: App) -> None:
    with pytest.raises(Invalid, match="3600 s"):
        app.tokens.mint("acme", "ben", lifetime=timedelta(hours=2))


def signed_by(key: SigningKey, clock: ManualClock, lifetime_s: int) -> str:
    """What whoever has stolen a key can make of it."""
    now = int(clock.now().timestamp())
    claims = {"iss": "entaku", "aud": "entaku", "sub": "ben", "tenant": "acme", "iat": now, "nbf": now}
    return jwt.encode({**claims, "exp": now + lifetime_s}, key.private, "EdDSA", {"kid": key.key_id})


async def test_after_a_rotation_old_tokens_are_good_until_they_end(app: App, clock: ManualClock) -> None:
    old = app.tokens.mint("acme", "ben")
    clock.advance(timedelta(minutes=5))

    app.keys.rotate()

    new = app.tokens.mint("acme", "ben")
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    assert {(await enter(app, token)).user_id for token in (old, new)} == {"ben"}


async def test_a_key_that_was_rotated_away_signs_nobody_in_once_its_tokens_have_ended(
    app: App, clock: ManualClock
) -> None:
    stolen = app.keys.current()
    clock.advance(timedelta(seconds=1))
    assert (await enter(app, signed_by(stolen, clock, 60))).user_id == "ben"

    # As another process does it, on the command line.
    KeyRing(app.config.keys, clock).rotate()
    clock.advance(timedelta(hours=2, seconds=1))

    with pytest.raises(Unauthenticated, match="no key of ours"):
        await enter(app, signed_by(stolen, clock, 60))


async def test_a_key_that_is_taken_out_of_the_folder_is_none_any_more(app: App, clock: ManualClock) -> None:
    token = app.tokens.mint("acme", "ben")
    (app.config.keys / f"{app.keys.current().key_id}.pem").unlink()
    clock.advance(timedelta(seconds=5))

    with pytest.raises(Unauthenticated, match="no key of ours"):
        await enter(app, token)


async def test_what_says_to_live_longer_than_an_hour_is_no_token_of_ours(app: App, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=1))

    with pytest.raises(Unauthenticated, match="longer than"):
        await enter(app, signed_by(app.keys.current(), clock, 3_601))


async def test_other_files_beside_the_keys_are_left_alone(app: App) -> None:
    app.keys.rotate()
    (app.config.keys / "zz-backup.pem").write_text("no key")

    app.keys.rotate()

    assert (await enter(app, app.tokens.mint("acme", "ben"))).user_id == "ben"
