"""Policies from the declarations: what the driver asks for one tenant is allowed to that tenant's role and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiodynamo.credentials import StaticCredentials
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Invalid
from entaku.core.ids import check_id
from entaku.table import BoundTable, Model, Table
from entaku.table.blobs.keys import value_key
from entaku.table.derived.policies import BlobPlace, service_policy, table_arn, tenant_policy
from entaku.table.driver import ItemKey
from entaku.table.drivers.dynamodb import DynamoDriver
from entaku.table.drivers.dynamodb.wire import Wire
from entaku.table.moving.bulk import LoadedItem
from entaku.table.reader import Binding
from entaku.testing import ManualClock
from tests.emulators.dynamodb import KEY, REGION, emulator
from tests.engines import SECRET, yield_once
from tests.table.entities import ENTITIES, Account, Member, Note, Owner, OwnerKind, Site, Token
from tests.table.iam_evaluator import Asked, asked_of, is_allowed
from tests.table.raw_items import Raw

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/entaku"
MODEL = Model(ENTITIES)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,9}", fullmatch=True)


class ObservedWire(Wire):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(region=REGION, endpoint=emulator(), credentials=StaticCredentials(KEY))
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def call(self, operation: str, payload: Mapping[str, Any], *others: Any, **more: Any) -> Any:
        self.asked.append((operation, msgspec.json.decode(msgspec.json.encode(payload))))
        return await super().call(operation, payload, *others, **more)

    def things(self) -> list[Asked]:
        return [each for operation, request in self.asked for each in asked_of(operation, request, ARN)]


@pytest_asyncio.fixture
async def wire() -> AsyncIterator[ObservedWire]:
    opened = ObservedWire()
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def observed(wire: ObservedWire, clock: ManualClock) -> AsyncIterator[Table]:
    """A table that is there; what its making asked is forgotten."""
    driver = DynamoDriver(wire, f"policies-{id(wire)}", clock)
    await driver.create_table(MODEL.index_count)
    wire.asked.clear()
    yield Table(driver, MODEL, secret=SECRET, clock=clock, sleep=yield_once)


async def work(table: BoundTable) -> None:
    """Every way in which the driver speaks to DynamoDB about items."""
    owner = Owner(OwnerKind.USER, "u1")
    note = await table.create(Note(book="b1", id="n1", stars=3, owner=owner))
    note = await table.patch(Note.at(book="b1", id="n1"), stars=4)
    await table.create(Member(id="m1", name="Ann"))
    async with table.transaction() as tx:
        tx.create(Account(id="a1"))
        tx.create(Token(user="u1", id="t1"))
        tx.patch(note, text="more")
    account = await table.get(Account.at(id="a1"))
    async with table.transaction() as tx:
        tx.check(account)
        tx.check_absent(Account.at(id="a2"))
        tx.create(Account(id="a3"))
    await table.find_many([Account.at(id="a1"), Account.at(id="a3")])
    await table.find_many([Account.at(id="a1"), Account.at(id="a3")], snapshot=True)
    await table.list(Note.in_book(book="b1"))
    await table.list(Note.by_stars(book="b1"))
    await table.list(Note.of_owner(owner=owner))
    await table.list(Member.by_name())
    await table.delete(account)


@pytest.mark.engine("dynamodb")
@pytest.mark.parametrize("tenant", ["acme", "globex"])
async def test_all_that_is_asked_for_a_tenant_is_allowed_to_its_role_alone(
    wire: ObservedWire, observed: Table, tenant: str
) -> None:
    await work(observed.for_tenant(tenant))

    things = wire.things()
    own, other = (tenant_policy(MODEL, ARN, each) for each in (tenant, {"acme": "globex"}.get(tenant, "acme")))
    assert {each.action for each in things} == {
        *("BatchGetItem", "GetItem", "Query"),
        *("ConditionCheckItem", "PutItem", "UpdateItem"),
    }
    assert [each for each in things if not is_allowed(own, each)] == []
    assert [each for each in things if is_allowed(other, each)] == []


@pytest.mark.engine("dynamodb")
async def test_a_role_that_only_reads_is_allowed_no_write(wire: ObservedWire, observed: Table) -> None:
    await work(observed.for_tenant("acme"))

    policy = tenant_policy(MODEL, ARN, "acme", read_only=True)
    allowed = {each.action for each in wire.things() if is_allowed(policy, each)}
    assert allowed == {"BatchGetItem", "GetItem", "Query"}


@pytest.mark.engine("dynamodb")
async def test_the_service_is_allowed_all_that_it_asks(wire: ObservedWire, observed: Table) -> None:
    position = (await observed.driver.changes(None, limit=1)).position
    await work(observed.for_tenant("acme"))
    await observed.platform.create(Site(id="s1"))
    await observed.driver.changes(position, limit=100)
    await observed.driver.walk(0, 1, after=None, limit=10)
    await observed.driver.create_table(MODEL.index_count)

    policy = service_policy(MODEL, ARN)
    things = wire.things()
    assert {"DescribeTable", "DescribeStream", "GetRecords", "Scan"} <= {each.action for each in things}
    assert [each for each in things if not is_allowed(policy, each)] == []


@pytest.mark.engine("dynamodb")
async def test_making_and_filling_the_table_takes_rights_of_its_own(wire: ObservedWire, clock: ManualClock) -> None:
    driver = DynamoDriver(wire, f"made-{id(wire)}", clock)
    await driver.create_table(1)
    await driver.create_table(2)
    await driver.load([LoadedItem(Raw(driver).item("a"))])
    await driver.unload([ItemKey("P", "a")])

    things = wire.things()
    making = service_policy(MODEL, ARN, makes=True)
    assert [each for each in things if not is_allowed(making, each)] == []
    assert {each.action for each in things if not is_allowed(service_policy(MODEL, ARN), each)} == {
        *("BatchWriteItem", "CreateTable", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive")
    }


@given(tenant=IDS, other=IDS)
def test_no_tenant_reaches_another_ones_partitions(tenant: str, other: str) -> None:
    policy = tenant_policy(MODEL, ARN, tenant)
    partition = f"{Binding('tenant', other).prefix}BOOK#1"

    for action in ("GetItem", "PutItem"):
        assert is_allowed(policy, Asked(action, ARN, (partition,))) == (tenant == other)


@pytest.mark.parametrize("key", ["TENANT#acme", "TENANTS#00", "SUBDOMAIN#acme", "TENANT#acme2#BOOK#1", "tenant#acme#B"])
def test_a_tenants_role_does_not_reach_the_platforms_items(key: str) -> None:
    assert not is_allowed(tenant_policy(MODEL, ARN, "acme"), Asked("GetItem", ARN, (key,)))


def test_one_foreign_key_in_a_batch_is_enough_to_be_denied() -> None:
    both = ("TENANT#acme#BOOK#1", "TENANT#globex#BOOK#1")

    assert not is_allowed(tenant_policy(MODEL, ARN, "acme"), Asked("BatchGetItem", ARN, both))


@pytest.mark.parametrize(
    "action", ["Scan", "PartiQLSelect", "PartiQLUpdate", "BatchWriteItem", "DeleteItem", "DescribeTable", "GetRecords"]
)
def test_what_names_no_key_and_what_is_never_sent_is_not_allowed(action: str) -> None:
    policy = tenant_policy(MODEL, ARN, "acme")

    assert not is_allowed(policy, Asked(action, ARN))
    assert not is_allowed(policy, Asked(action, ARN, ("TENANT#acme#BOOK#1",)))


def test_a_request_without_keys_is_denied() -> None:
    assert not is_allowed(tenant_policy(MODEL, ARN, "acme"), Asked("Query", ARN))


@pytest.mark.parametrize("tenant", ["*", "a*", "a?c", "${aws:userid}", "", "a#b"])
def test_an_id_that_could_mean_several_tenants_is_refused(tenant: str) -> None:
    with pytest.raises(Invalid):
        tenant_policy(MODEL, ARN, tenant)
    with pytest.raises(Invalid):
        check_id(tenant, "tenant")


@pytest.mark.parametrize("arn", ["entaku", f"{ARN}/index/GSI1", "arn:aws:s3:::entaku", f"{ARN}*"])
def test_what_is_no_table_is_refused(arn: str) -> None:
    with pytest.raises(Invalid, match="is no ARN of a table"):
        service_policy(MODEL, arn)


@pytest.mark.parametrize("tenant", ["acme", "Acme", "a.b@c"])
def test_large_values_are_confined_to_the_tenants_keys(tenant: str) -> None:
    policy = tenant_policy(MODEL, ARN, tenant, blobs=BlobPlace("bucket", "prod"))

    (resource,) = policy["Statement"][-1]["Resource"]
    beginning = resource.removeprefix("arn:aws:s3:::bucket/prod/").removesuffix("*")
    assert value_key(tenant, "NOTE", bytes).startswith(beginning)
    assert not value_key(f"{tenant}2", "NOTE", bytes).startswith(beginning)
    assert not value_key(None, "NOTE", bytes).startswith(beginning)


def test_only_the_service_lists_and_removes_large_values() -> None:
    place = BlobPlace("bucket", "prod", "arn:aws:kms:us-east-1:123456789012:key/k")
    own = tenant_policy(MODEL, ARN, "acme", blobs=place)
    service = service_policy(MODEL, ARN, blobs=place)

    assert _actions(own) == {"s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"}
    assert _actions(service) == {*_actions(own), "s3:ListBucket", "s3:DeleteObject"}
    assert _actions(tenant_policy(MODEL, ARN, "acme", read_only=True, blobs=place)) == {"s3:GetObject", "kms:Decrypt"}


def _actions(policy: dict[str, Any]) -> set[str]:
    """Those that are not of DynamoDB."""
    actions = {action for each in policy["Statement"] for action in each["Action"]}
    return {action for action in actions if not action.startswith("dynamodb:")}


def test_the_table_of_the_settings_is_that_of_any_account() -> None:
    assert table_arn("entaku", "eu-central-1") == "arn:aws:dynamodb:eu-central-1:*:table/entaku"
    assert table_arn("entaku", None) == "arn:aws:dynamodb:*:*:table/entaku"
    assert table_arn("entaku", "cn-north-1").startswith("arn:aws-cn:")
