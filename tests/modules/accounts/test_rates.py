"""Tenants ask as often as was agreed: no more, no less, each for itself, and a new limit counts at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.api.in_process import Answer, InProcess, in_process
from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Limited
from entaku.main import App
from entaku.modules.accounts import NewTenant, NewUser, TenantChange
from entaku.modules.accounts.rates import BURST_S, TENANTS_MAX, Bucket, Rates
from tests.building import build_on
from tests.modules.accounts.conftest import OPERATOR

ANN = Actor(tenant_id="acme", user_id="ann")
ROOT = Actor(tenant_id="home", user_id="root")

# So many that the share of one fills by a request in a minute: what a test takes does not matter.
WORKERS = 64


class Watch:
    """A clock of seconds that stands still."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def app(engine: str, tmp_path: Path) -> AsyncIterator[App]:
    built = await build_on(engine, tmp_path / "data", workers=WORKERS)
    for actor in (ANN, ROOT):
        await built.accounts.tenants.create(OPERATOR, NewTenant(tenant_id=actor.tenant_id, name=actor.tenant_id))
        new = NewUser(user_id=actor.user_id, name="N", level=AccessLevel.OPERATOR)
        await built.accounts.users.create(built.operator(actor.tenant_id), new)
    yield built
    await built.close()


@pytest.fixture
async def client(app: App) -> AsyncIterator[InProcess]:
    async with in_process(app.http()) as started:
        yield started


async def limit(app: App, rate: int) -> None:
    await app.accounts.tenants.change(OPERATOR, "acme", TenantChange(limits={"requests_per_s": rate}))


async def ask(app: App, client: InProcess, target: str = "/api/me", actor: Actor = ANN) -> Answer:
    token = app.tokens.mint(actor.tenant_id, actor.user_id)
    return await client.call("GET", target, headers={"Authorization": f"Bearer {token}"})


async def test_one_request_too_many_is_told_when_to_come_again(app: App, client: InProcess) -> None:
    await limit(app, 1)

    answers = [await ask(app, client) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 429]
    assert 1 <= int(answers[1].headers["retry-after"]) <= WORKERS
    assert answers[1].json()["code"] == "limited"
    assert "limit of 1 requests a second" in answers[1].json()["detail"]


async def test_the_requests_of_a_tenant_are_no_others(app: App, client: InProcess) -> None:
    await limit(app, 1)
    for _ in range(3):
        await ask(app, client)

    assert (await ask(app, client, actor=ROOT)).status == 200


async def test_a_new_limit_counts_from_the_next_request_on(app: App, client: InProcess) -> None:
    await limit(app, 0)
    refused = await ask(app, client)

    await limit(app, 1_000)

    assert (refused.status, (await ask(app, client)).status) == (429, 200)


@pytest.mark.parametrize("target", ["/healthz", "/metrics", "/errors", "/schema/openapi.json"])
async def test_what_operates_the_service_is_answered_however_often(app: App, client: InProcess, target: str) -> None:
    await limit(app, 0)

    assert [(await ask(app, client, target)).status for _ in range(3)] == [200, 200, 200]


async def test_the_list_that_is_answered_in_front_is_counted_too(app: App, client: InProcess) -> None:
    await limit(app, 0)

    assert (await ask(app, client, "/api/users/ann/libraries")).status == 429


async def test_who_asks_sees_the_limit(app: App, client: InProcess) -> None:
    await limit(app, 77)

    assert (await ask(app, client, "/api/tenant")).json()["limits"]["requests_per_s"] == 77


async def test_a_tier_that_is_gone_locks_nobody_out(app: App) -> None:
    tenant = await app.accounts.tenants.get(OPERATOR, "acme")
    app.accounts.limits.tiers = {}

    assert app.accounts.limits.find_rate(tenant) is None


@given(
    rate=st.integers(1, 1_000),
    workers=st.integers(1, 64),
    gaps_s=st.lists(st.floats(0, 3), min_size=1, max_size=200),
)
def test_in_any_stretch_of_time_a_bucket_lets_through_its_share_and_a_burst(
    rate: int, workers: int, gaps_s: list[float]
) -> None:
    bucket, now, let_through = Bucket(rate, workers, 0.0), 0.0, []
    for gap_s in gaps_s:
        now += gap_s
        if bucket.take(now) == 0.0:
            let_through.append(now)

    share = rate / workers
    most = max(1.0, BURST_S * share)
    for first, began in enumerate(let_through):
        for last in range(first, len(let_through)):
            assert last - first + 1 <= most + (let_through[last] - began) * share + 1e-6


@given(rate=st.integers(1, 1_000), workers=st.integers(1, 64), asked=st.integers(1, 3_000))
def test_who_waits_as_told_is_let_through(rate: int, workers: int, asked: int) -> None:
    watch = Watch()
    rates = Rates(workers, watch)
    rates.learn("acme", rate)
    waited_s = None
    for _ in range(asked):
        try:
            rates.admit(ANN)
        except Limited as error:
            waited_s = error.retry_after_s
            break
    if waited_s is not None:
        watch.now_s += waited_s + 1e-6

        rates.admit(ANN)


def test_what_was_used_is_not_forgotten_when_the_same_limit_is_learnt_again() -> None:
    rates = Rates(1, Watch())
    for _ in range(2):
        rates.learn("acme", 1)
        rates.admit(ANN)

    rates.learn("acme", 1)

    with pytest.raises(Limited):
        rates.admit(ANN)


def test_without_a_limit_nobody_waits() -> None:
    rates = Rates(1, Watch())
    rates.learn("acme", 1)
    rates.learn("acme", None)

    for _ in range(100):
        rates.admit(ANN)


def test_a_tenant_that_is_heard_of_is_not_forgotten_for_new_ones() -> None:
    rates = Rates(1, Watch())
    rates.learn("acme", 1)
    for number in range(TENANTS_MAX - 1):
        rates.learn(str(number), 1)
    for _ in range(2):
        rates.admit(ANN)

    rates.learn("acme", 1)
    rates.learn("one more", 1)

    with pytest.raises(Limited):
        rates.admit(ANN)
