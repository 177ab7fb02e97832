"""What keeps us out of DynamoDB is told in one line: which key, which right, which table, and what to do."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiodynamo.credentials import Key, StaticCredentials

from entaku.core.errors import Unavailable
from entaku.table.drivers.dynamodb.wire import Wire
from tests.emulators.scripted import Answer, ScriptedService

ANY = msgspec.json.Decoder(dict[str, object])
TABLE_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/entaku"
USER_ARN = "arn:aws:sts::123456789012:assumed-role/service/i-0abc"
WHY = "no identity-based policy allows the dynamodb:GetItem action"

DENIALS: dict[tuple[str, str], str] = {
    (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ): "AWS does not know access key 'AKID' (the program); set another one, or enable region eu-west-1 for the account",
    (
        "InvalidClientTokenId",
        "The security token included in the request is invalid",
    ): "AWS does not know access key 'AKID' (the program); set another one, or enable region eu-west-1 for the account",
    (
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided.",
    ): "the secret of access key 'AKID' (the program) is not the one that AWS has; set both anew, and the session token"
    " if any",
    (
        "ExpiredTokenException",
        "The security token included in the request is expired",
    ): "access key 'AKID' (the program) has expired; it is looked for again before the next attempt",
    (
        "AccessDeniedException",
        f"User: {USER_ARN} is not authorized to perform: dynamodb:GetItem on resource: {TABLE_ARN} because {WHY}",
    ): f"{USER_ARN} may not dynamodb:GetItem on {TABLE_ARN} ({WHY}); allow it: 'entaku table iam' prints a policy",
    (
        "AccessDeniedException",
        "KMS key access denied error",
    ): "access key 'AKID' (the program) may not GetItem (KMS key access denied error); allow it: 'entaku table iam'"
    " prints a policy",
    (
        "SubscriptionRequiredException",
        "The AWS Access Key Id needs a subscription for the service",
    ): "the account of access key 'AKID' (the program) cannot use DynamoDB yet (The AWS Access Key Id needs a"
    " subscription for the service); enable it at AWS",
}


@pytest_asyncio.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as started:
        yield started


@pytest_asyncio.fixture
async def wire(service: ScriptedService) -> AsyncIterator[Wire]:
    opened = Wire(
        region="eu-west-1", endpoint=service.endpoint, credentials=StaticCredentials(Key("AKID", "secret", "token"))
    )
    yield opened
    await opened.close()


async def denied(wire: Wire, *, writes: bool = False) -> Unavailable:
    with pytest.raises(Unavailable) as failed:
        await wire.call("GetItem", {"TableName": "entaku"}, ANY, writes=writes)
    return failed.value


@pytest.mark.parametrize(("refusal", "said"), list(DENIALS.items()))
async def test_a_denial_names_what_is_missing_and_the_way_out(
    service: ScriptedService, wire: Wire, refusal: tuple[str, str], said: str
) -> None:
    code, message = refusal
    service.answers(Answer({"__type": f"com.amazon.coral.service#{code}", "Message": message}, 400))

    error = await denied(wire, writes=True)

    assert error.message == said
    assert not error.outcome_unknown


@pytest.mark.parametrize("code", ["MissingAuthenticationTokenException", "IncompleteSignatureException"])
async def test_a_signature_that_got_lost_on_the_way_is_told(service: ScriptedService, wire: Wire, code: str) -> None:
    service.refuses(code)

    assert "pass all headers on" in str(await denied(wire))


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (timedelta(minutes=7, seconds=30), r"is 7 min \d+ s behind that of AWS"),
        (-timedelta(minutes=120, seconds=30), r"is 120 min \d+ s ahead of that of AWS"),
    ],
)
@pytest.mark.parametrize("message", ["Signature expired: 1 is now earlier than 2", "Signature not yet current: 2"])
async def test_a_clock_that_is_off_is_told_by_how_much(
    service: ScriptedService, wire: Wire, off: timedelta, said: str, message: str
) -> None:
    body: Any = {"__type": "com.amazon.coral.service#InvalidSignatureException", "message": message}
    there = format_datetime(datetime.now(UTC) + off, usegmt=True)
    service.answers(Answer(body, 400, headers={"Date": there}))

    error = await denied(wire)

    assert re.search(said, error.message)
    assert "timedatectl set-ntp true" in error.message


async def test_a_region_that_does_not_exist_is_told() -> None:
    wire = Wire(region="eu-cental-1", endpoint=None, credentials=StaticCredentials(Key("AKID", "secret")))

    error = await denied(wire, writes=True)
    await wire.close()

    assert "https://dynamodb.eu-cental-1.amazonaws.com/" in str(error)
    assert not error.outcome_unknown


async def test_an_endpoint_where_nothing_listens_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        endpoint = f"http://127.0.0.1:{other.getsockname()[1]}"
    wire = Wire(region="eu-west-1", endpoint=endpoint, credentials=StaticCredentials(Key("AKID", "secret")))

    error = await denied(wire, writes=True)
    await wire.close()

    assert f"{endpoint}: nothing listens there" in str(error)
    assert not error.outcome_unknown


async def test_a_service_that_cannot_prove_who_it_is_is_told(service: ScriptedService) -> None:
    endpoint = service.endpoint.replace("http:", "https:")
    wire = Wire(region="eu-west-1", endpoint=endpoint, credentials=StaticCredentials(Key("AKID", "secret")))

    error = await denied(wire, writes=True)
    await wire.close()

    assert "does not prove who it is" in str(error)
    assert not error.outcome_unknown
