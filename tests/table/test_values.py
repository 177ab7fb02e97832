"""Values: what is stored comes back exactly, and is compared exactly, whatever its type."""

from __future__ import annotations

import base64
import enum
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entaku.core.errors import Conflict, Invalid
from entaku.core.limits import NESTING_LEVELS_MAX
from entaku.table import BoundTable, add, changed, field
from entaku.table.driver import Driver
from tests.table.entities import Owner, OwnerKind, Sample

DIGITS_38 = Decimal("1234567890123456789012345678901234567.8")
NOON = datetime(2026, 4, 1, 12, 0, 0, 123456, tzinfo=UTC)
VALUES: list[tuple[str, Any]] = [
    ("amount", DIGITS_38),
    ("amount", Decimal("0.1")),
    ("amount", Decimal("-1e-100")),
    ("count", 2**53 + 1),
    ("count", 10**37 + 1),
    ("count", -(10**37)),
    ("ratio", 0.1),
    ("ratio", 1e100),
    ("raw", bytes(range(256))),
    ("tags", frozenset({"b", "a", "円"})),
    ("at_time", NOON),
    ("note", "\x00 😀 \U0010ffff"),
    ("nested", {"b": [1, 2], "a": []}),
    ("owner", Owner(OwnerKind.USER, "ada")),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
async def test_a_value_comes_back_as_it_was_stored(acme: BoundTable, name: str, value: Any) -> None:
    stored = await acme.create(Sample(id="s", **{name: value}))

    found = await acme.get(Sample.at(id="s"))

    assert getattr(found, name) == value
    assert found == stored


@pytest.mark.parametrize(("name", "value"), VALUES)
async def test_a_value_survives_a_patch_of_itself_and_of_another_field(acme: BoundTable, name: str, value: Any) -> None:
    await acme.create(Sample(id="s"))

    await acme.patch(Sample.at(id="s"), **{name: value})
    patched = await acme.patch(Sample.at(id="s"), note="other") if name != "note" else await acme.get(Sample.at(id="s"))

    assert getattr(patched, name) == value


@pytest.mark.parametrize(("name", "value"), VALUES)
async def test_a_condition_on_a_value_holds_only_for_that_value(acme: BoundTable, name: str, value: Any) -> None:
    await acme.create(Sample(id="s", **{name: value}))

    with pytest.raises(Conflict):
        await acme.patch(Sample.at(id="s"), where=[field(name).differs_from(value)], note="no")
    await acme.patch(Sample.at(id="s"), where=[field(name).equals(value)], note="yes")


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("amount", DIGITS_38, Decimal("1234567890123456789012345678901234567.9")),
        ("amount", Decimal(9), Decimal(10)),
        ("amount", Decimal(-2), Decimal("-1.5")),
        ("count", 2**53, 2**53 + 1),
        ("count", 10**37, 10**37 + 1),
        ("at_time", NOON, NOON + timedelta(microseconds=1)),
        ("note", "Z", "a"),
        ("note", "\uffff", "\U00010000"),
        ("raw", b"\x7f", b"\x80"),
    ],
)
async def test_neighbours_are_told_apart_by_order(acme: BoundTable, name: str, low: Any, high: Any) -> None:
    await acme.create(Sample(id="s", **{name: low}))

    for condition in (field(name).less_than(high), field(name).at_most(low), field(name).at_least(low)):
        await acme.patch(Sample.at(id="s"), where=[condition], nested={})
    for condition in (field(name).more_than(low), field(name).at_least(high), field(name).less_than(low)):
        with pytest.raises(Conflict):
            await acme.patch(Sample.at(id="s"), where=[condition], nested={})


class Word(enum.StrEnum):
    NULL = "null"


class Nullable(msgspec.Struct):
    raw: bytes | None = None
    text: str | None = None
    word: Word | None = None


def test_what_is_spelled_null_is_not_null(driver: Driver) -> None:
    spelled = Nullable(base64.b64decode("null"), "null", Word.NULL)

    assert driver.codec.decode(driver.codec.encode(spelled), Nullable) == spelled
    assert driver.codec.decode(driver.codec.encode(Nullable()), Nullable) == Nullable()


def test_a_value_goes_32_levels_deep_and_not_deeper(driver: Driver) -> None:
    def nested(levels: int) -> Any:
        return [nested(levels - 1)] if levels else 1

    # The data are the first level, the field is the second, and a number in a list stands below it.
    driver.codec.encode_field(nested(NESTING_LEVELS_MAX - 2))
    driver.codec.from_fields({"deep": nested(NESTING_LEVELS_MAX - 2)})
    with pytest.raises(Invalid, match="32 levels"):
        driver.codec.encode_field(nested(NESTING_LEVELS_MAX - 1))
    with pytest.raises(Invalid, match="32 levels"):
        driver.codec.from_fields({"deep": nested(NESTING_LEVELS_MAX - 1)})


async def test_times_are_compared_as_instants(acme: BoundTable) -> None:
    await acme.create(Sample(id="s", at_time=NOON))
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))

    assert await acme.patch(Sample.at(id="s"), where=[field("at_time").equals(tokyo)], note="same")


@pytest.mark.parametrize("note", [msgspec.UNSET, None, ""])
async def test_absent_null_and_empty_are_different(acme: BoundTable, note: Any) -> None:
    await acme.create(Sample(id="s", note=note))

    assert (await acme.get(Sample.at(id="s"))).note == note


async def test_an_empty_set_comes_back_as_the_empty_set(acme: BoundTable) -> None:
    full = await acme.create(Sample(id="s", tags=frozenset({"a"})))

    emptied = await acme.replace(changed(full, tags=frozenset[str]()))

    assert (await acme.get(Sample.at(id="s"))).tags == frozenset() == emptied.tags


async def test_equal_values_are_no_change_however_they_were_written(acme: BoundTable) -> None:
    stored = await acme.create(Sample(id="s", amount=Decimal("1.50"), tags=frozenset("ba"), at_time=NOON))

    same = changed(
        stored, amount=Decimal("1.5"), tags=frozenset("ab"), at_time=NOON.astimezone(timezone(timedelta(hours=9)))
    )

    assert (await acme.replace(same)).version == stored.version


async def test_sums_are_exact(acme: BoundTable) -> None:
    await acme.create(Sample(id="s", amount=DIGITS_38, count=2**53))

    summed = await acme.patch(Sample.at(id="s"), amount=add(Decimal("0.1")), count=add(1))

    assert (summed.amount, summed.count) == (Decimal("1234567890123456789012345678901234567.9"), 2**53 + 1)


async def test_a_sum_begins_at_zero_where_nothing_is(acme: BoundTable) -> None:
    await acme.create(Sample(id="s"))

    summed = await acme.patch(Sample.at(id="s"), amount=add(2))

    assert summed.amount == Decimal(2)
    assert (await acme.replace(changed(summed, amount=Decimal("2.0")))).version == summed.version


@pytest.mark.parametrize(
    ("name", "amount"), [("count", Decimal("0.5")), ("note", 1), ("tags", 1), ("ratio", 1), ("at_time", 1)]
)
async def test_only_a_number_that_fits_its_field_can_be_added(acme: BoundTable, name: str, amount: Any) -> None:
    await acme.create(Sample(id="s"))

    with pytest.raises(Invalid, match=name):
        await acme.patch(Sample.at(id="s"), **{name: add(amount)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", Decimal("NaN")),
        ("amount", Decimal("1" * 39)),
        ("count", 10**38 + 1),
        ("ratio", float("inf")),
        ("note", "\ud800"),
        ("at_time", datetime(2026, 4, 1)),  # noqa: DTZ001
    ],
)
async def test_what_some_engine_cannot_hold_is_refused(acme: BoundTable, name: str, value: Any) -> None:
    with pytest.raises(Invalid):
        await acme.create(Sample(id="s", **{name: value}))


@pytest.mark.parametrize(("name", "value"), [("count", "x"), ("tags", 1), ("owner", 5), ("count", None)])
async def test_a_patch_of_another_type_is_refused(acme: BoundTable, name: str, value: Any) -> None:
    await acme.create(Sample(id="s"))

    with pytest.raises(Invalid, match=name):
        await acme.patch(Sample.at(id="s"), **{name: value})


samples = st.builds(
    Sample,
    id=st.just("s"),
    amount=st.none()
    | st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20),
    count=st.integers(-(10**37), 10**37),
    ratio=st.floats(
        allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100, allow_subnormal=False
    ).map(lambda value: value if abs(value) > 1e-100 else 0.0),
    raw=st.binary(max_size=50),
    tags=st.frozensets(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=5),
    at_time=st.none() | st.datetimes(timezones=st.just(UTC)),
    note=st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.just(msgspec.UNSET),
    nested=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.lists(st.integers(-(10**18), 10**18))
    ),
)


@given(sample=samples)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_entity_comes_back_equal(acme: BoundTable, sample: Sample) -> None:
    stored = await acme.create(sample)

    assert changed(await acme.get(Sample.at(id="s")), _stored=msgspec.UNSET) == sample
    await acme.delete(stored)
