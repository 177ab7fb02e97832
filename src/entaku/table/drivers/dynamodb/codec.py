"""Entities as the map that DynamoDB keeps in `Data`, in the JSON of its protocol.

The data of an item stay as they came from the wire until somebody decodes them, so that an item can be looked at,
compared and handed on without reading its fields.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

import msgspec

from entaku.core.errors import Internal, Invalid
from entaku.table.drivers.dynamodb.attributes import (
    AttributeValue,
    attribute,
    attributes,
    bytes_of,
    canonical,
    plain_fields,
    struct_attributes,
    text_bytes,
)
from entaku.table.drivers.dynamodb.decoding import entity_decoder

T = TypeVar("T")

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(dict[str, AttributeValue]).decode

ORDERED_KINDS = frozenset("SNB")


class StoredData(msgspec.Struct, frozen=True, eq=False):
    """The fields of one item: a map of attribute values. Equal ones hold equal values, however they are written."""

    json: str

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredData | dict):
            return False  # An idempotent answer from before a move: the data of another engine.
        json = json_of(other)
        return self.json == json or self._canonical() == StoredData(json)._canonical()

    def __hash__(self) -> int:
        return hash(self._canonical())

    def _canonical(self) -> bytes:
        return _encode(canonical({"M": _decode(self.json)}))


def json_of(data: Any) -> str:
    """The text of the map. What was kept in JSON itself, as an idempotent answer is, is a dictionary again."""
    return cast("dict[str, str]", data)["json"] if isinstance(data, dict) else data.json


class EncodedField(msgspec.Struct, frozen=True):
    """One value as it goes into an expression."""

    kind: str
    """Its type in DynamoDB: `S`, `N`, ..."""
    json: msgspec.Raw
    """The attribute value."""
    is_ordered: bool
    """Whether less and greater mean something for it."""


class DynamoCodec:
    """Implements `Codec`; data are `StoredData`, field values `EncodedField`. Keeps a decoder for each entity type."""

    def __init__(self) -> None:
        self._decoders: dict[Any, Callable[[str], Any]] = {}

    def encode(self, entity: Any) -> StoredData:
        if isinstance(entity, msgspec.Struct):
            return StoredData(_text_of(lambda: struct_attributes(entity)))
        return self.from_fields(entity)

    def encode_field(self, value: Any) -> EncodedField:
        made: AttributeValue = {}
        json = _text_of(lambda: made | attribute(value))
        kind = json[2 : json.index('"', 2)]
        return EncodedField(kind, msgspec.Raw(json), kind in ORDERED_KINDS and not isinstance(value, timedelta))

    def decode(self, data: StoredData, entity_type: type[T]) -> T:
        decoder = self._decoders.get(entity_type)
        if decoder is None:
            decoder = self._decoders[entity_type] = entity_decoder(entity_type)
        try:
            return decoder(json_of(data))
        except (msgspec.MsgspecError, ValueError, TypeError):  # the latter come from a __post_init__
            return self._decode_anyhow(data, entity_type)

    def fields(self, data: StoredData) -> dict[str, Any]:
        """Plain JSON values, but numbers are exact: an int, or a Decimal where it is not integral."""
        return plain_fields(_decode(json_of(data)))

    def from_fields(self, fields: dict[str, Any]) -> StoredData:
        return StoredData(_text_of(lambda: attributes(fields)))

    def size(self, data: StoredData) -> int:
        return 1 + sum(text_bytes(name) + bytes_of(value) + 3 for name, value in _decode(json_of(data)).items())

    def _decode_anyhow(self, data: StoredData, entity_type: type[T]) -> T:
        """As msgspec makes the type of plain values: slower, and it takes what an upgrade function has made too."""
        try:
            return msgspec.convert(self.fields(data), entity_type, strict=False)
        except msgspec.MsgspecError as error:
            raise Internal(
                f"stored data do not fit {entity_type.__name__}: {error}; an upgrade function may be missing"
            ) from error


def _text_of(values: Callable[[], Any]) -> str:
    try:
        return _encode(values()).decode()
    except UnicodeEncodeError as error:
        raise Invalid(f"a text has a lone surrogate at position {error.start + 1}; store valid Unicode") from error
