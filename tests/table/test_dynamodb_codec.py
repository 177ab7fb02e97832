"""The codec of DynamoDB: one attribute value for each value, and the entity again, by the fast way and the slow one."""

from __future__ import annotations

import enum
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Internal, Invalid
from entaku.table.driver import Codec
from entaku.table.drivers.dynamodb.codec import DynamoCodec, StoredData
from entaku.table.drivers.dynamodb.decoding import entity_decoder
from entaku.table.drivers.json_codec import JsonCodec

codec: Codec = DynamoCodec()
TOKYO = timezone(timedelta(hours=9))


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Inner(msgspec.Struct, frozen=True):
    name: str
    level: Level = Level.LOW
    prices: frozenset[Decimal] = frozenset()


class Left(msgspec.Struct, frozen=True, tag=True):
    way: int = 0


class Right(msgspec.Struct, frozen=True, tag=True):
    way: str = ""


class Pair(msgspec.Struct, frozen=True, array_like=True):
    one: int
    other: str


class Tree(msgspec.Struct, frozen=True):
    value: int
    branches: "list[Tree]" = []  # noqa: UP037


class Everything(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A field of every kind that is stored in a way of its own."""

    some_text: str
    at_most: Annotated[str, msgspec.Meta(max_length=5000)] | None = None
    count: int = 0
    ratio: float | None = None
    price: Decimal = Decimal(0)
    blob: bytes | None = None
    is_on: bool = False
    at: datetime | None = None
    day: date = date(2026, 1, 1)
    hour: time = time(9)
    span: timedelta = timedelta(0)
    id: uuid.UUID = uuid.UUID(int=0)
    colour: Colour | None = None
    state: Literal["open", "shut"] = "open"
    note: str | msgspec.UnsetType | None = msgspec.UNSET
    tags: frozenset[str] = frozenset({"default"})
    blobs: frozenset[bytes] = frozenset()
    numbers: set[int] = set()
    pairs: frozenset[tuple[int, str]] = frozenset()
    some_tags: frozenset[str] | None = None
    inner: Inner | None = None
    inners: dict[str, list[Inner]] = {}
    choice: Left | Right | int | None = None
    pair: Pair | None = None
    tree: Tree | None = None
    by_number: dict[int, str] = {}
    mixed: list[int | str] = []


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
numbers = st.integers(-(10**38) + 1, 10**38 - 1)
decimals = st.builds(lambda digits, exponent: Decimal(f"{digits}E{exponent}"), numbers, st.integers(-90, 80))
inners = st.builds(Inner, name=texts, prices=st.frozensets(decimals, max_size=2))
trees = st.recursive(
    st.builds(Tree, st.integers()), lambda more: st.builds(Tree, st.just(1), st.lists(more, max_size=2)), max_leaves=4
)
everything = st.builds(
    Everything,
    some_text=texts,
    at_most=st.none() | texts,
    count=numbers,
    ratio=st.none() | st.floats(-1e100, 1e100).filter(lambda number: number == 0 or abs(number) > 1e-100),
    price=decimals,
    blob=st.none() | st.binary(max_size=9),
    is_on=st.booleans(),
    at=st.none() | st.datetimes(timezones=st.sampled_from([UTC, TOKYO])).filter(lambda at: 1 < at.year < 9999),
    colour=st.none() | st.just(Colour.RED),
    note=st.none() | texts | st.just(msgspec.UNSET),
    tags=st.frozensets(texts, max_size=3),
    blobs=st.frozensets(st.binary(max_size=3), max_size=3),
    numbers=st.sets(numbers, max_size=3),
    pairs=st.frozensets(st.tuples(st.integers(0, 9), texts), max_size=2),
    some_tags=st.none() | st.frozensets(texts, max_size=3),
    inner=st.none() | inners,
    inners=st.dictionaries(texts, st.lists(inners, max_size=2), max_size=2),
    choice=st.none() | st.builds(Left) | st.builds(Right, texts) | st.integers(),
    pair=st.none() | st.builds(Pair, st.integers(), texts),
    tree=st.none() | trees,
    by_number=st.dictionaries(st.integers(0, 99), texts, max_size=2),
    mixed=st.lists(st.integers() | texts, max_size=2),
)
decode_fast = entity_decoder(Everything)


@given(everything)
def test_decoding_gives_the_entity_back(entity: Everything) -> None:
    data = codec.encode(entity)

    assert decode_fast(data.json) == entity
    assert codec.decode(data, Everything) == entity


@given(everything)
def test_what_an_upgrade_has_made_is_the_same_entity(entity: Everything) -> None:
    made = codec.from_fields(codec.fields(codec.encode(entity)))

    assert codec.decode(made, Everything) == entity


@given(everything)
def test_data_are_the_same_however_the_wire_orders_them(entity: Everything) -> None:
    data = codec.encode(entity)

    ((_, fields),) = _turned({"M": msgspec.json.decode(data.json)}).items()
    turned = StoredData(msgspec.json.encode(fields).decode())

    assert turned == data
    assert hash(turned) == hash(data)


def _turned(value: dict[str, Any]) -> dict[str, Any]:
    """Maps and sets the other way round, and numbers in plain notation."""
    ((kind, held),) = value.items()
    match kind:
        case "M":
            return {"M": {name: _turned(each) for name, each in reversed(held.items())}}
        case "L":
            return {"L": [_turned(each) for each in held]}
        case "SS" | "BS" | "NS":
            return {kind: [*reversed(held)]}
        case "N":
            return {"N": format(Decimal(held), "f")}
        case _:
            return value


@given(everything)
def test_the_size_is_that_of_the_text_and_not_much_more(entity: Everything) -> None:
    portable = JsonCodec()

    size, elsewhere = codec.size(codec.encode(entity)), portable.size(portable.encode(entity))

    assert len(msgspec.json.encode(entity)) <= size <= elsewhere * 1.2 + 20


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "S"),
        (Colour.RED, "S"),
        (date(2026, 1, 1), "S"),
        (uuid.UUID(int=1), "S"),
        (Level.LOW, "N"),
        (1.5, "N"),
        (b"", "B"),
        (True, "BOOL"),
        (None, "NULL"),
        ({"a"}, "SS"),
        ({1, Decimal("1.5")}, "NS"),
        ({b"a"}, "BS"),
        (set(), "L"),
        ({1, "a"}, "L"),
        ((1, "a"), "L"),
        ({"a": 1}, "M"),
        (Inner("a"), "M"),
    ],
)
def test_each_type_is_kept_as_the_type_that_fits(value: Any, kind: str) -> None:
    assert codec.encode_field(value).kind == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("1.50"), Decimal("1.5")),
        (Decimal("-0.0"), 0),
        (3.0, 3),
        (Decimal("1E+2"), 100),
        (datetime(2026, 1, 1, 9, tzinfo=TOKYO), datetime(2026, 1, 1, tzinfo=UTC)),
        ({0.1, Decimal("0.1")}, {0.1}),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
    ],
)
def test_equal_values_are_encoded_equally(one: Any, other: Any) -> None:
    assert codec.from_fields({"field": one}) == codec.from_fields({"field": other})


def test_a_text_is_no_number_and_nothing_is_no_default() -> None:
    for one, other in (("1", 1), (None, ""), (set(), {"a"}), (b"a", "YQ==")):
        assert codec.from_fields({"field": one}) != codec.from_fields({"field": other})
    assert codec.from_fields({}) != codec.from_fields({"field": None})


def test_an_empty_set_is_not_the_default() -> None:
    assert codec.decode(codec.from_fields({"someText": "", "tags": set()}), Everything).tags == frozenset()
    assert codec.decode(codec.from_fields({"someText": ""}), Everything).tags == {"default"}


def test_an_empty_name_in_a_map_is_kept_under_another() -> None:
    names = {"": 1, "%": 2, "%%": 3, "a%": 4}

    data = codec.from_fields({"field": names})

    assert '""' not in data.json
    assert codec.fields(data) == {"field": names}


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        1e130,
        1e-140,
        10**38 + 1,
        Decimal("-Infinity"),
        Decimal("1e126"),
        Decimal("1e-131"),
        datetime.fromisoformat("2026-01-01T00:00:00"),
        datetime.min.replace(tzinfo=TOKYO),
        "\ud800",
        {"\udfff": 1},
        object(),
        {object()},
    ],
)
def test_what_cannot_be_held_is_refused(value: Any) -> None:
    with pytest.raises(Invalid):
        codec.encode_field(value)
    with pytest.raises(Invalid):
        codec.from_fields({"deep": [{"in": value}]})


def test_unknown_fields_are_ignored_and_a_wrong_shape_is_internal() -> None:
    assert codec.decode(codec.from_fields({"name": "a", "later": 1}), Inner).name == "a"

    for wrong in ({"name": 5}, {"level": 1}, {"name": "a", "level": "x"}, {"name": None}):
        with pytest.raises(Internal, match="Inner"):
            codec.decode(codec.from_fields(wrong), Inner)


class Positive(msgspec.Struct):
    """Checks itself."""

    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("negative")


def test_what_an_entity_refuses_itself_is_internal() -> None:
    assert codec.decode(codec.from_fields({"value": 1}), Positive).value == 1
    with pytest.raises(Internal, match="negative"):
        codec.decode(codec.from_fields({"value": -1}), Positive)


def test_data_that_went_through_json_are_data_still() -> None:
    entity = Inner("a", prices=frozenset({Decimal("0.5")}))
    data = codec.encode(entity)

    again = msgspec.json.decode(msgspec.json.encode(data))

    assert data == again
    assert codec.decode(again, Inner) == entity
    assert codec.size(again) == codec.size(data)
