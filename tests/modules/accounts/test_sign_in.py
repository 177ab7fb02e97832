"""Signing in with an issuer: people of the right tenant come in as themselves, and nobody else comes in at all."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entaku.core.context import AccessLevel
from entaku.core.errors import Forbidden, Limited, Unauthenticated
from entaku.modules.accounts import FoundBy, NewUser, TenantChange, UserChange
from entaku.modules.audit import Audit, Target
from entaku.testing import ManualClock
from tests.emulators.scripted_issuer import scripted_issuer
from tests.modules.accounts.conftest import ANN, OPERATOR, OTHER
from tests.modules.accounts.sign_in_world import AUDIENCE, SigningIn, sign_in_app


@pytest.fixture
async def world(engine: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[SigningIn]:
    with scripted_issuer() as issuer:
        async with sign_in_app(engine, tmp_path / "data", clock) as app:
            # Tokens are dated in whole seconds, and the users are not to be younger.
            clock.advance(timedelta(seconds=2))
            yield SigningIn(app, issuer, clock)


async def test_who_an_issuer_names_comes_in_as_themselves(world: SigningIn) -> None:
    await world.trust()

    actor = await world.enter_as()

    assert (actor.tenant_id, actor.user_id, actor.level) == ("acme", "ben", AccessLevel.MEMBER)


async def test_a_claim_tells_tenants_apart_that_share_an_issuer(world: SigningIn) -> None:
    for tenant_id in ("acme", "other"):
        await world.trust(tenant_id, tenant_claim="org", tenant_value=f"org-{tenant_id}")

    tenants = [(await world.enter_as(org=f"org-{name}")).tenant_id for name in ("acme", "other")]

    assert tenants == ["acme", "other"]
    for org in ("org-third", "", None, ["org-acme"], 7, "org-acme ", "ORG-ACME", "x" * 5_000, "a\u0000", {"a": 1}):
        with pytest.raises(Unauthenticated, match="no tenant"):
            await world.enter_as(org=org)


async def test_a_token_of_two_tenants_is_of_none(world: SigningIn) -> None:
    await world.trust()
    await world.trust("other", audience="second")

    with pytest.raises(Unauthenticated, match="several tenants"):
        await world.enter_as(aud=[AUDIENCE, "second"], azp=AUDIENCE)


async def test_any_claim_may_name_the_user(world: SigningIn) -> None:
    await world.trust(user_claim="login")

    assert (await world.enter_as(sub="auth0|77", login="ben")).user_id == "ben"


async def test_ids_are_compared_letter_by_letter(world: SigningIn) -> None:
    await world.trust()

    for name in ("Ben", "BEN", "ben ", "be\u006e\u0301", "ｂｅｎ"):
        with pytest.raises(Unauthenticated):
            await world.enter_as(sub=name)


@pytest.mark.parametrize("name", ["auth0|77", "a/b", "ann\u0000", "@operator", "", "x" * 129, "TENANT#acme", "../x"])
async def test_who_can_be_no_user_is_told_so(world: SigningIn, name: str) -> None:
    await world.trust(provisions=True)

    with pytest.raises(Unauthenticated, match=r"can be no user|does not say who"):
        await world.enter_as(sub=name)


@pytest.mark.parametrize("name", [7, None, ["ben"], {"id": "ben"}, True])
async def test_who_is_named_by_no_text_is_nobody(world: SigningIn, name: Any) -> None:
    await world.trust(user_claim="login")

    with pytest.raises(Unauthenticated, match="does not say who"):
        await world.enter_as(login=name)


async def test_a_verified_address_finds_its_user_whatever_its_case(world: SigningIn) -> None:
    await world.trust(user_claim="email", found_by=FoundBy.EMAIL)

    assert (await world.enter_as(sub="77", email="BEN@acme.EXAMPLE", email_verified=True)).user_id == "ben"


@pytest.mark.parametrize("verified", [False, None, "true", 1, "yes"])
@pytest.mark.parametrize("found_by", FoundBy)
async def test_an_address_that_is_not_verified_finds_nobody(
    world: SigningIn, found_by: FoundBy, verified: object
) -> None:
    await world.app.accounts.users.create(ANN, NewUser(user_id="ben@acme.example", name="Ben"))
    world.wait(seconds=2)
    await world.trust(user_claim="email", found_by=found_by)

    with pytest.raises(Unauthenticated, match="verified"):
        await world.enter_as(email="ben@acme.example", email_verified=verified)


async def test_an_address_that_only_folds_to_anothers_finds_nobody(world: SigningIn) -> None:
    await world.trust(user_claim="email", found_by=FoundBy.EMAIL)

    for email in ("ｂen@acme.example", "ben@acme.exampłe", "ben@ACME．example"):
        with pytest.raises(Unauthenticated, match="ASCII"):
            await world.enter_as(email=email, email_verified=True)


async def test_an_issuer_makes_nobody_an_operator_unless_that_is_said(world: SigningIn) -> None:
    await world.app.accounts.users.change(world.app.operator("acme"), "ben", UserChange(level=AccessLevel.OPERATOR))
    await world.trust()
    as_administrator = (await world.enter_as()).level

    await world.trust(level_max=AccessLevel.OPERATOR)

    assert (as_administrator, (await world.enter_as()).level) == (AccessLevel.TENANT_ADMIN, AccessLevel.OPERATOR)


async def test_nobody_is_made_unless_the_tenant_wants_it(world: SigningIn) -> None:
    await world.trust()

    with pytest.raises(Unauthenticated, match="'cid' is no user"):
        await world.enter_as(sub="cid")


async def test_who_is_new_becomes_a_member_and_the_trail_tells_why(world: SigningIn) -> None:
    await world.trust(provisions=True, name_claim="name", email_claim="email")

    actor = await world.enter_as(sub="cid", name="Cid 山田", email="cid@acme.example", email_verified=True)

    profile = await world.app.accounts.users.get(ANN, "cid")
    assert (profile.name, profile.email, actor.level) == ("Cid 山田", "cid@acme.example", AccessLevel.MEMBER)
    trail = await Audit(world.app.table, secrets.token_bytes).list(ANN, Target("user", "cid"), limit=5)
    (record,) = trail.items
    assert (record.action, record.actor, record.reason) == ("user_created", "@sign-in", "signed in by staff")
    assert record.request_id == "r1"


@pytest.mark.parametrize(
    "more",
    [
        {"email": "new@acme.example"},
        {"email": "new@acme.example", "email_verified": "true"},
        {"email": "ben@acme.example", "email_verified": True},
        {"email": "no address", "email_verified": True},
        {"email": 7, "email_verified": True},
    ],
)
async def test_an_address_that_is_not_theirs_is_not_taken(world: SigningIn, more: dict[str, Any]) -> None:
    await world.trust(provisions=True, email_claim="email")

    await world.enter_as(sub="cid", **more)

    assert (await world.app.accounts.users.get(ANN, "cid")).email is None
    assert (await world.app.accounts.users.get(ANN, "ben")).email == "Ben@Acme.example"


async def test_many_requests_of_somebody_new_make_one_user(world: SigningIn) -> None:
    await world.trust(provisions=True)

    actors = await asyncio.gather(*(world.enter_as(sub="cid", jti=str(n)) for n in range(12)))

    assert {actor.user_id for actor in actors} == {"cid"}
    assert (await world.app.accounts.tenants.settings(ANN)).usage["users"] == 3


async def test_a_new_user_counts_against_the_limit(world: SigningIn) -> None:
    await world.trust(provisions=True)
    await world.app.accounts.tenants.change(OPERATOR, "acme", TenantChange(limits={"users": 2}))

    with pytest.raises(Limited, match="2 users"):
        await world.enter_as(sub="cid")
    assert (await world.enter_as()).user_id == "ben"


async def test_an_old_token_does_not_bring_a_deleted_user_back(world: SigningIn) -> None:
    await world.trust(provisions=True)
    old = world.token()
    await world.enter(old)
    world.wait(seconds=2)
    await world.app.accounts.users.delete(ANN, "ben")

    with pytest.raises(Unauthenticated, match="deleted since"):
        await world.enter(old)
    world.wait(seconds=2)
    assert (await world.enter_as()).user_id == "ben"
    with pytest.raises(Unauthenticated, match="revoked"):
        await world.enter(old)


async def test_an_old_token_is_not_the_next_users_of_that_id(world: SigningIn) -> None:
    await world.trust()
    old = world.token()
    world.wait(seconds=2)
    await world.app.accounts.users.delete(ANN, "ben")
    await world.app.accounts.users.create(ANN, NewUser(user_id="ben", name="Another", level=AccessLevel.TENANT_ADMIN))

    with pytest.raises(Unauthenticated, match="revoked"):
        await world.enter(old)


async def test_who_was_made_by_a_token_gets_in_with_it_again_and_with_later_ones(world: SigningIn) -> None:
    await world.trust(provisions=True)
    first = world.token(sub="cid")
    world.wait(minutes=5)
    for token in (first, world.token(sub="cid"), first):
        await world.enter(token)

    mine = world.app.tokens.mint("acme", "cid")

    assert (await world.enter(mine)).user_id == "cid"


@pytest.mark.parametrize("what", ["deactivated", "deleted", "suspended", "revoked", "rule deleted", "rule changed"])
async def test_a_token_that_was_good_is_refused_at_once(world: SigningIn, what: str) -> None:
    accounts, token = world.app.accounts, world.token()
    await world.trust()
    await world.enter(token)
    world.wait(seconds=2)

    match what:
        case "deactivated":
            await accounts.users.change(ANN, "ben", UserChange(is_active=False))
            await accounts.users.change(ANN, "ben", UserChange(is_active=True))
        case "deleted":
            await accounts.users.delete(ANN, "ben")
        case "suspended":
            await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
        case "revoked":
            await accounts.tenants.change(OPERATOR, "acme", TenantChange(revoke_tokens=True))
        case "rule deleted":
            await accounts.issuers.delete(OPERATOR, "acme", "staff")
        case _:
            await world.trust(clients=frozenset({"another"}))

    with pytest.raises(Unauthenticated):
        await world.enter(token)


async def test_host_and_header_must_name_the_tenant_of_the_token(world: SigningIn) -> None:
    await world.trust()

    assert (await world.enter(world.token(), "acme.example.com", "acme")).user_id == "ben"
    for host, tenant in (("other.example.com", None), ("localhost", "other")):
        with pytest.raises(Unauthenticated):
            await world.enter(world.token(), host, tenant)


async def test_only_operators_say_whose_tokens_are_good(world: SigningIn) -> None:
    rule = await world.trust()

    for caller in (ANN, OTHER):
        with pytest.raises(Forbidden):
            await world.app.accounts.issuers.put(caller, caller.tenant_id, rule)
        with pytest.raises(Forbidden):
            await world.app.accounts.issuers.delete(caller, "acme", "staff")
    assert await world.app.accounts.issuers.list(ANN, "acme") == (rule,)
