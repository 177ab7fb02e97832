"""The neutral form: every value survives the way from one engine to another and back, and equal items look equal."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Conflict
from entaku.table import Entity, Model, key
from entaku.table.driver import Codec, Item
from entaku.table.drivers.dynamodb.codec import DynamoCodec
from entaku.table.drivers.json_codec import JsonCodec
from entaku.table.moving.neutral import Form, NeutralItem, Translator
from tests.table.entities import ENTITIES, OldPaper, Owner, OwnerKind, Paper, Sample


class Box(Entity, kind="BOX"):
    """Holds anything."""

    id: str
    content: Any = None
    prices: frozenset[Decimal] = frozenset()
    times: list[datetime] = msgspec.field(default_factory=list[datetime])
    by_number: dict[int, bytes] = msgspec.field(default_factory=dict[int, bytes])

    @key("BOX#{id}", "BOX")
    def at(*, id: str) -> None:
        "One box."


MODEL = Model([*ENTITIES, Box])
JSON, DYNAMO = JsonCodec(), DynamoCodec()
ON_JSON, ON_DYNAMO = Translator(JSON, MODEL, "sqlite"), Translator(DYNAMO, MODEL, "dynamodb")

INTEGERS = st.integers(-(10**38) + 1, 10**38 - 1)
DECIMALS = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent, None) if digits else Decimal(0),
    st.integers(-(10**28) + 1, 10**28 - 1),
    st.integers(-90, 60),
)
LONG_DECIMALS = st.integers(-(10**38) + 1, 10**38 - 1).map(lambda digits: Decimal(f"{digits}E-20"))
FLOATS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100).filter(
    lambda value: value == 0 or abs(value) > 1e-100
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TIMES = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PLAIN = st.recursive(
    # Where a type does not tell, DynamoDB takes a whole float for the integer that its shortest spelling is.
    st.none() | st.booleans() | TEXTS | INTEGERS | FLOATS.filter(lambda value: abs(value) < 2**53),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)

SAMPLES = st.builds(
    Sample,
    id=st.just("s"),
    amount=st.none() | DECIMALS | LONG_DECIMALS,
    count=INTEGERS,
    ratio=FLOATS,
    raw=st.binary(max_size=8),
    tags=st.frozensets(TEXTS, max_size=3),
    at_time=st.none() | TIMES,
    note=st.just(msgspec.UNSET) | st.none() | TEXTS,
    nested=st.dictionaries(TEXTS, st.lists(INTEGERS, max_size=3), max_size=3),
    owner=st.none() | st.builds(Owner, st.sampled_from(OwnerKind), TEXTS),
)
BOXES = st.builds(
    Box,
    id=st.just("b"),
    content=PLAIN,
    prices=st.frozensets(LONG_DECIMALS, max_size=3),
    times=st.lists(TIMES, max_size=3),
    by_number=st.dictionaries(st.integers(-9, 9), st.binary(max_size=3), max_size=3),
)


def item_of(codec: Codec, entity: Any, *, kind: str, schema: int = 1) -> Item:
    at = "2026-04-01T00:00:00.000Z"
    return Item("TENANT#acme#P", "s", kind, schema, codec.encode(entity), 7, "w", at, at, 99)


@given(entity=SAMPLES | BOXES)
def test_an_item_is_the_same_after_the_way_to_the_other_engine_and_back(entity: Entity) -> None:
    kind = "BOX" if isinstance(entity, Box) else "SAMPLE"
    before = item_of(JSON, entity, kind=kind)

    there = ON_DYNAMO.from_neutral(ON_JSON.to_neutral(before), engine="sqlite").item
    back = ON_JSON.from_neutral(ON_DYNAMO.to_neutral(there), engine="dynamodb").item

    assert back == before
    assert there.data == DYNAMO.encode(entity)
    assert ON_DYNAMO.digest(there) == ON_JSON.digest(before) == ON_JSON.digest(back)


@given(entity=SAMPLES)
def test_the_neutral_form_survives_a_file(entity: Sample) -> None:
    neutral = ON_DYNAMO.to_neutral(item_of(DYNAMO, entity, kind="SAMPLE"))

    read = msgspec.json.decode(msgspec.json.encode(neutral), type=NeutralItem)

    assert ON_DYNAMO.from_neutral(read, engine="dynamodb").item == item_of(DYNAMO, entity, kind="SAMPLE")


@pytest.mark.parametrize("translator", [ON_JSON, ON_DYNAMO])
def test_one_that_differs_in_anything_has_another_digest(translator: Translator) -> None:
    codec = JSON if translator is ON_JSON else DYNAMO
    item = item_of(codec, Sample(id="s", amount=Decimal("1.10")), kind="SAMPLE")
    others = [
        msgspec.structs.replace(item, **{name: value})
        for name, value in {
            "sk": "t",
            "version": 8,
            "write_id": "x",
            "updated_at": "2026-04-01T00:00:00.001Z",
            "expires_ms": None,
            "data": codec.encode(Sample(id="s", amount=Decimal("1.2"))),
        }.items()
    ]

    assert translator.digest(item) not in {translator.digest(other) for other in others}


@pytest.mark.parametrize(("form", "source"), [("plain", "dynamodb"), ("plain", "sqlite"), ("entity", "sqlite")])
def test_an_item_of_an_older_schema_is_upgraded_on_another_engine(form: Form, source: str) -> None:
    old = item_of(JSON, OldPaper(id="1", name="on tables", price=Decimal("1.5")), kind="PAPER")
    neutral = msgspec.structs.replace(ON_JSON.to_neutral(old), form=form)
    engine = ON_DYNAMO if source == "sqlite" else ON_JSON

    loaded = engine.from_neutral(neutral, engine=source).item

    codec = DYNAMO if source == "sqlite" else JSON
    assert (loaded.schema, loaded.version) == (2, old.version)
    assert codec.decode(loaded.data, Paper) == Paper(id="1", title="On Tables", price=Decimal("1.5"))
    assert [key.sk for key in loaded.index_keys] == ["On%20Tables#1"]


@pytest.mark.parametrize("translator", [ON_JSON, ON_DYNAMO])
@pytest.mark.parametrize(("kind", "schema"), [("PAPER", 1), ("PAPER", 9), ("UNHEARD_OF", 1)])
def test_what_the_program_does_not_know_goes_back_to_its_own_engine_as_it_was(
    translator: Translator, kind: str, schema: int
) -> None:
    codec = JSON if translator is ON_JSON else DYNAMO
    item = item_of(codec, OldPaper(id="1", name="x", price=Decimal("1.5")), kind=kind, schema=schema)
    engine = "sqlite" if translator is ON_JSON else "dynamodb"

    assert translator.from_neutral(translator.to_neutral(item), engine=engine).item == item


@pytest.mark.parametrize(("kind", "schema"), [("PAPER", 9), ("UNHEARD_OF", 1)])
def test_what_the_program_does_not_know_is_refused_for_another_engine(kind: str, schema: int) -> None:
    item = item_of(JSON, OldPaper(id="1", name="x"), kind=kind, schema=schema)

    with pytest.raises(Conflict, match="does not know"):
        ON_DYNAMO.from_neutral(ON_JSON.to_neutral(item), engine="sqlite")
