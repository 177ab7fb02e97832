"""The physical table: its key, its indexes, its stream, removal by `TTL`, backups and encryption."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from entaku.core.errors import Conflict, NotFound, Unavailable
from entaku.core.ids import shown
from entaku.table.drivers.dynamodb.errors import (
    BACKUPS_NOT_READY,
    NOT_FOUND,
    TABLE_EXISTS,
    Rejected,
)
from entaku.table.drivers.dynamodb.wire import Wire

LOOK_EVERY_S = 1.0
LOOKS_MAX = 300

_KEY = [("PK", "HASH"), ("SK", "RANGE")]


class _Index(msgspec.Struct, frozen=True, rename="pascal"):
    index_name: str
    index_status: str = "ACTIVE"


class Description(msgspec.Struct, frozen=True, rename="pascal"):
    """What DynamoDB says of a table."""

    table_status: str
    key_schema: list[dict[str, str]]
    global_secondary_indexes: list[_Index] = []
    latest_stream_arn: str | None = None

    @property
    def is_active(self) -> bool:
        indexes = [index.index_status for index in self.global_secondary_indexes]
        return {self.table_status, *indexes} == {"ACTIVE"}


class _Described(msgspec.Struct, frozen=True):
    table: Description = msgspec.field(name="Table")


class _Ttl(msgspec.Struct, frozen=True):
    status: str = msgspec.field(name="TimeToLiveStatus", default="DISABLED")


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

    async def create(self, indexes: int) -> Description:
        """See the driver's `create_table`. What a creation that was broken off has left undone is done now."""
        found = await self.find()
        if found is None:
            await self._create(indexes)
        looks = 0
        while found is None or not found.is_active:
            if looks == LOOKS_MAX:
                raise Unavailable(f"the table {shown(self._table)} is still not ready; try again later")
            if looks:
                await self._sleep(LOOK_EVERY_S)
            looks, found = looks + 1, await self.find()
        self._check(found, indexes)
        await self._remove_by_ttl()
        await self._back_up()
        return found

    async def check(self, indexes: int) -> Description:
        """See the driver's `check_table`."""
        found = await self.find()
        if found is None:
            raise NotFound(f"there is no table {shown(self._table)} on DynamoDB; 'entaku table create' makes it")
        if not found.is_active:
            raise Unavailable(f"the table {shown(self._table)} is still being made; try again later")
        self._check(found, indexes)
        return found

    async def find(self) -> Description | None:
        """What there is under the name; None for nothing."""
        try:
            return await self.describe()
        except Rejected as rejected:
            if rejected.refused_as == NOT_FOUND:
                return None
            raise

    async def _create(self, indexes: int) -> None:
        try:
            await self._wire.call("CreateTable", self._definition(indexes), _nothing_decoder)
        except Rejected as rejected:
            if rejected.refused_as != TABLE_EXISTS:  # as it does when somebody else was faster
                raise

    def _check(self, found: Description, indexes: int) -> None:
        if found.key_schema != _key_schema(""):
            raise Conflict(f"the table {shown(self._table)} has another key than PK and SK; choose another table")
        there = {index.index_name for index in found.global_secondary_indexes}
        missing = [f"GSI{index}" for index in range(1, indexes + 1) if f"GSI{index}" not in there]
        if missing:
            raise Conflict(
                f"the table {shown(self._table)} has {len(there)} indexes and {indexes} are needed:"
                f" {', '.join(missing)} must be made first"
            )

    def _definition(self, indexes: int) -> dict[str, Any]:
        names = [f"GSI{index}" for index in range(1, indexes + 1)]
        keys = [name for name, _ in _KEY] + [f"{index}{name}" for index in names for name, _ in _KEY]
        definition: dict[str, Any] = {
            "TableName": self._table,
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
            "KeySchema": _key_schema(""),
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            "SSESpecification": {"Enabled": True, "SSEType": "KMS"},
        }
        if names:
            definition["GlobalSecondaryIndexes"] = [
                {"IndexName": index, "KeySchema": _key_schema(index), "Projection": {"ProjectionType": "ALL"}}
                for index in names
            ]
        return definition

    async def _remove_by_ttl(self) -> None:
        described = await self._wire.call("DescribeTimeToLive", {"TableName": self._table}, _ttl_decoder)
        if described.description.status not in ("ENABLED", "ENABLING"):
            request = {
                "TableName": self._table,
                "TimeToLiveSpecification": {"AttributeName": "TTL", "Enabled": True},
            }
            await self._wire.call("UpdateTimeToLive", request, _nothing_decoder)

    async def _back_up(self) -> None:
        """Point-in-time recovery. Of a new table DynamoDB may say for a while that there are no backups yet."""
        described = await self._wire.call("DescribeContinuousBackups", {"TableName": self._table}, _backups_decoder)
        if described.is_enabled:
            return
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


def _key_schema(prefix: str) -> list[dict[str, str]]:
    return [{"AttributeName": f"{prefix}{name}", "KeyType": kind} for name, kind in _KEY]
