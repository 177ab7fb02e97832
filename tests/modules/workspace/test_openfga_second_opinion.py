"""OpenFGA, given what an export says, answers as we do: in any organisation, at any instant, under either policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from entaku.cli.tenant_export import exported
from entaku.core.context import Actor
from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing import Check, Permission
from entaku.modules.workspace import OpenFgaExport, Policy, workspace_of
from entaku.testing import ManualClock
from tests.emulators.openfga import Verdict, verdict
from tests.modules.workspace.importing import Imports
from tests.modules.workspace.organisations import LIBRARIES, PEOPLE, organisation

ORGANISATIONS = 20
PAIRS = PEOPLE * LIBRARIES
SOME_PAIRS = 12
POLICIES = get_args(Policy)


async def store_text(tenant: Imports, clock: ManualClock, pairs: int = PAIRS) -> str:
    """What `entaku tenants export --format openfga --answers` prints."""
    await tenant.settled()
    content, _ = await exported(tenant.app, tenant.tenant_id)
    export = OpenFgaExport(workspace_of(content))
    return (await export.with_answers(tenant.app.sharing.checks.check, tenant.actor, clock, pairs)).text()


async def opinions(tenant: Imports, clock: ManualClock, folder: Path, number: int, pairs: int) -> list[Verdict]:
    """On one organisation under either policy: while shares start and end, and a millisecond later."""
    around = clock.now() + timedelta(days=1)
    await tenant(organisation(number, POLICIES[0], around))
    found: list[Verdict] = []
    for policy in POLICIES:
        clock.set(around + timedelta(milliseconds=len(found)))
        await tenant.app.accounts.tenants.change_policy(tenant.actor, SharingPolicy(policy))
        found.append(verdict(await store_text(tenant, clock, pairs), folder))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", range(ORGANISATIONS))
async def test_openfga_answers_as_we_do(acme: Imports, clock: ManualClock, tmp_path: Path, number: int) -> None:
    agreed = Verdict(checks=4 * PAIRS, differences=())

    assert await opinions(acme, clock, tmp_path, number, PAIRS) == [agreed, agreed]


@pytest.mark.thorough
async def test_openfga_answers_a_few_questions_as_we_do(acme: Imports, clock: ManualClock, tmp_path: Path) -> None:
    agreed = Verdict(checks=4 * SOME_PAIRS, differences=())

    assert await opinions(acme, clock, tmp_path, ORGANISATIONS, SOME_PAIRS) == [agreed, agreed]


EVERY_RULE = """\
    policy: precedence
    departments: [{id: top, name: Top}, {id: below, name: Below, parent: top}]
    groups: [{id: outer, name: Outer}, {id: inner, name: Inner, parents: [outer]}]
    users:
    - {id: owner, name: Owner}
    - {id: deputy, name: Deputy}
    - {id: nearer, name: Nearer, groups: [outer]}
    - {id: nested, name: Nested, groups: [inner]}
    - {id: under, name: Under, department: below}
    - {id: away, name: Away, department: top, state: deactivated}
    - {id: ending, name: Ending}
    - {id: starting, name: Starting}
    - {id: given, name: Given, department: top}
    libraries:
    - id: menu
      name: Menu
      owner: owner
      shares:
      - {with: user:deputy, permissions: [read, write, delete, share]}
      - {with: user:nearer}
      - {with: group:outer, permissions: [read, write]}
      - {with: department:top}
      - {with: user:ending, until: 2026-04-02T09:30:00Z}
      - {with: user:starting, from: 2026-04-02T09:30:00Z}
      - {with: user:given, permissions: [read, write], delegated: true, granted_by: deputy}
    """


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("rule", "instead"),
    [
        ("(group_write but not nearer_than_group)", "group_write"),
        ("current_time < expires_at", "current_time <= expires_at"),
        ("current_time >= starts_at", "current_time > starts_at"),
        ("member but not deactivated", "member"),
        ("member or tree_member from child", "member"),
        ('"relation": "member", "object": "group:outer"', '"relation": "member", "object": "group:other"'),
        ("(owner or delegated_write or", "(owner or"),
    ],
)
async def test_a_rule_that_is_missing_is_noticed(
    acme: Imports, clock: ManualClock, tmp_path: Path, rule: str, instead: str
) -> None:
    await acme(EVERY_RULE)
    clock.set(datetime(2026, 4, 2, 9, 30, tzinfo=UTC))
    store = await store_text(acme, clock)

    assert verdict(store, tmp_path).differences == ()
    assert verdict(store.replace(rule, instead), tmp_path).differences != ()


@pytest.mark.thorough
@pytest.mark.parametrize("permission", Permission)
async def test_an_answer_of_ours_that_is_wrong_is_noticed_and_named(
    acme: Imports, clock: ManualClock, tmp_path: Path, permission: Permission
) -> None:
    await acme(EVERY_RULE)
    await acme.settled()
    wrong = Check(user_id="nested", library_id="menu", permission=permission)

    async def answered(actor: Actor, checks: Sequence[Check]) -> list[bool]:
        right = await acme.app.sharing.checks.check(actor, checks)
        return [answer != (check == wrong) for check, answer in zip(checks, right, strict=True)]

    content, _ = await exported(acme.app, acme.tenant_id)
    store = await OpenFgaExport(workspace_of(content)).with_answers(answered, acme.actor, clock, PAIRS)

    (difference,) = verdict(store.text(), tmp_path).differences
    assert all(word in difference for word in ("user:nested", "library:menu", f"can_{permission}"))
