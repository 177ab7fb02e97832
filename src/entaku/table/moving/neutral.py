"""Items in a form that is no engine's own: what a backup holds, and what two tables are compared by.

The data of an item that this program can read stand there as its entity in plain JSON: numbers with all their digits,
bytes in base64, sets as sorted lists. Two equal entities give the same bytes, whichever engine they come from.

An item that this program does not know whole (of an unknown kind, or of another schema), or cannot read, has the plain
values that its engine gives. An engine of the same name takes them back as they are; for another one they are upgraded
on the way, where an upgrade is declared, and refused where not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, cast

import msgspec

from entaku.core.errors import Conflict, Internal
from entaku.table.blobs.apart import blobs_of
from entaku.table.driver import Codec, IndexKey, Item, ItemKey
from entaku.table.entity import EntityInfo, changed
from entaku.table.model import Model
from entaku.table.moving.bulk import LoadedItem, tenant_of
from entaku.table.reader import Binding, decode

DIGEST_MODULO = 2**256

Form = Literal["entity", "plain"]

_TENANT_FIELD = "tenant_id"
_INTEGRAL_DIGITS_MAX = 38

_encode = msgspec.json.Encoder(order="deterministic").encode


class NeutralItem(msgspec.Struct, frozen=True, omit_defaults=True, tag="item", tag_field="is"):
    """An item with its whole envelope."""

    pk: str
    sk: str
    kind: str
    schema: int
    version: int
    write_id: str
    created_at: str
    updated_at: str
    data: msgspec.Raw
    form: Form = "entity"
    expires_ms: int | None = None
    index_keys: tuple[IndexKey, ...] = ()

    @property
    def key(self) -> ItemKey:
        return ItemKey(self.pk, self.sk)


class Translator:
    """Between the items of one engine and their neutral form, by the entities of one model."""

    def __init__(self, codec: Codec, model: Model, engine: str) -> None:
        self._codec, self._model, self._engine = codec, model, engine
        self._decoders: dict[str, msgspec.json.Decoder[Any]] = {}

    def to_neutral(self, item: Item) -> NeutralItem:
        plain, form = self._plain(item)
        return NeutralItem(
            item.pk,
            item.sk,
            item.kind,
            item.schema,
            item.version,
            item.write_id,
            item.created_at,
            item.updated_at,
            msgspec.Raw(_encode(_exact(plain))),
            form,
            item.expires_ms,
            item.index_keys,
        )

    def from_neutral(self, neutral: NeutralItem, *, engine: str) -> LoadedItem:
        """The item for this engine; `engine` is where it came from. Raises Conflict where this program cannot tell what
        it holds."""
        info = self._model.of_kind(neutral.kind)
        logged_for = tenant_of(neutral.pk) if info is not None and info.logged else None
        if neutral.form == "plain" and engine == self._engine:
            data = self._codec.from_fields(_plain_decoder.decode(neutral.data))
            return LoadedItem(self._item(neutral, data), logged_for)
        self.check_known(neutral, engine=engine)
        assert info is not None, "of an unknown kind nothing is known"
        if neutral.schema < info.schema:
            return LoadedItem(self._upgraded(neutral, info), logged_for)
        try:
            entity = self._decoder(info).decode(neutral.data)
        except msgspec.MsgspecError as error:
            raise Conflict(
                f"the {neutral.kind} at {neutral.pk} / {neutral.sk} cannot be read ({error}), and so not be taken to"
                " another engine; mend it or delete it where it came from"
            ) from error
        return LoadedItem(self._item(neutral, self._codec.encode(entity)), logged_for)

    def digest(self, item: Item) -> int:
        """A number below `DIGEST_MODULO` that says what the item is.

        Of data that are not read as an entity only the version counts: an engine may give sets in any order.
        """
        plain, form = self._plain(item)
        data = None if form == "plain" else _exact(plain, is_whole_integer=True)
        envelope = (item.pk, item.sk, item.kind, item.schema, item.version, item.write_id)
        times = (item.created_at, item.updated_at, item.expires_ms)
        return int.from_bytes(hashlib.sha256(_encode((envelope, times, item.index_keys, data))).digest(), "big")

    def is_of(self, item: Item, tenant_id: str) -> bool:
        """Whether the item is the tenant's, or one of the platform's that names the tenant in its field `tenant_id`."""
        owner = tenant_of(item.pk)
        if owner:
            return owner == tenant_id
        info = self._model.of_kind(item.kind)
        if info is None or _TENANT_FIELD not in info.fields:
            return False
        return self._codec.fields(item.data).get(_TENANT_FIELD) == tenant_id

    def blobs_of(self, item: Item) -> Iterator[str]:
        """The keys of the blobs that the item refers to, whether this program knows it or not."""
        return blobs_of(self._codec.fields(item.data))

    def check_known(self, neutral: NeutralItem, *, engine: str) -> None:
        """Raises Conflict where `from_neutral` would, because this program cannot tell what the item holds."""
        info = self._model.of_kind(neutral.kind)
        is_taken_back = neutral.form == "plain" and engine == self._engine
        if not is_taken_back and (info is None or neutral.schema > info.schema):
            raise Conflict(
                f"the item at {neutral.pk} / {neutral.sk} is a {neutral.kind} of schema {neutral.schema}, which this"
                " program does not know; use the version that wrote it, with the same modules"
            )

    def reads_as_entity(self, item: Item) -> bool:
        """Whether the item is of a kind and a schema of this program."""
        info = self._model.of_kind(item.kind)
        return info is not None and item.schema == info.schema

    def _plain(self, item: Item) -> tuple[Any, Form]:
        info = self._model.of_kind(item.kind)
        if info is None or item.schema != info.schema:
            return self._codec.fields(item.data), "plain"
        try:
            entity = changed(decode(self._codec, item, info), _stored=msgspec.UNSET)
        except Internal:  # One bad item must not keep anybody from a backup of all the others.
            return self._codec.fields(item.data), "plain"
        return msgspec.to_builtins(entity, order="deterministic", str_keys=True, builtin_types=(Decimal,)), "entity"

    def _upgraded(self, neutral: NeutralItem, info: EntityInfo) -> Item:
        """In today's shape and, since templates may have changed with it, with today's index keys."""
        fields = _exact_decoder.decode(neutral.data)
        for schema in range(neutral.schema, info.schema):
            fields = info.upgrades[schema](fields)
        try:
            entity = msgspec.convert(fields, info.held_cls, strict=False)
        except msgspec.ValidationError as error:
            raise Internal(f"the upgrade of {neutral.kind} does not fit {info.cls.__name__}: {error}") from error
        keys = index_keys_of(entity, info, neutral.pk)
        item = self._item(neutral, self._codec.encode(entity))
        return msgspec.structs.replace(item, schema=info.schema, index_keys=keys)

    def _item(self, neutral: NeutralItem, data: Any) -> Item:
        return Item(
            neutral.pk,
            neutral.sk,
            neutral.kind,
            neutral.schema,
            data,
            neutral.version,
            neutral.write_id,
            neutral.created_at,
            neutral.updated_at,
            neutral.expires_ms,
            neutral.index_keys,
        )

    def _decoder(self, info: EntityInfo) -> msgspec.json.Decoder[Any]:
        decoder = self._decoders.get(info.kind)
        if decoder is None:
            decoder = self._decoders[info.kind] = msgspec.json.Decoder(info.held_cls, float_hook=_number)
        return decoder


def index_keys_of(entity: Any, info: EntityInfo, pk: str) -> tuple[IndexKey, ...]:
    """Where the indexes show an entity that is stored in that partition."""
    tenant_id = tenant_of(pk)
    prefix = Binding("tenant" if tenant_id else "platform", tenant_id).prefix
    found = [make(entity) for make in info.index_key_of.values()]
    return tuple(IndexKey(key.index, prefix + key.pk, key.sk) for key in found if key is not None)


def _number(text: str) -> float | Decimal:
    """A number with a fraction or an exponent: a float unless that would change it."""
    exact, nearest = Decimal(text), float(text)
    return nearest if Decimal(repr(nearest)) == exact else exact


def _exact(value: Any, *, is_whole_integer: bool = False) -> Any:
    """The value with each decimal in one spelling, whichever of equal ones it was.

    `is_whole_integer`: floats without a fraction become integers. Where a type does not tell, engines make no
    difference between them.
    """
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return {name: _exact(each, is_whole_integer=is_whole_integer) for name, each in mapping.items()}
    if isinstance(value, list):
        return [_exact(each, is_whole_integer=is_whole_integer) for each in cast("list[Any]", value)]
    if is_whole_integer and isinstance(value, float) and value.is_integer():
        return int(Decimal(repr(value)))
    return _spelled(value) if isinstance(value, Decimal) else value


def _spelled(value: Decimal) -> Any:
    if value.adjusted() < _INTEGRAL_DIGITS_MAX and value == value.to_integral_value():
        return int(value)
    nearest = float(value)
    if Decimal(repr(nearest)) == value:
        return nearest
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    places = cast("int", exponent) + len(digits) - len(text)
    return msgspec.Raw(f"{'-' if sign else ''}{text}E{places}".encode())


_plain_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=_number)
_exact_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
"""For upgrades, as `Codec.fields` promises them: a float would spoil what was a decimal."""
