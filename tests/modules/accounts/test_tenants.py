"""Tenants: created whole, changed by operators, shut and brought back, and never by themselves locked out."""

from __future__ import annotations

import asyncio

import pytest

from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.modules.accounts import (
    Accounts,
    NewTenant,
    Role,
    SharingPolicy,
    TenantChange,
    TenantState,
    UserChange,
)
from entaku.table import idempotency_key
from tests.modules.accounts.conftest import ANN, BEN, OPERATOR

INSIDE = Actor(tenant_id="acme", user_id="root", level=AccessLevel.OPERATOR)
"""An operator who belongs to the tenant itself."""


async def test_two_who_want_one_subdomain_at_once_do_not_both_get_it(accounts: Accounts) -> None:
    new = [NewTenant(tenant_id=f"t{n}", name="T", subdomain="best") for n in range(2)]

    outcomes = await asyncio.gather(*(accounts.tenants.create(OPERATOR, n) for n in new), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Tenant"]


async def test_a_subdomain_that_was_let_go_is_free(accounts: Accounts) -> None:
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(subdomain="new-name"))

    created = await accounts.tenants.create(OPERATOR, NewTenant(tenant_id="next", name="Next", subdomain="acme"))

    assert created.subdomain == "acme"


@pytest.mark.parametrize("subdomain", ["", "-a", "a-", "A", "a.b", "a" * 64, "ü"])
async def test_a_subdomain_is_a_label_of_a_host(accounts: Accounts, subdomain: str) -> None:
    with pytest.raises(Invalid, match="sub-domain"):
        await accounts.tenants.change(OPERATOR, "acme", TenantChange(subdomain=subdomain))


async def test_a_repeated_creation_with_its_key_answers_as_the_first(accounts: Accounts) -> None:
    new = NewTenant(tenant_id="next", name="Next")
    first = await accounts.tenants.create(OPERATOR, new, idempotency=idempotency_key("k", b"x"))

    again = await accounts.tenants.create(OPERATOR, new, idempotency=idempotency_key("k", b"x"))

    assert again == first


async def test_a_change_with_its_key_is_done_once(accounts: Accounts) -> None:
    change = TenantChange(revoke_tokens=True)
    first = await accounts.tenants.change(OPERATOR, "acme", change, idempotency=idempotency_key("k", b"x"))

    again = await accounts.tenants.change(OPERATOR, "acme", change, idempotency=idempotency_key("k", b"x"))

    assert again.version == first.version


async def test_an_operator_cannot_shut_their_own_tenant(accounts: Accounts) -> None:
    with pytest.raises(Forbidden, match="belong to"):
        await accounts.tenants.change(INSIDE, "acme", TenantChange(is_suspended=True))
    with pytest.raises(Forbidden, match="belong to"):
        await accounts.tenants.delete(INSIDE, "acme")


async def test_only_a_suspended_tenant_is_deleted_and_it_can_be_brought_back(accounts: Accounts) -> None:
    with pytest.raises(Conflict, match="suspend"):
        await accounts.tenants.delete(OPERATOR, "acme")
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
    deleted = await accounts.tenants.delete(OPERATOR, "acme")

    back = await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=False))

    assert (deleted.state, back.state, back.purge_after) == (TenantState.DELETED, TenantState.ACTIVE, None)
    assert deleted.purge_after is not None


async def test_the_registry_is_for_operators(accounts: Accounts) -> None:
    with pytest.raises(Forbidden):
        await accounts.tenants.list(ANN, limit=10)
    with pytest.raises(Forbidden):
        await accounts.tenants.change(ANN, "acme", TenantChange(tier="enterprise"))
    with pytest.raises(NotFound):
        await accounts.tenants.get(ANN, "other")


@pytest.mark.parametrize("what", ["policy", "usage", "directory", "tenant"])
async def test_the_version_of_the_settings_moves_with_all_they_show(accounts: Accounts, what: str) -> None:
    before = await accounts.tenants.settings(ANN)

    match what:
        case "policy":
            await accounts.tenants.change_policy(ANN, SharingPolicy.UNION)
        case "usage":
            await accounts.users.delete(ANN, "ben")
        case "directory":
            await accounts.directory.create(ANN, Role(role_id="clerk", name="Clerk"))
        case _:
            await accounts.tenants.change(OPERATOR, "acme", TenantChange(limits={"libraries": 3}))

    assert (await accounts.tenants.settings(ANN)).version > before.version


async def test_the_policy_is_changed_only_at_the_version_that_was_read(accounts: Accounts) -> None:
    version = (await accounts.tenants.settings(ANN)).version
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(tier="free"))

    with pytest.raises(Conflict, match="read it again"):
        await accounts.tenants.change_policy(ANN, SharingPolicy.UNION, expect=version)
    with pytest.raises(Forbidden):
        await accounts.tenants.change_policy(BEN, SharingPolicy.UNION)


async def test_nothing_changed_leaves_no_record(accounts: Accounts) -> None:
    before = await accounts.users.change(ANN, "ben", UserChange())
    tenant = await accounts.tenants.change(OPERATOR, "acme", TenantChange(name="Acme"))

    assert tenant.version == (await accounts.tenants.get(OPERATOR, "acme")).version
    assert before.version == (await accounts.users.get(ANN, "ben")).version


async def test_only_what_is_held_against_is_called_a_limit(accounts: Accounts) -> None:
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(limits={"libraries": 3}))

    assert (await accounts.tenants.settings(ANN)).limits == {"users": 5_000, "libraries": 3, "requests_per_s": 500}
    with pytest.raises(Invalid, match="there are users, libraries"):
        await accounts.tenants.change(OPERATOR, "acme", TenantChange(limits={"storage_bytes": 1}))
