"""Entities as canonical JSON text, for engines that keep documents as text.

Equal entities give the same text, so that texts can be compared instead of entities: object keys are sorted, sets are
sorted lists, and a value has one spelling.

| value | as JSON |
| --- | --- |
| int | number, all digits |
| float | number; without a fraction when it is integral and below 2^53, minus zero as `0` |
| Decimal | string, plain notation, no trailing zeros: a reader that thinks in doubles cannot spoil it |
| aware datetime | string, UTC, always six digits of a second: the order of the texts is the order of the instants |
| time | string, always six digits of a second |
| bytes | string, base64 |

NaN, infinities, more than 38 digits, magnitudes outside of 1e-130 to 1e126, naive datetimes, lone surrogates and more
than 32 levels are refused with Invalid: some engine of the table cannot hold them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, DecimalException, InvalidOperation
from typing import Any, TypeVar, cast

import msgspec

from entaku.core.errors import Internal, Invalid
from entaku.core.ids import shown
from entaku.core.limits import NESTING_LEVELS_MAX, NUMBER_DIGITS_MAX
from entaku.table.driver import Operator, Predicate
from entaku.table.drivers.exact_numbers import EXACT, INT_MAX, INTEGRAL_FLOAT_MAX, exact

T = TypeVar("T")

_DATA_LEVEL = 1
_TOO_DEEP = f"a value is nested too deeply to be stored: {NESTING_LEVELS_MAX} levels are possible; flatten it"
_OWN_SPELLING = (Decimal, datetime, time)
_encoder = msgspec.json.Encoder(order="deterministic")
_plain_decoder = msgspec.json.Decoder()
_raw_fields_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])

RawFields = dict[str, msgspec.Raw]
"""The fields of one item, each still in JSON: what is not touched keeps its bytes."""

Comparable = Decimal | str | bytes | None
"""What has an order: numbers by value, texts (times among them) by UTF-8 bytes, bytes. None: only equality."""


class JsonField(msgspec.Struct, frozen=True):
    """One value as it stands in the JSON text, and as it is compared: the text alone takes a Decimal for a str."""

    json: bytes
    order: Comparable


class JsonCodec:
    """Implements `Codec`; data is a `str`. Stateless but for a cache of decoders, one an entity type."""

    def __init__(self) -> None:
        self._decoders: dict[Any, msgspec.json.Decoder[Any]] = {}

    def encode(self, entity: Any) -> str:
        return _to_json(entity, _DATA_LEVEL).decode()

    def encode_field(self, value: Any) -> JsonField:
        json = _to_json(value, _DATA_LEVEL + 1)
        if value is None or isinstance(value, (bool, timedelta)):
            return JsonField(json, None)
        if isinstance(value, (int, float)):
            return JsonField(json, Decimal(json.decode()))
        if isinstance(value, Decimal):
            return JsonField(json, Decimal(json[1:-1].decode()))
        if isinstance(value, (bytes, bytearray, memoryview)):
            return JsonField(json, bytes(cast("bytes", value)))
        return JsonField(json, msgspec.json.decode(json, type=str) if json[:1] == b'"' else None)

    def decode(self, data: str, entity_type: type[T]) -> T:
        decoder = self._decoders.get(entity_type)
        if decoder is None:
            decoder = self._decoders[entity_type] = msgspec.json.Decoder(entity_type)
        try:
            return decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise Internal(
                f"stored data do not fit {entity_type.__name__}: {error}; an upgrade function may be missing"
            ) from error

    def fields(self, data: str) -> dict[str, Any]:
        """Plain JSON values: what the table above spells as strings (decimals, times, bytes) stays a string."""
        return _plain_decoder.decode(data)

    def from_fields(self, fields: dict[str, Any]) -> str:
        return _to_json(fields, _DATA_LEVEL).decode()

    def size(self, data: str) -> int:
        """Bytes of the text, and what DynamoDB counts beyond them: at most 3 a list or map and 1 an element."""
        length = len(data) if data.isascii() else len(data.encode())
        return length + 3 * data.count("[") + data.count("{") + data.count(",") + 1


def raw_fields(data: str) -> RawFields:
    """The top-level fields of encoded data, for predicates and patches."""
    return _raw_fields_decoder.decode(data)


def from_raw_fields(fields: RawFields) -> str:
    """Encoded data again, canonical if each field is."""
    return _encoder.encode(fields).decode()


def check_order(predicate: Predicate) -> None:
    """Raises Invalid where values without an order are ordered, whatever is stored."""
    if predicate.operator not in ("lt", "le", "gt", "ge"):
        return
    value = cast("JsonField", predicate.value)
    if value.order is None:
        raise Invalid(
            f"field {shown(predicate.field)} cannot be compared by {predicate.operator!r} with"
            f" {shown(value.json.decode())}: only numbers, texts, times and bytes have an order; use 'eq' or 'ne'"
        )


def holds(predicate: Predicate, fields: RawFields) -> bool:
    """Whether the predicate, of which `check_order` is true, is true of the fields."""
    stored, operator = _stored(fields, predicate.field), predicate.operator
    if operator == "present":
        return stored is not None
    if operator == "missing":
        return stored is None
    value = cast("JsonField", predicate.value)
    if stored is None:
        return operator == "ne"
    if value.order is None:
        return (stored == value.json) == (operator == "eq")
    order = _order_like(value.order, stored)
    if order is None:
        return operator == "ne"
    return _COMPARE[operator](order, value.order)


def added(field: str, fields: RawFields, amount: JsonField) -> msgspec.Raw:
    """The field's number plus the amount, exact; a decimal string if one of them is. Raises Invalid past 38 digits."""
    stored = _stored(fields, field)
    if not isinstance(amount.order, Decimal):
        raise Invalid(f"{shown(amount.json.decode())} cannot be added to field {shown(field)}: it is no number")
    if stored is None:
        return msgspec.Raw(amount.json)
    number = _order_like(amount.order, stored)
    if not isinstance(number, Decimal):
        raise Invalid(f"nothing can be added to field {shown(field)}: {shown(stored.decode())} is no number")
    try:
        total = EXACT.add(number, amount.order)
    except DecimalException:
        raise Invalid(
            f"the sum of {number} and {amount.order} in field {shown(field)} has more than {NUMBER_DIGITS_MAX} digits;"
            " round the amount"
        ) from None
    if stored[:1] == b'"' or amount.json[:1] == b'"':
        return msgspec.Raw(_encoder.encode(_decimal_text(total)))
    return msgspec.Raw(_number_text(total))


def _stored(fields: RawFields, name: str) -> bytes | None:
    """The JSON of a field, None when it is absent or null."""
    raw = fields.get(name)
    if raw is None:
        return None
    json = bytes(memoryview(raw))
    return None if json == b"null" else json


_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    "eq": lambda stored, value: stored == value,
    "ne": lambda stored, value: stored != value,
    "lt": lambda stored, value: stored < value,
    "le": lambda stored, value: stored <= value,
    "gt": lambda stored, value: stored > value,
    "ge": lambda stored, value: stored >= value,
}


def _order_like(value: Decimal | str | bytes, stored: bytes) -> Decimal | str | bytes | None:
    """What is stored, as something that compares with the value; None when it is of another kind."""
    is_string = stored[:1] == b'"'
    if isinstance(value, Decimal):
        text = stored.decode().strip('"')
        try:
            return Decimal(text) if text[:1] in "-0123456789" else None
        except InvalidOperation:
            return None
    if not is_string:
        return None
    text = msgspec.json.decode(stored, type=str)
    if isinstance(value, str):
        return text  # strings compare by code point, which is the order of their UTF-8 bytes
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _to_json(value: Any, level: int) -> bytes:
    try:
        plain = msgspec.to_builtins(value, order="deterministic", str_keys=True, builtin_types=_OWN_SPELLING)
        return _encoder.encode(_canonical(plain, level))
    except UnicodeEncodeError as error:
        raise Invalid(f"a text has a lone surrogate at position {error.start + 1}; store valid Unicode") from error
    except RecursionError as error:
        raise Invalid(_TOO_DEEP) from error
    except (TypeError, msgspec.MsgspecError) as error:
        raise Invalid(f"a value of type {type(value).__name__} cannot be stored: {error}") from error


def _canonical(value: Any, level: int) -> Any:
    """The value in its one spelling; containers are copied. What stands in one is a level deeper."""
    kind = cast("type[object]", type(value))
    if kind is str or kind is bool or value is None:
        return value
    if kind is dict or kind is list or kind is tuple:
        if level == NESTING_LEVELS_MAX:
            raise Invalid(_TOO_DEEP)
        if kind is dict:
            return {name: _canonical(each, level + 1) for name, each in value.items()}
        return [_canonical(each, level + 1) for each in value]
    if kind is int:
        if -INT_MAX < value < INT_MAX:
            return value
        return int(_decimal_text(Decimal(value)))
    if kind is float:
        return _canonical_float(value)
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if isinstance(value, datetime):
        return _time_text(value)
    if isinstance(value, time):
        return value.isoformat(timespec="microseconds")
    return value


def _canonical_float(value: float) -> float | int:
    if value.is_integer() and -INTEGRAL_FLOAT_MAX < value < INTEGRAL_FLOAT_MAX:
        return int(value)
    _decimal_text(Decimal(repr(value)))  # refuses what is no number or too large
    return value


def _decimal_text(value: Decimal) -> str:
    return format(exact(value), "f")


def _number_text(value: Decimal) -> bytes:
    """As the codec writes an int or a float of this value; what no float holds keeps its digits. All digits of what is
    integral, however many: with an exponent, the field of an int could not be read again."""
    text = _decimal_text(value)
    if "." not in text:
        return text.encode()
    nearest = float(value)
    return _encoder.encode(nearest) if Decimal(repr(nearest)) == value else text.encode()


def _time_text(value: datetime) -> str:
    if value.tzinfo is None:
        raise Invalid(f"the time {value.isoformat()} has no zone; only aware times can be stored")
    try:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    except OverflowError:
        raise Invalid(
            f"the time {value.isoformat()} cannot be stored: in UTC it is out of the years 1 to 9999"
        ) from None
