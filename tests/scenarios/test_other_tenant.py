"""What another tenant gets for the requests of a tenant: its own things or nothing, never a word of the first.

The rows are generated from the scenarios and the OpenAPI document. `twin` has things of the same ids, `stranger` none.
"""

from __future__ import annotations

import pytest

from entaku.api.in_process import Answer
from tests.scenarios.documented import takes
from tests.scenarios.scenario import Caller, Scenario
from tests.scenarios.tables import SCENARIOS
from tests.scenarios.world import Land, Side, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]

CLOSED = [scenario for scenario in SCENARIOS if scenario.caller is not Caller.NOBODY]
# The operator's own listings are the platform's: no tenant has a share in them.
OF_TENANTS = [scenario for scenario in CLOSED if scenario.caller is not Caller.OPERATOR]
LISTINGS = [scenario for scenario in OF_TENANTS if takes(scenario, "cursor")]
# An answer that names nothing of the tenant may well be the same for two of them.
TAGGED = [s for s in OF_TENANTS if s.method == "GET" and any("MARK" in text.split() for text in s.contains)]
VERSIONED = [scenario for scenario in OF_TENANTS if takes(scenario, "If-Match")]
REPEATABLE = [scenario for scenario in OF_TENANTS if takes(scenario, "Idempotency-Key")]


def foreign_caller(scenario: Scenario) -> Caller:
    """An operator is nobody's stranger: the strongest caller that another tenant has is its administrator."""
    return Caller.ADMIN if scenario.caller is Caller.OPERATOR else scenario.caller


def assert_nothing_told(answer: Answer, home: Side) -> None:
    assert home.mark not in answer.body.decode(errors="replace")
    assert home.mark not in str(answer.headers)
    assert answer.status < 500, answer.body.decode()


@pytest.mark.parametrize("scenario", CLOSED, ids=lambda s: s.name)
async def test_a_tenant_with_the_same_ids_meets_only_its_own(world: World, land: Land, scenario: Scenario) -> None:
    await world.prepare(scenario, land.home)
    before = await world.items(land.home.tenant_id)

    answer = await world.send(scenario, land.home, sender=land.twin, caller=foreign_caller(scenario))

    assert_nothing_told(answer, land.home)
    assert await world.items(land.home.tenant_id) == before


@pytest.mark.parametrize("scenario", CLOSED, ids=lambda s: s.name)
async def test_a_tenant_without_them_finds_nothing(world: World, land: Land, scenario: Scenario) -> None:
    await world.prepare(scenario, land.home)
    before = await world.items(land.home.tenant_id)

    answer = await world.send(scenario, land.home, sender=land.stranger, caller=foreign_caller(scenario))

    assert_nothing_told(answer, land.home)
    if scenario.caller is Caller.OPERATOR:
        assert answer.status == 403
    elif "{" in scenario.route and not scenario.is_same_for_all:
        assert answer.status == 404
    assert await world.items(land.home.tenant_id) == before


@pytest.mark.parametrize("scenario", LISTINGS, ids=lambda s: s.name)
async def test_the_cursor_of_another_tenant_is_refused(world: World, land: Land, scenario: Scenario) -> None:
    await world.prepare(scenario, land.home)
    cursor = (await world.send(scenario, land.home, query="limit=1")).json()["next_cursor"]

    answer = await world.send(scenario, land.twin, query=f"limit=1&cursor={cursor or 'none'}")

    assert answer.status == 400
    assert "cursor" in answer.json()["detail"]


async def test_every_listing_was_tried_with_a_real_cursor(world: World) -> None:
    routes, shared = {scenario.route for scenario in LISTINGS}, await world.home()
    for scenario in LISTINGS:
        # What one of them does before may not be done twice to a tenant.
        home = await world.home() if scenario.before else shared
        await world.prepare(scenario, home)
        if (await world.send(scenario, home, query="limit=1")).json()["next_cursor"]:
            routes.discard(scenario.route)

    assert sorted(routes) == [], "let the tables furnish at least two of what these list"


@pytest.mark.parametrize("scenario", TAGGED, ids=lambda s: s.name)
async def test_the_tag_of_another_tenant_is_never_current(world: World, land: Land, scenario: Scenario) -> None:
    await world.prepare(scenario, land.home)
    tag = (await world.send(scenario, land.home)).headers.get("etag", '"none"')

    answer = await world.send(scenario, land.twin, headers={"If-None-Match": tag})

    assert answer.status == scenario.status


@pytest.mark.parametrize("scenario", VERSIONED, ids=lambda s: s.name)
async def test_the_version_of_another_tenant_is_never_the_expected_one(
    world: World, land: Land, scenario: Scenario
) -> None:
    await world.prepare(scenario, land.home)
    await world.prepare(scenario, land.twin)
    tag = await world.tag(scenario, land.home)
    before = await world.items(land.twin.tenant_id)

    answer = await world.send(scenario, land.twin, headers={"If-Match": tag})

    assert answer.status == 412, answer.body.decode()
    assert await world.items(land.twin.tenant_id) == before


@pytest.mark.parametrize("scenario", REPEATABLE, ids=lambda s: s.name)
async def test_the_idempotency_key_of_another_tenant_means_nothing(
    world: World, land: Land, scenario: Scenario
) -> None:
    await world.prepare(scenario, land.home)
    await world.prepare(scenario, land.twin)
    key = {"Idempotency-Key": "the same in both"}
    await world.send(scenario, land.home, headers=key)

    answer = await world.send(scenario, land.twin, headers=key)

    assert answer.status == scenario.status
    assert "idempotency-replayed" not in answer.headers
    assert_nothing_told(answer, land.home)
