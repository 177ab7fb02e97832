"""What DynamoDB says of the table when somebody asks whether all is well; nothing is changed, and no item is read."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

import msgspec

from entaku.core.errors import EntakuError
from entaku.table.derived.physical import KEY
from entaku.table.drivers.dynamodb.errors import NOT_FOUND, Rejected
from entaku.table.drivers.dynamodb.wire import Wire
from entaku.table.inspection import FoundIndex, FoundTable, Inspection

T = TypeVar("T")


class _Projection(msgspec.Struct, frozen=True, rename="pascal"):
    projection_type: str = ""


class _Index(msgspec.Struct, frozen=True, rename="pascal"):
    index_name: str
    index_status: str = "ACTIVE"
    key_schema: list[dict[str, str]] = []
    projection: _Projection = _Projection()


class _Stream(msgspec.Struct, frozen=True, rename="pascal"):
    stream_enabled: bool = False
    stream_view_type: str = ""


class _Encryption(msgspec.Struct, frozen=True):
    status: str = msgspec.field(name="Status", default="")
    kind: str = msgspec.field(name="SSEType", default="")


class _Table(msgspec.Struct, frozen=True, rename="pascal"):
    table_status: str
    key_schema: list[dict[str, str]]
    item_count: int = 0
    global_secondary_indexes: list[_Index] = []
    stream_specification: _Stream = _Stream()
    encryption: _Encryption = msgspec.field(name="SSEDescription", default=_Encryption())


class _Described(msgspec.Struct, frozen=True, rename="pascal"):
    table: _Table


class _Ttl(msgspec.Struct, frozen=True, rename="pascal"):
    time_to_live_status: str = "DISABLED"
    attribute_name: str = ""


class _TtlDescribed(msgspec.Struct, frozen=True, rename="pascal"):
    time_to_live_description: _Ttl = _Ttl()


class _Recovery(msgspec.Struct, frozen=True, rename="pascal"):
    point_in_time_recovery_status: str = "DISABLED"


class _Backups(msgspec.Struct, frozen=True, rename="pascal"):
    point_in_time_recovery_description: _Recovery = _Recovery()


class _BackupsDescribed(msgspec.Struct, frozen=True, rename="pascal"):
    continuous_backups_description: _Backups = _Backups()


_described_decoder = msgspec.json.Decoder(_Described)
_ttl_decoder = msgspec.json.Decoder(_TtlDescribed)
_backups_decoder = msgspec.json.Decoder(_BackupsDescribed)


async def inspect(wire: Wire, table: str) -> Inspection:
    """Asks three times. Raises Unavailable when DynamoDB cannot be reached, or does not let us look at the table."""
    found = await _table(wire, table)
    key = await wire.key()
    return Inspection(
        address=wire.address,
        key_id=key.id,
        key_origin=wire.key_origin,
        clock_ahead_s=wire.clock_ahead_s,
        table=found,
    )


async def _table(wire: Wire, table: str) -> FoundTable | None:
    asked = {"TableName": table}
    try:
        described = (await wire.call("DescribeTable", asked, _described_decoder)).table
    except Rejected as rejected:
        if rejected.refused_as == NOT_FOUND:
            return None
        raise
    ttl = await _or_error(wire.call("DescribeTimeToLive", asked, _ttl_decoder))
    backups = await _or_error(wire.call("DescribeContinuousBackups", asked, _backups_decoder))
    return FoundTable(
        status=described.table_status,
        items=described.item_count,
        key_is_right=described.key_schema == _schema(""),
        indexes=tuple(map(_index, described.global_secondary_indexes)),
        stream=described.stream_specification.stream_view_type,
        encryption=described.encryption.kind if described.encryption.status in ("ENABLED", "UPDATING") else "",
        ttl_attribute=ttl if isinstance(ttl, EntakuError) else _ttl_attribute(ttl.time_to_live_description),
        recovers=backups if isinstance(backups, EntakuError) else _recovers(backups.continuous_backups_description),
    )


async def _or_error(asked: Awaitable[T]) -> T | EntakuError:
    """Who runs the service may lack the right to ask: that is no reason to say nothing of the rest."""
    try:
        return await asked
    except EntakuError as error:
        return error


def _index(index: _Index) -> FoundIndex:
    return FoundIndex(
        name=index.index_name,
        status=index.index_status,
        is_right=index.key_schema == _schema(index.index_name) and index.projection.projection_type == "ALL",
    )


def _ttl_attribute(ttl: _Ttl) -> str:
    return ttl.attribute_name if ttl.time_to_live_status in ("ENABLED", "ENABLING") else ""


def _recovers(backups: _Backups) -> bool:
    return backups.point_in_time_recovery_description.point_in_time_recovery_status == "ENABLED"


def _schema(index: str) -> list[dict[str, Any]]:
    return [{"AttributeName": f"{index}{name}", "KeyType": role} for name, role in KEY]
