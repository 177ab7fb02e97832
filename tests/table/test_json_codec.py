"""The JSON codec: equal values are equal texts, what goes in comes out, and numbers stay exact."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Internal, Invalid
from entaku.table.driver import Codec, Operator, Predicate
from entaku.table.drivers.json_codec import JsonCodec, added, check_order, from_raw_fields, holds, raw_fields

codec: Codec = JsonCodec()
TOKYO = timezone(timedelta(hours=9))


class Colour(enum.StrEnum):
    RED = "red"


class Sample(msgspec.Struct, frozen=True):
    text: str = ""
    count: int = 0
    price: Decimal = Decimal(0)
    ratio: float = 0.0
    blob: bytes = b""
    tags: frozenset[str] = frozenset()
    prices: frozenset[Decimal] = frozenset()
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    day: date = date(2026, 1, 1)
    colour: Colour = Colour.RED
    nested: dict[str, Decimal | None] = {}
    note: str | msgspec.UnsetType | None = msgspec.UNSET


decimals = st.builds(
    lambda digits, exponent: Decimal(f"{digits}E{exponent}"),
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.integers(-90, 80),
)
floats = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e120, max_value=1e120).filter(
    lambda number: number == 0 or abs(number) > 1e-120
)
texts = st.text(st.characters(exclude_categories=("Cs",)))
samples = st.builds(
    Sample,
    text=texts,
    count=st.integers(-(10**38) + 1, 10**38 - 1),
    price=decimals,
    ratio=floats,
    blob=st.binary(),
    tags=st.frozensets(texts),
    prices=st.frozensets(decimals, max_size=3),
    at=st.datetimes(timezones=st.sampled_from([UTC, TOKYO])).filter(lambda at: 1 < at.year < 9999),
    nested=st.dictionaries(texts, st.none() | decimals, max_size=3),
    note=st.none() | texts | st.just(msgspec.UNSET),
)


@given(samples)
def test_decoding_gives_the_entity_back(sample: Sample) -> None:
    assert codec.decode(codec.encode(sample), Sample) == sample


@given(samples)
def test_the_text_is_stable_through_a_patch_and_an_upgrade(sample: Sample) -> None:
    data = codec.encode(sample)

    assert from_raw_fields(raw_fields(data)) == data
    assert codec.from_fields(codec.fields(data)) == data


@given(samples)
def test_each_field_stands_in_the_data_as_it_is_encoded_alone(sample: Sample) -> None:
    fields = raw_fields(codec.encode(sample))

    for name, raw in fields.items():
        assert bytes(memoryview(raw)) == codec.encode_field(getattr(sample, name)).json


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Sample(price=Decimal("1.50")), Sample(price=Decimal("1.5"))),
        (Sample(price=Decimal("1E+2")), Sample(price=Decimal(100))),
        (Sample(price=Decimal("-0.0")), Sample(price=Decimal(0))),
        (Sample(ratio=-0.0), Sample(ratio=0.0)),
        (Sample(ratio=3), Sample(ratio=3.0)),
        (Sample(at=datetime(2026, 1, 1, 9, tzinfo=TOKYO)), Sample(at=datetime(2026, 1, 1, tzinfo=UTC))),
        (Sample(tags=frozenset("abc")), Sample(tags=frozenset("cba"))),
        (Sample(nested={"a": None, "b": Decimal(1)}), Sample(nested={"b": Decimal("1.0"), "a": None})),
    ],
)
def test_equal_entities_are_equal_texts(one: Sample, other: Sample) -> None:
    assert one == other

    assert codec.encode(one) == codec.encode(other)


def test_absent_and_null_stay_different() -> None:
    assert codec.encode(Sample(note=None)) != codec.encode(Sample())
    assert codec.decode(codec.encode(Sample(note=None)), Sample).note is None
    assert codec.decode(codec.encode(Sample()), Sample).note is msgspec.UNSET


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        1e130,
        1e-140,
        10**38 + 1,
        Decimal("NaN"),
        Decimal("-Infinity"),
        Decimal("1." + "1" * 38),
        Decimal("1e126"),
        Decimal("1e-131"),
        datetime.fromisoformat("2026-01-01T00:00:00"),
        datetime.min.replace(tzinfo=TOKYO),
        "\ud800",
        {"\udfff": 1},
        object(),
    ],
)
def test_what_no_engine_holds_is_refused(value: Any) -> None:
    with pytest.raises(Invalid):
        codec.encode_field(value)
    with pytest.raises(Invalid):
        codec.from_fields({"deep": [{"in": value}]})


def test_a_value_that_is_nested_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(Invalid, match="nested"):
        codec.encode_field(endless)


def test_numbers_at_the_limits_survive() -> None:
    largest, finest = Decimal("9." + "9" * 37 + "E+125"), Decimal("1E-130")

    kept = codec.decode(codec.encode(Sample(nested={"a": largest, "b": finest, "c": largest.copy_negate()})), Sample)

    assert kept.nested == {"a": largest, "b": finest, "c": largest.copy_negate()}


def test_unknown_fields_are_ignored_and_a_wrong_shape_is_internal() -> None:
    assert codec.decode('{"text":"a","later":1}', Sample).text == "a"

    with pytest.raises(Internal, match="Sample"):
        codec.decode('{"count":"many"}', Sample)


def test_the_size_counts_small_numbers_in_lists_as_dynamodb_does() -> None:
    data = codec.from_fields({"n": [1] * 100, "e": [[]] * 100})
    numbers, empties = 3 + 100 * (1 + 2), 3 + 100 * (1 + 3)

    assert codec.size(data) >= len("n") + numbers + len("e") + empties


def test_the_size_counts_bytes_of_utf_8() -> None:
    assert codec.size(codec.encode(Sample(text="日本語" * 100))) >= 900


def _is(stored: Any, operator: Operator, value: Any) -> bool:
    fields = raw_fields(codec.from_fields({} if stored is msgspec.UNSET else {"field": stored}))
    predicate = Predicate("field", operator, codec.encode_field(value))
    check_order(predicate)
    return holds(predicate, fields)


@given(decimals, decimals)
def test_decimals_compare_by_value(one: Decimal, other: Decimal) -> None:
    assert _is(one, "lt", other) == (one < other)
    assert _is(one, "ge", other) == (one >= other)
    assert _is(one, "eq", other) == (one == other)
    assert _is(one, "ne", other) == (one != other)


@given(st.integers(-(10**20), 10**20), floats | st.integers(-(10**20), 10**20))
def test_ints_and_floats_compare_by_value(one: int, other: float) -> None:
    exact = Decimal(repr(other))

    assert _is(one, "lt", other) == (one < exact)
    assert _is(one, "eq", other) == (one == exact)


@given(texts, texts)
def test_texts_compare_by_their_utf_8_bytes(one: str, other: str) -> None:
    assert _is(one, "lt", other) == (one.encode() < other.encode())
    assert _is(one, "le", other) == (one.encode() <= other.encode())


@given(st.binary(), st.binary())
def test_bytes_compare_bytewise(one: bytes, other: bytes) -> None:
    assert _is(one, "gt", other) == (one > other)


def test_times_compare_as_instants() -> None:
    early, late = datetime(2026, 1, 1, 9, 0, 0, tzinfo=TOKYO), datetime(2026, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)

    assert _is(early, "lt", late)
    assert _is(late, "gt", early)


def test_numbers_beyond_doubles_are_told_apart() -> None:
    assert not _is(2**53 + 1, "eq", 2**53)
    assert _is(Decimal("0.1000000000000000000001"), "gt", Decimal("0.1"))
    assert _is(Decimal("10"), "eq", 10)
    assert _is(0.1, "eq", Decimal("0.1"))


def test_a_text_that_looks_like_a_number_is_ordered_as_text() -> None:
    assert _is("9", "gt", "10")
    assert not _is("red", "lt", 5)


def test_an_absent_or_null_field_only_differs() -> None:
    for stored in (msgspec.UNSET, None):
        assert _is(stored, "ne", 5)
        assert not any(_is(stored, operator, 5) for operator in ("eq", "lt", "le", "gt", "ge"))
        assert _is(stored, "missing", None)
        assert not _is(stored, "present", None)


def test_lists_and_truths_are_equal_or_not_and_have_no_order() -> None:
    assert _is(frozenset("ab"), "eq", frozenset("ba"))
    assert _is(True, "ne", False)
    assert not _is(True, "eq", 1)

    with pytest.raises(Invalid, match="order"):
        _is([1], "lt", [2])


def _sum(stored: Any, amount: Any) -> bytes:
    return bytes(
        memoryview(added("field", raw_fields(codec.from_fields({"field": stored})), codec.encode_field(amount)))
    )


@given(decimals, decimals)
def test_a_sum_is_exact_or_refused(one: Decimal, other: Decimal) -> None:
    exact = Fraction(one) + Fraction(other)
    digits = len(str(abs(int(exact * 10**90))).strip("0"))

    if digits > 38:
        with pytest.raises(Invalid, match="38 digits"):
            _sum(one, other)
    else:
        assert Fraction(msgspec.json.decode(_sum(one, other), type=str)) == exact


def test_a_sum_keeps_the_kind_of_number() -> None:
    assert _sum(Decimal("1.50"), Decimal("0.5")) == b'"2"'
    assert _sum(Decimal("1.5"), 1) == b'"2.5"'
    assert _sum(2**64, -1) == b"18446744073709551615"
    assert _sum(10**38 - 1, 1) == str(10**38).encode()
    assert _sum(0.1, 0.2) == b"0.3"
    assert _sum(1.5, 0.5) == b"2"
    assert _sum(None, Decimal("1.0")) == b'"1"'
    assert _sum(None, 7) == b"7"


def test_only_numbers_can_be_added_to_numbers() -> None:
    with pytest.raises(Invalid, match="'\"red\"' is no number"):
        _sum("red", 1)
    with pytest.raises(Invalid, match="no number"):
        _sum(1, "red")
    with pytest.raises(Invalid, match="38 digits"):
        _sum(10**38 - 1, 2)
