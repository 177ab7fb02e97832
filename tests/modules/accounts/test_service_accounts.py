"""Service accounts: looked after by administrators; their keys are bounded, replaced without a gap and in the trail."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import pytest

from entaku.core.context import AccessLevel, Actor, Scope
from entaku.core.errors import Conflict, EntakuError, Forbidden, Invalid, Limited, NotFound, Unavailable
from entaku.modules.accounts import API_KEYS_MAX, Accounts, MadeApiKey, NewApiKey, NewUser, UserChange
from entaku.modules.audit import Audit, Target
from entaku.table import Table
from entaku.testing import ManualClock
from tests.modules.accounts.conftest import ANN, BEN, OTHER, Referring, operator

READ = frozenset({Scope.READ})


@pytest.fixture
async def staffed(accounts: Accounts) -> Accounts:
    await accounts.service_accounts.create(ANN, NewUser(user_id="robot", name="Robot"))
    return accounts


async def make(accounts: Accounts, key_id: str, actor: Actor = ANN, **more: Any) -> MadeApiKey:
    new = NewApiKey(key_id=key_id, **more)
    return await accounts.service_accounts.create_key(actor, "robot", new)


async def test_a_list_has_every_service_account_and_no_person(staffed: Accounts) -> None:
    await staffed.users.create(ANN, NewUser(user_id="android", name="A", is_service=True))

    listed = await staffed.service_accounts.list(BEN, limit=10)

    assert [profile.user_id for profile in listed.items] == ["android", "robot"]
    assert (await staffed.service_accounts.list(OTHER, limit=10)).items == ()


async def test_a_deleted_account_is_listed_no_more(staffed: Accounts) -> None:
    await make(staffed, "ci")

    await staffed.service_accounts.delete(ANN, "robot")

    assert (await staffed.service_accounts.list(ANN, limit=10)).items == ()
    with pytest.raises(NotFound):
        await staffed.service_accounts.list_keys(ANN, "robot")


async def test_a_deletion_that_was_interrupted_is_finished_by_repeating_it(
    staffed: Accounts, referring: Referring
) -> None:
    await make(staffed, "ci")

    async def break_off() -> None:
        raise Unavailable

    referring.meanwhile = break_off
    with pytest.raises(Unavailable):
        await staffed.service_accounts.delete(ANN, "robot")
    with pytest.raises(NotFound):
        await make(staffed, "more")

    await staffed.service_accounts.delete(ANN, "robot")

    assert (await staffed.service_accounts.list(ANN, limit=10)).items == ()


@pytest.mark.parametrize("user_id", ["ben", "nobody"])
async def test_a_person_has_no_keys(staffed: Accounts, user_id: str) -> None:
    services = staffed.service_accounts

    for attempt in (
        services.get(ANN, user_id),
        services.list_keys(ANN, user_id),
        services.create_key(ANN, user_id, NewApiKey()),
        services.delete_key(ANN, user_id, "ci"),
        services.change(ANN, user_id, UserChange(name="X")),
        services.delete(ANN, user_id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_only_administrators_look_after_keys(staffed: Accounts) -> None:
    await make(staffed, "ci")
    services = staffed.service_accounts

    for attempt in (
        services.list_keys(BEN, "robot"),
        services.create_key(BEN, "robot", NewApiKey()),
        services.delete_key(BEN, "robot", "ci"),
        services.create(BEN, NewUser(user_id="x", name="X")),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_another_tenant_finds_no_account(staffed: Accounts) -> None:
    await make(staffed, "ci")

    with pytest.raises(NotFound):
        await staffed.service_accounts.list_keys(OTHER, "robot")
    with pytest.raises(NotFound):
        await staffed.service_accounts.delete_key(OTHER, "robot", "ci")


async def test_an_administrator_makes_no_key_of_an_operator(staffed: Accounts) -> None:
    await staffed.users.change(operator("acme"), "robot", UserChange(level=AccessLevel.OPERATOR))

    with pytest.raises(Forbidden, match="only by operators"):
        await make(staffed, "ci")


async def test_a_key_makes_none_that_is_good_for_more(staffed: Accounts) -> None:
    caller = Actor(tenant_id="acme", user_id="ann", level=AccessLevel.TENANT_ADMIN, scopes=READ | {Scope.WRITE})

    assert (await make(staffed, "same", caller, scopes=READ)).key.scopes == READ
    with pytest.raises(Forbidden, match="'admin'"):
        await make(staffed, "more", caller, scopes=frozenset({Scope.ADMIN}))


async def test_keys_have_a_limit_however_many_are_made_at_once(staffed: Accounts) -> None:
    attempts = [make(staffed, f"k{n}") for n in range(API_KEYS_MAX + 3)]

    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    refused = [outcome for outcome in outcomes if isinstance(outcome, EntakuError)]
    assert {type(outcome) for outcome in refused} <= {Limited, Conflict}
    kept = await staffed.service_accounts.list_keys(ANN, "robot")
    assert len(kept) == len(outcomes) - len(refused) <= API_KEYS_MAX


async def test_an_expired_key_makes_room(staffed: Accounts, clock: ManualClock) -> None:
    soon = clock.now() + timedelta(minutes=1)
    for number in range(API_KEYS_MAX):
        await make(staffed, f"k{number}", expires_at=soon)
    with pytest.raises(Limited):
        await make(staffed, "more")
    clock.advance(timedelta(minutes=1))

    await make(staffed, "more")

    assert [key.key_id for key in await staffed.service_accounts.list_keys(ANN, "robot")] == ["more"]


async def test_a_replaced_key_ends_after_the_overlap(staffed: Accounts, clock: ManualClock) -> None:
    await make(staffed, "old")
    await make(staffed, "new", replaces="old", overlap=timedelta(hours=2))

    clock.advance(timedelta(hours=1))
    both = await staffed.service_accounts.list_keys(ANN, "robot")
    clock.advance(timedelta(hours=1))
    one = await staffed.service_accounts.list_keys(ANN, "robot")

    assert ([key.key_id for key in both], [key.key_id for key in one]) == (["new", "old"], ["new"])


async def test_replacing_never_lengthens_a_life(staffed: Accounts, clock: ManualClock) -> None:
    soon = clock.now() + timedelta(minutes=5)
    await make(staffed, "old", expires_at=soon)

    await make(staffed, "new", replaces="old")

    assert {key.key_id: key.expires_at for key in await staffed.service_accounts.list_keys(ANN, "robot")}["old"] == soon


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (NewApiKey(key_id="a b"), Invalid),
        (NewApiKey(scopes=frozenset()), Invalid),
        (NewApiKey(overlap=timedelta(days=31)), Invalid),
        (NewApiKey(overlap=timedelta(seconds=-1)), Invalid),
        (NewApiKey(replaces="nothing"), NotFound),
        (NewApiKey(key_id="ci"), Conflict),
    ],
)
async def test_a_key_that_cannot_be_is_refused(staffed: Accounts, new: NewApiKey, error: type[EntakuError]) -> None:
    await make(staffed, "ci")

    with pytest.raises(error):
        await staffed.service_accounts.create_key(ANN, "robot", new)


async def test_a_key_that_would_have_ended_is_refused(staffed: Accounts, clock: ManualClock) -> None:
    with pytest.raises(Invalid, match="to come"):
        await make(staffed, "ci", expires_at=clock.now())


async def test_a_deactivated_account_gets_no_key(staffed: Accounts) -> None:
    await staffed.service_accounts.change(ANN, "robot", UserChange(is_active=False))

    with pytest.raises(Conflict, match="activate"):
        await make(staffed, "ci")


async def test_the_trail_tells_of_keys_without_telling_them(staffed: Accounts, table: Table) -> None:
    made = await make(staffed, "ci")
    await make(staffed, "cd", replaces="ci")
    await staffed.service_accounts.delete_key(ANN, "robot", "cd")

    trail = (await Audit(table, secrets.token_bytes).list(ANN, Target("user", "robot"), limit=10)).items

    told = {(record.action, record.subject) for record in trail}
    assert told == {
        ("user_created", None),
        ("api_key_created", "api_key:ci"),
        ("api_key_created", "api_key:cd"),
        ("api_key_replaced", "api_key:ci"),
        ("api_key_deleted", "api_key:cd"),
    }
    assert made.key.secret_hash not in repr(trail)
