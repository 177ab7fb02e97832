"""Values as DynamoDB keeps them: one attribute value for each, always spelled in the same way.

| value | attribute value |
| --- | --- |
| str, date, time, aware datetime, UUID, text enum | `S`; times spelled so that the texts sort as the instants do |
| int, float, Decimal, number enum | `N`, exactly |
| bytes | `B` |
| bool, None | `BOOL`, `NULL` |
| set of texts, numbers or bytes | `SS`, `NS`, `BS`; DynamoDB has no empty set, so that one is `L` without elements |
| everything else | `L` and `M` |

NaN, infinities, more than 38 digits, magnitudes outside of 1e-130 to 1e126, naive datetimes, lone surrogates and more
than 32 levels are refused with Invalid.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, cast

import msgspec

from entaku.core.errors import Invalid
from entaku.core.limits import NESTING_LEVELS_MAX
from entaku.table.drivers.exact_numbers import INT_MAX, INTEGRAL_FLOAT_MAX, exact

AttributeValue = dict[str, Any]
"""One key, the type (`S`, `N`, ...), and the value; bytes as bytes, which JSON spells in base64."""

FIELD_LEVEL = 2
"""`Data` is the first level, its fields are on the second."""

_SET_KINDS = {"S": "SS", "N": "NS", "B": "BS"}
_encode = msgspec.json.Encoder(order="sorted").encode


def attribute(value: Any, level: int = FIELD_LEVEL) -> AttributeValue:
    """The attribute value. Raises Invalid for what cannot be stored; lone surrogates show only as JSON."""
    leaf = _LEAVES.get(cast("type[Any]", type(value)))
    if leaf is not None:
        return leaf(value)
    if level == NESTING_LEVELS_MAX:
        raise Invalid(f"a value is nested too deeply to be stored: {level} levels are possible; flatten it")
    if isinstance(value, (list, tuple)):
        return {"L": [attribute(each, level + 1) for each in cast("Iterable[Any]", value)]}
    if isinstance(value, (set, frozenset)):
        return _set(cast("Iterable[Any]", value), level)
    if isinstance(value, dict):
        return {"M": attributes(cast("Mapping[Any, Any]", value), level + 1)}
    if isinstance(value, msgspec.Struct):
        return _struct(value, level)
    try:
        return attribute(msgspec.to_builtins(value, str_keys=True), level)
    except (TypeError, msgspec.MsgspecError) as error:
        raise Invalid(f"a value of type {type(value).__name__} cannot be stored: {error}") from error


def attributes(values: Mapping[Any, Any], level: int = FIELD_LEVEL) -> dict[str, AttributeValue]:
    """Each value of a mapping under its name. Names that are no text are spelled as msgspec spells them."""
    return {
        attribute_name(name if type(name) is str else _text_of(name)): attribute(value, level)
        for name, value in values.items()
        if value is not msgspec.UNSET
    }


def struct_attributes(value: msgspec.Struct, level: int = FIELD_LEVEL) -> dict[str, AttributeValue]:
    """The fields of a struct under the names it encodes them by. What is unset is absent."""
    encoded: dict[str, AttributeValue] = {}
    for name, encode_name in _fields_of(type(value)):
        held = getattr(value, name)
        if held is not msgspec.UNSET:
            encoded[encode_name] = attribute(held, level)
    config = value.__struct_config__
    if config.tag is not None and config.tag_field is not None:
        encoded[config.tag_field] = attribute(config.tag, level)
    return encoded


def plain(value: AttributeValue) -> Any:
    """The value again as JSON would have it, but exact: an int, or a Decimal where it is not integral."""
    ((kind, held),) = value.items()
    match kind:
        case "N":
            return _number_of(held)
        case "NULL":
            return None
        case "M":
            return plain_fields(held)
        case "L":
            return [plain(each) for each in held]
        case "NS":
            return [_number_of(each) for each in held]
        case _:  # S, SS, BOOL, and B, BS in base64, which is how JSON has bytes
            return held


def plain_fields(values: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """Each value of a map as `plain` gives it."""
    return {name_of(name): plain(value) for name, value in values.items()}


def attribute_name(name: str) -> str:
    """As it may stand in a map: DynamoDB has no empty name, so that one is `%`, and what begins so has one more."""
    return f"%{name}" if not name or name[0] == "%" else name


def name_of(attribute_name: str) -> str:
    """The name again."""
    return attribute_name[1:] if attribute_name[:1] == "%" else attribute_name


def canonical(value: AttributeValue) -> AttributeValue:
    """The one spelling of a value: DynamoDB gives sets in any order, and numbers in a notation of its own."""
    ((kind, held),) = value.items()
    match kind:
        case "N":
            return {"N": number(Decimal(held))}
        case "NS":
            return {"NS": sorted(number(Decimal(each)) for each in held)}
        case "SS" | "BS":
            return {kind: sorted(held)}
        case "L":
            return {"L": [canonical(each) for each in held]}
        case "M":
            return {"M": {name: canonical(each) for name, each in held.items()}}
        case _:
            return value


def bytes_of(value: AttributeValue) -> int:
    """Never less than DynamoDB counts for the value, nor than its JSON has; close to what the JSON codec counts."""
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return text_bytes(held)
        case "N":
            return len(held) + 2
        case "B":
            return len(held) + 2
        case "M":
            return 3 + sum(text_bytes(name) + bytes_of(each) + 3 for name, each in held.items())
        case "L":
            return 5 + sum(bytes_of(each) + 2 for each in held)
        case "SS" | "NS" | "BS":
            return 5 + sum(text_bytes(each) + 2 for each in held)
        case _:
            return 5


def text_bytes(text: str) -> int:
    """As JSON, with its quotes."""
    return len(_encode(text))


def number(value: Decimal) -> str:
    """The number as DynamoDB takes it. Raises Invalid where it does not hold it."""
    return str(exact(value))


def _integer(value: int) -> AttributeValue:
    return {"N": str(value) if -INT_MAX < value < INT_MAX else number(Decimal(value))}


def _float(value: float) -> AttributeValue:
    if value.is_integer() and -INTEGRAL_FLOAT_MAX < value < INTEGRAL_FLOAT_MAX:
        return {"N": str(int(value))}
    return {"N": number(Decimal(repr(value)))}


def _datetime(value: datetime) -> AttributeValue:
    if value.tzinfo is None:
        raise Invalid(f"the time {value.isoformat()} has no zone; only aware times can be stored")
    try:
        return {"S": value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"}
    except OverflowError:
        raise Invalid(
            f"the time {value.isoformat()} cannot be stored: in UTC it is out of the years 1 to 9999"
        ) from None


_LEAVES: dict[type[Any], Callable[[Any], AttributeValue]] = {
    str: lambda value: {"S": value},
    bool: lambda value: {"BOOL": value},
    type(None): lambda value: {"NULL": True},
    int: _integer,
    float: _float,
    Decimal: lambda value: {"N": number(value)},
    bytes: lambda value: {"B": value},
    bytearray: lambda value: {"B": bytes(value)},
    memoryview: lambda value: {"B": bytes(value)},
    datetime: _datetime,
    date: lambda value: {"S": value.isoformat()},
    time: lambda value: {"S": value.isoformat(timespec="microseconds")},
}


def _set(values: Iterable[Any], level: int) -> AttributeValue:
    members = [attribute(each, level + 1) for each in values]
    kinds = {kind for member in members for kind in member}
    kind = next(iter(kinds)) if len(kinds) == 1 else ""
    if kind in _SET_KINDS:
        # What is told apart here may be one number there, as 0.1 and Decimal("0.1").
        return {_SET_KINDS[kind]: sorted({member[kind] for member in members})}
    return {"L": sorted(members, key=_encode)}


def _struct(value: msgspec.Struct, level: int) -> AttributeValue:
    if value.__struct_config__.array_like:
        held = (getattr(value, name) for name in value.__struct_fields__)
        return {"L": [attribute(each, level + 1) for each in held]}
    return {"M": struct_attributes(value, level + 1)}


@functools.cache
def _fields_of(struct: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    return tuple(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))


def _text_of(name: Any) -> str:
    (text,) = msgspec.to_builtins({name: None}, str_keys=True)
    return text


def _number_of(text: str) -> int | Decimal:
    try:
        return int(text)
    except ValueError:
        exact = Decimal(text)
        return int(exact) if exact == exact.to_integral_value() else exact
