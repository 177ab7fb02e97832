"""One request: signed as AWS signs, sent once, and what is known of it when no good answer comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest
import pytest_asyncio
from aiodynamo.credentials import Key, StaticCredentials
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from entaku.core.errors import Internal, Invalid, Unavailable
from entaku.table.drivers.dynamodb.capacity import Capacity
from entaku.table.drivers.dynamodb.errors import Rejected
from entaku.table.drivers.dynamodb.signing import CONTENT_TYPE, Signer
from entaku.table.drivers.dynamodb.wire import Wire
from tests.emulators.scripted import Answer, ScriptedService

KEY = Key("AKID", "secret", "token")
ANY = msgspec.json.Decoder(dict[str, object])


@pytest_asyncio.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as started:
        yield started


@pytest_asyncio.fixture
async def wire(service: ScriptedService) -> AsyncIterator[Wire]:
    opened = Wire(region="eu-west-1", endpoint=service.endpoint, credentials=StaticCredentials(KEY), silence_s=0.05)
    yield opened
    await opened.close()


async def failure(wire: Wire, *, writes: bool = True) -> Exception:
    with pytest.raises(Exception) as failed:  # noqa: PT011
        await wire.call("PutItem", {}, ANY, writes=writes)
    return failed.value


@pytest.mark.parametrize("key", [KEY, Key("AKID", "secret")])
def test_a_signature_is_the_one_that_botocore_makes(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
    host, target, body = "dynamodb.eu-west-1.amazonaws.com", "DynamoDB_20120810.GetItem", '{"円":1}'.encode()
    headers = {"content-type": CONTENT_TYPE, "x-amz-target": target, "host": host}
    theirs = AWSRequest("POST", f"https://{host}/", headers, body)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: at.replace(tzinfo=None))

    ours = Signer("eu-west-1").headers(host=host, target=target, body=body, key=key, at=at)
    SigV4Auth(Credentials(key.id, key.secret, key.token), "dynamodb", "eu-west-1").add_auth(theirs)

    assert ours["authorization"] == theirs.headers["Authorization"]


def test_another_day_or_secret_signs_otherwise() -> None:
    signer, at = Signer("eu-west-1"), datetime(2026, 4, 1, tzinfo=UTC)

    def signed(key: Key, at: datetime) -> str:
        return signer.headers(host="h", target="t", body=b"", key=key, at=at)["authorization"]

    first = signed(KEY, at)
    assert len({first, signed(KEY, at.replace(day=2)), signed(Key("AKID", "other"), at)}) == 3
    assert signed(KEY, at) == first


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "TransactionConflictException"])
async def test_what_was_refused_at_the_door_was_not_done(service: ScriptedService, wire: Wire, code: str) -> None:
    service.refuses(code)

    error = await failure(wire)

    assert isinstance(error, Unavailable)
    assert not error.outcome_unknown


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize("answer", [Answer(status=500), Answer(is_cut_off=True), Answer(never_comes=True)])
async def test_a_request_without_a_good_answer_may_have_been_done_and_is_sent_once(
    service: ScriptedService, wire: Wire, answer: Answer, writes: bool
) -> None:
    service.answers(answer)

    error = await failure(wire, writes=writes)

    assert isinstance(error, Unavailable)
    assert error.outcome_unknown == writes
    assert len(service.asked) == 1


async def test_a_connection_that_was_lost_meanwhile_is_not_tried_again(service: ScriptedService, wire: Wire) -> None:
    service.answers({}, Answer(is_cut_off=True), {})
    await wire.call("PutItem", {}, ANY, writes=True)

    error = await failure(wire)

    assert isinstance(error, Unavailable)
    assert error.outcome_unknown
    assert len(service.asked) == 2


async def test_a_request_that_nobody_takes_was_not_done() -> None:
    async with ScriptedService() as gone:
        endpoint = gone.endpoint
    wire = Wire(region="eu-west-1", endpoint=endpoint, credentials=StaticCredentials(KEY))

    error = await failure(wire)
    await wire.close()

    assert isinstance(error, Unavailable)
    assert not error.outcome_unknown


async def test_a_closed_wire_is_unavailable(wire: Wire) -> None:
    await wire.close()

    error = await failure(wire)

    assert isinstance(error, Unavailable)
    assert not error.outcome_unknown


async def test_other_refusals_are_internal_and_name_the_operation(service: ScriptedService, wire: Wire) -> None:
    service.refuses("SerializationException", "Unexpected token")

    error = await failure(wire)

    assert isinstance(error, Rejected | Internal)
    assert "PutItem: SerializationException: Unexpected token" in str(error)


PAGE = b"<html><h1>502 Bad Gateway</h1></html>"


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize(
    "answer",
    [
        *[Answer(PAGE, status) for status in (200, 307, 403, 404, 429, 502)],
        Answer(b"", 200),
        Answer(b'{"Item": {"PK": {"S"', 200),
        Answer(b"[]", 200),
        Answer({"message": "Forbidden"}, 403),
        Answer(b"\xff\x00", 500),
    ],
)
async def test_what_dynamodb_did_not_answer_is_unavailable_and_shown(
    service: ScriptedService, wire: Wire, answer: Answer, writes: bool
) -> None:
    service.answers(answer)

    error = await failure(wire, writes=writes)

    assert isinstance(error, Unavailable)
    assert error.outcome_unknown == writes
    assert f"(status {answer.status}: " in str(error)
    assert len(service.asked) == 1


async def test_nothing_is_sent_where_an_answer_points_to(service: ScriptedService, wire: Wire) -> None:
    service.answers(Answer(PAGE, 307, headers={"Location": service.endpoint}), {})

    assert isinstance(await failure(wire), Unavailable)
    assert len(service.asked) == 1


@pytest.mark.parametrize("writes", [True, False])
async def test_a_success_of_another_form_is_ours_to_mend_but_a_write_it_was(
    service: ScriptedService, wire: Wire, writes: bool
) -> None:
    service.answers({"Item": 7})
    decoder = msgspec.json.Decoder(dict[str, str])

    with pytest.raises(Unavailable if writes else Internal):
        await wire.call("PutItem", {}, decoder, writes=writes)


async def test_without_credentials_nothing_is_sent(service: ScriptedService) -> None:
    wire = Wire(region="eu-west-1", endpoint=service.endpoint, credentials=StaticCredentials(None))

    with pytest.raises(Invalid, match="AWS_ACCESS_KEY_ID"):
        await wire.call("GetItem", {}, ANY)
    await wire.close()
    assert service.asked == []


async def test_capacity_is_asked_for_and_told_only_where_somebody_counts(service: ScriptedService, wire: Wire) -> None:
    told: list[tuple[str, Capacity]] = []
    counting = Wire(
        region="eu-west-1",
        endpoint=service.endpoint,
        credentials=StaticCredentials(KEY),
        on_capacity=lambda operation, capacity: told.append((operation, capacity)),
    )
    units = {
        "CapacityUnits": 3,
        "Table": {"CapacityUnits": 1},
        "GlobalSecondaryIndexes": {"GSI1": {"CapacityUnits": 2}},
    }
    service.answers({"ConsumedCapacity": units}, {"ConsumedCapacity": [units, units]}, {}, {})

    for operation in ("PutItem", "TransactWriteItems", "DescribeTable"):
        await counting.call(operation, {}, ANY)
    await wire.call("PutItem", {}, ANY)
    await counting.close()

    assert told == [("PutItem", Capacity(1, {"GSI1": 2})), ("TransactWriteItems", Capacity(2, {"GSI1": 4}))]
    assert told[0][1].total == 3
    assert ["ReturnConsumedCapacity" in request for _, request in service.asked] == [True, True, False, False]
