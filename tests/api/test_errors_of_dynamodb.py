"""A DynamoDB that does not let us in, or does not answer: callers may come back, and only the operator learns why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from entaku.api.in_process import Answer, call
from entaku.core.config import Config
from entaku.core.context import AccessLevel
from entaku.main import App, build
from entaku.modules.accounts import NewTenant, NewUser
from tests.emulators.dynamodb import KEY, emulator, open_for_test
from tests.emulators.faulty_wire import Fault, FaultyWire

pytestmark = pytest.mark.engine("dynamodb")

TENANT, ROOT, REQUEST_ID = "acme", "root", "r-1"
RESOURCE = "arn:aws:dynamodb:us-east-1:123456789012:table/entaku"
REFUSALS = {
    ("UnrecognizedClientException", "The security token included in the request is invalid."): "AWS does not know",
    ("InvalidSignatureException", "The request signature we calculated does not match"): "not the one that AWS has",
    (
        "InvalidSignatureException",
        "Signature expired: 1 is now earlier than 2",
    ): "the clock of this machine",
    ("ExpiredTokenException", "The security token included in the request is expired"): "has expired",
    (
        "AccessDeniedException",
        f"User: arn:u is not authorized to perform: dynamodb:GetItem on resource: {RESOURCE}",
    ): f"arn:u may not dynamodb:GetItem on {RESOURCE}",
    ("ResourceNotFoundException", "Requested resource not found"): "make it with 'entaku table create'",
}


@pytest_asyncio.fixture
async def line() -> AsyncIterator[FaultyWire]:
    async with FaultyWire(emulator()) as opened:
        yield opened


@pytest_asyncio.fixture
async def app(line: FaultyWire, tmp_path: Path) -> AsyncIterator[App]:
    """One tenant and its administrator."""
    driver = await open_for_test(through=line.endpoint)
    serving = await build(Config(data=tmp_path), driver=driver)
    actor = serving.operator(TENANT)
    await serving.accounts.tenants.create(actor, NewTenant(tenant_id=TENANT, name="Acme"))
    await serving.accounts.users.create(actor, NewUser(user_id=ROOT, name="Root", level=AccessLevel.TENANT_ADMIN))
    yield serving
    await serving.close()


async def send(app: App, method: str, target: str, body: bytes = b"") -> Answer:
    headers = {"Authorization": f"Bearer {app.tokens.mint(TENANT, ROOT)}", "X-Request-Id": REQUEST_ID}
    return await call(app.http(), method, target, headers={**headers, "Content-Type": "application/json"}, body=body)


@pytest.mark.parametrize(("refusal", "reason"), list(REFUSALS.items()))
async def test_who_is_not_let_in_answers_503_and_only_the_log_says_why(
    line: FaultyWire, app: App, refusal: tuple[str, str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    line.refuses_all(*refusal)

    answer = await send(app, "GET", "/api/libraries")

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["detail"] == "The service cannot answer just now; try again in a moment."
    told = answer.body.decode()
    assert not any(secret in told for secret in (reason, RESOURCE, KEY.id, line.endpoint))
    (record,) = [record for record in caplog.records if record.name == "entaku.api"]
    assert vars(record)["request_id"] == REQUEST_ID
    assert reason in record.getMessage()
    assert "\n" not in record.getMessage()


async def test_a_write_that_may_have_happened_says_so(line: FaultyWire, app: App) -> None:
    line.next_writes(*[Fault.SERVER_ERROR] * 99)

    answer = await send(app, "POST", "/api/libraries", b'{"name": "Drafts"}')

    assert answer.status == 503
    assert answer.json()["outcome_unknown"] is True


async def test_a_write_whose_answer_was_lost_is_answered_as_if_it_had_not_been(line: FaultyWire, app: App) -> None:
    line.next_writes(Fault.ANSWER_RESET)

    answer = await send(app, "POST", "/api/libraries", b'{"name": "Drafts"}')

    assert answer.status == 201
    listed = await send(app, "GET", "/api/libraries")
    assert [library["name"] for library in listed.json()["items"]] == ["Drafts"]
