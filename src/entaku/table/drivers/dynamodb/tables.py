"""The physical table: made, completed and described. What is right already is left alone, so all of it can be repeated.

A table that is there keeps what its owner may choose: how it is paid for, and the key that encrypts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from entaku.core.errors import Conflict, NotFound, Unavailable
from entaku.core.ids import shown
from entaku.table.derived.physical import (
    STREAM_VIEW,
    TTL_ATTRIBUTE,
    create_request,
    index_name,
    index_request,
    key_attributes,
    key_schema,
    stream_request,
)
from entaku.table.drivers.dynamodb.errors import (
    BACKUPS_NOT_READY,
    NOT_FOUND,
    TABLE_EXISTS,
    VALIDATION,
    Rejected,
    explained,
)
from entaku.table.drivers.dynamodb.wire import Wire

LOOK_EVERY_S = 1.0
LOOKS_MAX = 300
"""How often one step is looked after, unless the caller has more patience."""

Tell = Callable[[str], None]
"""Told each step in a few words, when it begins."""


def tell_nobody(step: str) -> None:
    """For who only wants the table."""


class _Index(msgspec.Struct, frozen=True, rename="pascal"):
    index_name: str
    index_status: str = "ACTIVE"


class _Billing(msgspec.Struct, frozen=True, rename="pascal"):
    billing_mode: str = "PROVISIONED"


class _Stream(msgspec.Struct, frozen=True, rename="pascal"):
    stream_enabled: bool = False
    stream_view_type: str = ""


class Description(msgspec.Struct, frozen=True, rename="pascal"):
    """What DynamoDB says of a table."""

    table_status: str
    key_schema: list[dict[str, str]]
    global_secondary_indexes: list[_Index] = []
    latest_stream_arn: str | None = None
    stream_specification: _Stream = _Stream()
    billing_mode_summary: _Billing = _Billing()
    provisioned_throughput: dict[str, Any] = {}

    @property
    def is_active(self) -> bool:
        indexes = [index.index_status for index in self.global_secondary_indexes]
        return {self.table_status, *indexes} == {"ACTIVE"}

    def lacks(self, indexes: int) -> list[int]:
        """Which of so many indexes are not there, not even half-made."""
        there = {index.index_name for index in self.global_secondary_indexes}
        return [index for index in range(1, indexes + 1) if index_name(index) not in there]


class _Described(msgspec.Struct, frozen=True):
    table: Description = msgspec.field(name="Table")


class _Ttl(msgspec.Struct, frozen=True):
    status: str = msgspec.field(name="TimeToLiveStatus", default="DISABLED")
    attribute: str = msgspec.field(name="AttributeName", default=TTL_ATTRIBUTE)


class _TtlDescribed(msgspec.Struct, frozen=True):
    description: _Ttl = msgspec.field(name="TimeToLiveDescription", default=_Ttl())


class _Recovery(msgspec.Struct, frozen=True):
    status: str = msgspec.field(name="PointInTimeRecoveryStatus", default="DISABLED")


class _Backups(msgspec.Struct, frozen=True):
    recovery: _Recovery = msgspec.field(name="PointInTimeRecoveryDescription", default=_Recovery())


class _BackupsDescribed(msgspec.Struct, frozen=True):
    description: _Backups = msgspec.field(name="ContinuousBackupsDescription", default=_Backups())

    @property
    def is_enabled(self) -> bool:
        return self.description.recovery.status == "ENABLED"


_ttl_decoder = msgspec.json.Decoder(_TtlDescribed)
_backups_decoder = msgspec.json.Decoder(_BackupsDescribed)
_described_decoder = msgspec.json.Decoder(_Described)
_nothing_decoder = msgspec.json.Decoder(object)


class Tables:
    """Makes and describes one table."""

    def __init__(self, wire: Wire, table: str, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._wire, self._table, self._sleep = wire, table, sleep

    async def describe(self) -> Description:
        return (await self._wire.call("DescribeTable", {"TableName": self._table}, _described_decoder)).table

    async def create(self, indexes: int, tell: Tell = tell_nobody, *, looks_max: int = LOOKS_MAX) -> Description:
        """See the driver's `create_table`. What a creation that was broken off has left undone is done now.

        Raises Unavailable for a step that takes longer than so many looks, one a second; it goes on without us.
        """
        found = await self.find()
        if found is None:
            await self._create(indexes, tell)
        found = await self._active(found, looks_max)
        self._check_key(found)
        found = await self._add_indexes(found, indexes, tell, looks_max)
        found = await self._stream(found, tell, looks_max)
        await self._remove_by_ttl(tell)
        await self._back_up(tell)
        return found

    async def check(self, indexes: int) -> Description:
        """See the driver's `check_table`."""
        found = await self.find()
        if found is None:
            raise NotFound(f"there is no table {shown(self._table)} on DynamoDB; 'entaku table create' makes it")
        if not found.is_active:
            raise Unavailable(f"the table {shown(self._table)} is still being made; try again later")
        self._check_key(found)
        missing = found.lacks(indexes)
        if missing:
            there = len(found.global_secondary_indexes)
            raise Conflict(
                f"the table {shown(self._table)} has {there} indexes and {indexes} are needed:"
                f" {', '.join(map(index_name, missing))} must be made first; 'entaku table create' does it"
            )
        return found

    async def find(self) -> Description | None:
        """What there is under the name; None for nothing."""
        try:
            return await self.describe()
        except Rejected as rejected:
            if rejected.refused_as == NOT_FOUND:
                return None
            raise

    async def _create(self, indexes: int, tell: Tell) -> None:
        tell(f"making the table {self._table} with {indexes} {'index' if indexes == 1 else 'indexes'}")
        try:
            await self._wire.call("CreateTable", create_request(self._table, indexes), _nothing_decoder)
        except Rejected as rejected:
            if rejected.refused_as != TABLE_EXISTS:  # as it does when somebody else was faster
                raise

    async def _active(self, found: Description | None, looks_max: int) -> Description:
        """The table when it and its indexes are ready."""
        looks = 0
        while found is None or not found.is_active:
            if looks == looks_max:
                raise Unavailable(
                    f"the table {shown(self._table)} is still not ready; try again later, it goes on without us"
                )
            if looks:
                await self._sleep(LOOK_EVERY_S)
            looks, found = looks + 1, await self.find()
        return found

    def _check_key(self, found: Description) -> None:
        if found.key_schema != key_schema():
            raise Conflict(f"the table {shown(self._table)} has another key than PK and SK; choose another table")

    async def _add_indexes(self, found: Description, indexes: int, tell: Tell, looks_max: int) -> Description:
        """DynamoDB makes one index at a time, and fills it from the items that have its key."""
        told: set[int] = set()
        for _ in range(2 * indexes):  # Of several processes that do this each may lose a round over each index.
            missing = found.lacks(indexes)
            if not missing:
                return found
            index = missing[0]
            if index not in told:
                tell(f"adding {index_name(index)}, which takes minutes, and longer where there are many items")
                told.add(index)
            change = {
                "AttributeDefinitions": [*key_attributes(), *key_attributes(index)],
                "GlobalSecondaryIndexUpdates": [{"Create": {**index_request(index), **_throughput(found)}}],
            }
            refused = await self._update(change)
            if refused is not None:
                await self._sleep(LOOK_EVERY_S)
            # The answer to an update may be older than the update: look anew.
            found = await self._active(None, looks_max)
            if refused is not None and refused.refused_as == VALIDATION and index in found.lacks(indexes):
                raise explained(refused, refused.reason)
        if missing := found.lacks(indexes):
            names = ", ".join(map(index_name, missing))
            raise Unavailable(f"others are changing the table {shown(self._table)}, which lacks {names}; try again")
        return found

    async def _stream(self, found: Description, tell: Tell, looks_max: int) -> Description:
        """A stream of another view cannot be changed, and its reader may be somebody else's."""
        stream = found.stream_specification
        if not stream.stream_enabled:
            tell("turning the stream on")
            refused = await self._update({"StreamSpecification": stream_request()})
            found = await self._active(None, looks_max)
            if refused is not None and not found.stream_specification.stream_enabled:
                raise explained(refused, refused.reason)
            return found
        if stream.stream_view_type != STREAM_VIEW:
            raise Conflict(
                f"the stream of the table {shown(self._table)} has {stream.stream_view_type}, and {STREAM_VIEW} is"
                " needed; turn that stream off when nobody reads it any more, then try again"
            )
        return found

    async def _update(self, change: dict[str, Any]) -> Rejected | None:
        """Answers the refusal where another process may have been faster: the table shows then what that one did."""
        try:
            await self._wire.call("UpdateTable", {"TableName": self._table, **change}, _nothing_decoder)
        except Rejected as rejected:
            if rejected.refused_as not in (TABLE_EXISTS, VALIDATION):
                raise
            return rejected
        return None

    async def _remove_by_ttl(self, tell: Tell) -> None:
        described = await self._wire.call("DescribeTimeToLive", {"TableName": self._table}, _ttl_decoder)
        if described.description.status not in ("ENABLED", "ENABLING"):
            tell("turning removal by TTL on")
            request = {
                "TableName": self._table,
                "TimeToLiveSpecification": {"AttributeName": TTL_ATTRIBUTE, "Enabled": True},
            }
            await self._wire.call("UpdateTimeToLive", request, _nothing_decoder)
        elif described.description.attribute != TTL_ATTRIBUTE:
            raise Conflict(
                f"the table {shown(self._table)} removes items by {described.description.attribute}, and"
                f" {TTL_ATTRIBUTE} is needed; turn that off, wait an hour, and try again"
            )

    async def _back_up(self, tell: Tell) -> None:
        """Point-in-time recovery. Of a new table DynamoDB may say for a while that there are no backups yet."""
        described = await self._wire.call("DescribeContinuousBackups", {"TableName": self._table}, _backups_decoder)
        if described.is_enabled:
            return
        tell("turning point-in-time recovery on")
        request = {
            "TableName": self._table,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        }
        for look in range(LOOKS_MAX):
            try:
                await self._wire.call("UpdateContinuousBackups", request, _nothing_decoder)
                return
            except Rejected as rejected:
                if rejected.refused_as != BACKUPS_NOT_READY or look == LOOKS_MAX - 1:
                    raise
            await self._sleep(LOOK_EVERY_S)


def _throughput(found: Description) -> dict[str, Any]:
    """What an index of a table needs that is paid by capacity: as much as the table has."""
    if found.billing_mode_summary.billing_mode == "PAY_PER_REQUEST":
        return {}
    units = ("ReadCapacityUnits", "WriteCapacityUnits")
    return {"ProvisionedThroughput": {unit: found.provisioned_throughput.get(unit, 1) for unit in units}}
