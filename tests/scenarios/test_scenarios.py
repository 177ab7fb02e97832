"""Every route does what its scenarios say, and refuses who may not: anonymous callers, and callers with less access."""

from __future__ import annotations

import pytest
from litestar.routes import HTTPRoute

from tests.scenarios.scenario import Caller, Scenario
from tests.scenarios.tables import SCENARIOS
from tests.scenarios.world import Side, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLOSED = [scenario for scenario in SCENARIOS if scenario.caller is not Caller.NOBODY]
REFUSED = [(scenario, caller) for scenario in SCENARIOS for caller in scenario.refused]


async def test_every_route_has_a_scenario(world: World) -> None:
    known = {(scenario.method, scenario.route) for scenario in SCENARIOS}
    routes = {
        (method, route.path_format)
        for route in world.http.framework.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"OPTIONS", "HEAD"}
    }

    assert sorted(routes - known) == [], "add scenarios to the table of the module, in tests/scenarios"
    assert sorted(known - routes) == [], "these scenarios are about routes that do not exist"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
async def test_it_works(world: World, home: Side, scenario: Scenario) -> None:
    await world.prepare(scenario, home)

    answer = await world.send(scenario, home)

    assert answer.status == scenario.status, answer.body.decode()
    body = answer.body.decode(errors="replace")
    missing = [text for text in scenario.contains if text.replace("MARK", home.mark) not in body]
    assert missing == [], body


@pytest.mark.parametrize("scenario", CLOSED, ids=lambda s: s.name)
async def test_without_a_token_nothing_is_told(world: World, untouched: Side, scenario: Scenario) -> None:
    before = await world.items(untouched.tenant_id)

    answer = await world.send(scenario, untouched, caller=Caller.NOBODY)

    assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
    assert await world.items(untouched.tenant_id) == before


@pytest.mark.parametrize(("scenario", "caller"), REFUSED, ids=lambda value: getattr(value, "name", str(value)))
async def test_with_too_little_access_nothing_is_done(
    world: World, untouched: Side, scenario: Scenario, caller: Caller
) -> None:
    before = await world.items(untouched.tenant_id)

    answer = await world.send(scenario, untouched, caller=caller)

    assert answer.status == scenario.refused[caller], answer.body.decode()
    assert await world.items(untouched.tenant_id) == before
