"""An entity as the item that DynamoDB would keep of it, attribute by attribute, and how large DynamoDB counts that.

For estimates and for drawings of examples: whoever stores something asks the codec of its engine. The sizes are those
that AWS documents under "DynamoDB item sizes and formats".
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import msgspec

from entaku.table.derived.examples import AT
from entaku.table.derived.physical import TTL_ATTRIBUTE, index_name
from entaku.table.entity import EntityInfo
from entaku.table.reader import Binding

Image = dict[str, dict[str, Any]]
"""Attribute values by name, as in the requests of DynamoDB."""

EXAMPLE_WRITE_ID = "0123456789abcdef01234567"
STORED_ITEM_BYTES = 100
"""What DynamoDB adds to the size of each item, in the table and in each index, when it bills what is stored."""

_EXAMPLE_VERSION = 1_775_035_800_000_000
_SET_KINDS = {str: "SS", int: "NS", bytes: "BS"}
_COLLECTION_BYTES = 3
_ENTRY_BYTES = 1


def image_of(info: EntityInfo, entity: Any, tenant: str) -> Image:
    """The item of an entity; `tenant` counts only for entities of tenants."""
    prefix = Binding("tenant", tenant).prefix if info.scope == "tenant" else ""
    pk, sk = info.keys_of(entity)
    at = AT.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    image: Image = {"PK": {"S": prefix + pk}, "SK": {"S": sk}}
    for index, key_of in info.index_key_of.items():
        key = key_of(entity)
        if key is not None:
            image[f"{index_name(index)}PK"], image[f"{index_name(index)}SK"] = {"S": prefix + key.pk}, {"S": key.sk}
    image |= {
        "EntityType": {"S": info.kind},
        "Schema": {"N": str(info.schema)},
        "Data": {"M": {name: attribute(getattr(entity, name)) for name in info.fields}},
        "CreatedAt": {"S": at},
        "UpdatedAt": {"S": at},
        "Version": {"N": str(_EXAMPLE_VERSION)},
        "WriteId": {"S": EXAMPLE_WRITE_ID},
    }
    expires_ms = info.expires_ms(entity)
    if expires_ms is not None:
        image |= {"ExpiresMs": {"N": str(expires_ms)}, TTL_ATTRIBUTE: {"N": str(expires_ms // 1000)}}
    if info.logged:
        image["LoggedFor"] = {"S": tenant}
    return image


def image_bytes(image: Image) -> int:
    """The size of an item by which reads and writes are counted: names and values."""
    return sum(len(name.encode()) + _bytes(value) for name, value in image.items())


def attribute(value: Any) -> dict[str, Any]:
    """One value of an example as DynamoDB shows it."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, float, Decimal)):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": base64.b64encode(value).decode()}
    if isinstance(value, (frozenset, set)):
        return _set(list(cast("frozenset[Any]", value)))
    if isinstance(value, (list, tuple)):
        return {"L": [attribute(each) for each in cast("list[Any]", value)]}
    if isinstance(value, dict):
        return {"M": {str(name): attribute(each) for name, each in cast("dict[Any, Any]", value).items()}}
    if isinstance(value, msgspec.Struct):
        return {"M": {name: attribute(getattr(value, name)) for name in value.__struct_fields__}}
    plain = msgspec.to_builtins(value)
    return {"S": plain} if isinstance(plain, str) else attribute(plain)


def _set(values: list[Any]) -> dict[str, Any]:
    """DynamoDB has sets of texts, numbers and bytes that are not empty."""
    plain = [msgspec.to_builtins(each) for each in values]
    kind = _SET_KINDS.get(cast("type[Any]", type(plain[0]))) if plain else None
    return {kind: sorted(map(str, plain))} if kind else {"L": [attribute(each) for each in values]}


def _bytes(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return _number_bytes(held)
        case "B":
            return len(base64.b64decode(held))
        case "SS" | "BS":
            return sum(len(each.encode()) for each in held)
        case "NS":
            return sum(map(_number_bytes, held))
        case "L":
            return _COLLECTION_BYTES + sum(_ENTRY_BYTES + _bytes(each) for each in held)
        case "M":
            return _COLLECTION_BYTES + sum(
                _ENTRY_BYTES + len(name.encode()) + _bytes(each) for name, each in held.items()
            )
        case _:  # BOOL and NULL
            return 1


def _number_bytes(text: str) -> int:
    """About a byte for two significant digits, and one more; one more for a sign."""
    number = Decimal(text)
    digits = len(str(number.normalize().as_tuple().digits).replace(", ", "").strip("(,)"))
    return (digits + 1) // 2 + 1 + number.is_signed()
