"""Issuers of tenants: a token is of one tenant at most, whatever operators name, change, take away or purge."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.modules.accounts import ISSUERS_MAX, Accounts, FoundBy, IssuerRule, TenantChange
from entaku.modules.accounts.sign_in.issuer_rules import check_issuer
from entaku.modules.audit import Audit, Target
from entaku.table import Table, changed
from entaku.testing import ManualClock
from tests.modules.accounts.conftest import ANN, BEN, OPERATOR, OTHER
from tests.modules.accounts.sign_in_world import sign_in_app


def rule(issuer_id: str = "staff", **more: Any) -> IssuerRule:
    fields = {"issuer": "https://login.example.com", "audience": "app", **more}
    return IssuerRule(issuer_id=issuer_id, **fields)


def shared(value: str, issuer_id: str = "staff", claim: str = "org") -> IssuerRule:
    return rule(issuer_id, tenant_claim=claim, tenant_value=value)


async def test_tokens_that_are_one_tenants_are_not_anothers(accounts: Accounts) -> None:
    await accounts.issuers.put(OPERATOR, "acme", rule())

    for tenant_id, other in (("other", rule()), ("other", shared("o")), ("acme", rule("second"))):
        with pytest.raises(Conflict, match="'acme' alone"):
            await accounts.issuers.put(OPERATOR, tenant_id, other)
    await accounts.issuers.put(OPERATOR, "other", rule(audience="another"))


async def test_a_value_stands_for_one_tenant(accounts: Accounts) -> None:
    await accounts.issuers.put(OPERATOR, "acme", shared("a"))
    await accounts.issuers.put(OPERATOR, "other", shared("b"))

    with pytest.raises(Conflict, match="'acme'; name the value of tenant 'other'"):
        await accounts.issuers.put(OPERATOR, "other", shared("a", "second"))
    with pytest.raises(Conflict, match="'org'"):
        await accounts.issuers.put(OPERATOR, "other", shared("c", "second", claim="tid"))
    with pytest.raises(Conflict, match="'org'"):
        await accounts.issuers.put(OPERATOR, "other", rule("second"))


async def test_of_two_who_claim_the_same_at_once_one_gets_it(accounts: Accounts) -> None:
    outcomes = await asyncio.gather(
        *(accounts.issuers.put(OPERATOR, name, shared("a")) for name in ("acme", "other")), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "IssuerRule"]


async def test_what_was_let_go_is_free(accounts: Accounts) -> None:
    for tenant_id, value in (("acme", "a"), ("other", "b")):
        await accounts.issuers.put(OPERATOR, tenant_id, shared(value))
        await accounts.issuers.delete(OPERATOR, tenant_id, "staff")

    await accounts.issuers.put(OPERATOR, "other", rule())

    assert (await accounts.issuers.list(OPERATOR, "other"), await accounts.issuers.list(ANN, "acme")) == ((rule(),), ())


async def test_a_rule_changes_but_not_what_it_is_about(accounts: Accounts) -> None:
    await accounts.issuers.put(OPERATOR, "acme", rule())
    after = rule(provisions=True, user_claim="login")

    assert await accounts.issuers.put(OPERATOR, "acme", after) == after
    for other in (rule(audience="b"), rule(issuer="https://b.example"), shared("a")):
        with pytest.raises(Conflict, match="delete it first"):
            await accounts.issuers.put(OPERATOR, "acme", other)


async def test_who_is_not_an_operator_sees_at_most_their_own(accounts: Accounts) -> None:
    await accounts.issuers.put(OPERATOR, "acme", rule())

    assert await accounts.issuers.list(ANN, "acme") == (rule(),)
    with pytest.raises(Forbidden):
        await accounts.issuers.list(BEN, "acme")
    with pytest.raises(NotFound):
        await accounts.issuers.list(OTHER, "acme")


async def test_the_trail_of_the_tenant_tells_each_change(accounts: Accounts, table: Table) -> None:
    for change in (rule(), rule(provisions=True), rule(provisions=True)):
        await accounts.issuers.put(OPERATOR, "acme", change)
    await accounts.issuers.delete(OPERATOR, "acme", "staff")

    trail = await Audit(table, secrets.token_bytes).list(ANN, Target("tenant", "acme"), limit=10)

    actions = [record.action for record in trail.items]
    assert actions == ["issuer_deleted", "issuer_changed", "issuer_added", "tenant_created"]
    assert (trail.items[1].after or {})["issuers"][0]["provisions"] is True


async def test_a_rule_without_its_claim_is_mended_and_takes_nothing_of_others(accounts: Accounts, table: Table) -> None:
    await accounts.issuers.put(OPERATOR, "acme", rule())
    acme = await accounts.tenants.get(OPERATOR, "acme")
    other = await accounts.tenants.get(OPERATOR, "other")
    # As it is with a tenant that comes out of a backup.
    await table.platform.replace(changed(other, issuers=acme.issuers))

    with pytest.raises(Conflict, match="'acme' alone"):
        await accounts.issuers.put(OPERATOR, "other", rule())
    await accounts.issuers.delete(OPERATOR, "other", "staff")
    with pytest.raises(Conflict, match="'acme' alone"):
        await accounts.issuers.put(OPERATOR, "other", rule())
    await accounts.issuers.delete(OPERATOR, "acme", "staff")
    await table.platform.replace(changed(await accounts.tenants.get(OPERATOR, "acme"), issuers=acme.issuers))
    await accounts.issuers.put(OPERATOR, "acme", rule())
    with pytest.raises(Conflict, match="'acme' alone"):
        await accounts.issuers.put(OPERATOR, "other", rule())


async def test_a_purged_tenant_lets_go_of_all(accounts: Accounts, clock: ManualClock) -> None:
    for value in ("a", "b"):
        await accounts.issuers.put(OPERATOR, "acme", shared(value, f"i-{value}"))
    await accounts.issuers.put(OPERATOR, "acme", rule("alone", audience="only"))
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
    await accounts.tenants.delete(OPERATOR, "acme")
    with pytest.raises(Conflict, match="bring it back"):
        await accounts.issuers.put(OPERATOR, "acme", rule("more", audience="more"))
    clock.advance(timedelta(days=31))

    await accounts.purging.purge(OPERATOR, "acme")

    for other in (rule("x"), rule("y", audience="only")):
        await accounts.issuers.put(OPERATOR, "other", other)


async def test_a_tenant_has_a_bounded_number_of_issuers(accounts: Accounts) -> None:
    for number in range(ISSUERS_MAX):
        await accounts.issuers.put(OPERATOR, "acme", rule(f"i{number}", audience=f"a{number}"))

    with pytest.raises(Limited):
        await accounts.issuers.put(OPERATOR, "acme", rule())


@pytest.mark.parametrize(
    "bad",
    [
        rule("a b"),
        rule(audience=""),
        rule(audience="two words"),
        rule(audience="x" * 201),
        rule(user_claim=""),
        rule(name_claim="ä"),
        rule(tenant_claim="org"),
        rule(tenant_value="a"),
        rule(clients=frozenset({""})),
        rule(clients=frozenset(map(str, range(21)))),
        rule(provisions=True, found_by=FoundBy.EMAIL),
    ],
)
async def test_a_rule_that_cannot_be_is_refused(accounts: Accounts, bad: IssuerRule) -> None:
    with pytest.raises(Invalid):
        await accounts.issuers.put(OPERATOR, "acme", bad)


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "login.example.com",
        "http://login.example.com",
        "ftp://login.example.com",
        "file:///etc/passwd",
        "https://",
        "https://user:word@login.example.com",
        "https://login.example.com?x=1",
        "https://login.example.com#x",
        "https://login.example.com\\@evil.example",
        "https://login.example.com:99999",
        "https://[::1",
        "https://login.example.com/\n",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "entaku",
        f"https://{'x' * 300}.example",
    ],
)
def test_what_is_no_address_of_an_issuer_is_refused(issuer: str) -> None:
    with pytest.raises(Invalid):
        check_issuer(issuer)


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.example.com",
        "https://login.example.com/",
        "https://login.example.com:8443/tenant/v2.0",
        "http://127.0.0.1:5000",
        "http://localhost:5000",
        "http://[::1]:5000",
    ],
)
def test_an_address_of_an_issuer_is_kept_letter_by_letter(issuer: str) -> None:
    assert check_issuer(issuer) == issuer


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["acme", "other"]),
        st.sampled_from(["i", "j"]),
        st.sampled_from(["app", "web", None]),
        st.sampled_from(["x", "y", None]),
    ),
    max_size=12,
)
"""Each with tenant and id of a rule; an audience, or none to delete the rule; a value of the claim, or none."""


@pytest.mark.thorough
@given(steps=STEPS)
async def test_whatever_is_changed_a_token_is_of_one_tenant_at_most(steps: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        async with sign_in_app("sqlite", Path(folder) / "data", ManualClock()) as app:
            for tenant_id, issuer_id, audience, value in steps:
                with contextlib.suppress(Conflict, NotFound):
                    if audience is None:
                        await app.accounts.issuers.delete(OPERATOR, tenant_id, issuer_id)
                    else:
                        about = {"audience": audience, "tenant_claim": value and "org", "tenant_value": value}
                        await app.accounts.issuers.put(OPERATOR, tenant_id, rule(issuer_id, **about))
            places = [
                (each.audience, each.tenant_value)
                for name in ("acme", "other")
                for each in await app.accounts.issuers.list(OPERATOR, name)
            ]

            assert len(places) == len(set(places))
            alone = {audience for audience, value in places if value is None}
            assert all((audience in alone) == (value is None) for audience, value in places)
