"""What the document promises of If-Match and Idempotency-Key holds on every route that names them."""

from __future__ import annotations

import pytest

from tests.scenarios.documented import takes
from tests.scenarios.scenario import Scenario
from tests.scenarios.tables import SCENARIOS
from tests.scenarios.world import Side, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]

VERSIONED = [scenario for scenario in SCENARIOS if takes(scenario, "If-Match")]
REPEATABLE = [scenario for scenario in SCENARIOS if takes(scenario, "Idempotency-Key")]


@pytest.mark.parametrize("scenario", VERSIONED, ids=lambda s: s.name)
async def test_a_stale_version_changes_nothing(world: World, home: Side, scenario: Scenario) -> None:
    await world.prepare(scenario, home)
    before = await world.items(home.tenant_id)

    answer = await world.send(scenario, home, headers={"If-Match": '"1"'})

    assert answer.status == 412, answer.body.decode()
    assert f'"{answer.json()["current_version"]}"' == await world.tag(scenario, home)
    assert await world.items(home.tenant_id) == before


@pytest.mark.parametrize("scenario", VERSIONED, ids=lambda s: s.name)
async def test_the_version_that_was_read_is_accepted(world: World, home: Side, scenario: Scenario) -> None:
    await world.prepare(scenario, home)
    tag = await world.tag(scenario, home)

    answer = await world.send(scenario, home, headers={"If-Match": tag})

    assert answer.status == scenario.status, answer.body.decode()


@pytest.mark.parametrize("scenario", VERSIONED, ids=lambda s: s.name)
async def test_what_changed_has_a_new_tag(world: World, home: Side, scenario: Scenario) -> None:
    await world.prepare(scenario, home)
    tag = await world.tag(scenario, home)

    answer = await world.send(scenario, home)

    assert answer.headers.get("etag") != tag


@pytest.mark.parametrize("scenario", REPEATABLE, ids=lambda s: s.name)
async def test_a_repeated_request_is_done_once(world: World, home: Side, scenario: Scenario) -> None:
    await world.prepare(scenario, home)
    first = await world.send(scenario, home, headers={"Idempotency-Key": f"once {home.tenant_id}"})
    before = await world.items(home.tenant_id)

    again = await world.send(scenario, home, headers={"Idempotency-Key": f"once {home.tenant_id}"})

    assert (again.status, again.body, again.headers.get("etag")) == (
        first.status,
        first.body,
        first.headers.get("etag"),
    )
    assert again.headers["idempotency-replayed"] == "true"
    assert await world.items(home.tenant_id) == before


@pytest.mark.parametrize("scenario", REPEATABLE, ids=lambda s: s.name)
async def test_a_key_stands_for_one_request_only(world: World, home: Side, scenario: Scenario) -> None:
    key = {"Idempotency-Key": f"twice {home.tenant_id}"}
    await world.prepare(scenario, home)
    await world.send(scenario, home, headers=key)
    before = await world.items(home.tenant_id)

    # The same body with a space more is another request.
    answer = await world.send(scenario, home, headers=key, body_suffix=b" ")

    assert answer.status == 409, answer.body.decode()
    assert await world.items(home.tenant_id) == before
