"""Declarations: what cannot work is refused when the class or the model is made, with the name of what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal

import msgspec
import pytest
from msgspec import UnsetType

from entaku.table import Entity, Model, access, key, upgrade
from entaku.table.entity import info_of
from tests.table.entities import ENTITIES, Member, Note, Site


def an_entity(
    partition: str = "A#{id}",
    sort: str = "A",
    fields: dict[str, Any] | None = None,
    accesses: tuple[tuple[str, str, int], ...] = (),
    **options: Any,
) -> type[Entity]:
    """Declares an entity with a text `id`, some more fields, a key, and listings that nothing but shards leave free."""
    fields = {"id": str, **(fields or {})}

    def at(**_: Any) -> None:
        "One."

    at_parameters = key(partition, sort)(with_parameters(at, fields, partition + sort))
    body: dict[str, Any] = {"__annotations__": fields, "__module__": __name__, "at": at_parameters}
    for n, (of, by, index) in enumerate(accesses):

        def listing(**_: Any) -> None:
            "Some."

        body[f"listing{n}"] = access(of, by, index=index)(with_parameters(listing, fields, of))
    metaclass: Any = type(Entity)
    return metaclass("Thing", (Entity,), body, kind=options.pop("kind", "THING"), **options)


def with_parameters(function: Callable[..., None], fields: dict[str, Any], template: str) -> Callable[..., None]:
    """The function with a keyword parameter for each field that the template names."""
    names = [name for name in fields if f"{{{name}" in template and f"{{{name}:shard" not in template]
    namespace: dict[str, Any] = {}
    exec(f"def signature({'*, ' if names else ''}{', '.join(names)}): 'Some.'", namespace)
    made = namespace["signature"]
    made.__annotations__ = {name: fields[name] for name in names}
    return made


@pytest.mark.parametrize(
    ("wrong", "declaration"),
    [
        ("no field 'nothing'", {"partition": "A#{nothing}"}),
        ("neither a word nor", {"partition": "A#{id}x"}),
        ("width", {"sort": "{n}", "fields": {"n": int}}),
        ("cannot stand in a key", {"sort": "{x}", "fields": {"x": float}}),
        ("may be absent", {"sort": "{x}", "fields": {"x": str | None}}),
        ("does not tell its value", {"sort": "{id:fold}"}),
        ("no index 21", {"accesses": [("I#{id}", "I", 21)]}),
        ("lacks {id}", {"accesses": [("I#{id:shard8}", "{name}", 1)], "fields": {"name": str}}),
        ("does not begin the key stored there", {"accesses": [("B#{id}", "A#", 0)]}),
        ("capital letters", {"kind": "thing"}),
        ("which is no field", {"expires": "ends_at"}),
        ("upgrade from each", {"schema": 2}),
        ("needs a partition and a sort key", {"partition": "", "sort": "A#{id}"}),
        ("which must be a datetime", {"expires": "text", "fields": {"text": str}}),
        ("which must be a datetime", {"expires": "end", "fields": {"end": datetime | UnsetType}}),
        ("two times of a day", {"sort": "{at_:day}", "fields": {"at_": datetime}}),
        ("cannot be called 'version'", {"fields": {"version": str}}),
        ("cannot be called 'where'", {"fields": {"where": str}}),
        ("cannot stand in a key", {"sort": "{n}", "fields": {"n": Literal[1, 2]}}),
        ("are both spread", {"accesses": [("I#{id:shard8}#{id:shard4}", "{id}", 1)]}),
        ("only a tenant's may be", {"scope": "platform", "accesses": [("", "{id}", 1)]}),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(wrong: str, declaration: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=wrong):
        an_entity(**declaration)


def test_a_field_that_is_stored_under_another_name_is_refused() -> None:
    with pytest.raises(TypeError, match="has one name"):

        class Twice(Entity, kind="TWICE"):
            id: str
            text: str = msgspec.field(name="t", default="")

            @key("A#{id}", "A")
            def at(*, id: str) -> None:
                "One."


def test_a_parameter_of_another_type_than_its_field_is_refused() -> None:
    with pytest.raises(TypeError, match="parameter id is <class 'int'>"):

        class Numbered(Entity, kind="NUMBERED"):
            id: str

            @key("A#{id}", "A")
            def at(*, id: int) -> None:
                "One."


def test_an_entity_has_exactly_one_key() -> None:
    with pytest.raises(TypeError, match="exactly one @key, found 0"):

        class Keyless(Entity, kind="KEYLESS"):
            id: str


def test_a_pattern_says_what_it_lists() -> None:
    with pytest.raises(TypeError, match="docstring"):

        class Silent(Entity, kind="SILENT"):
            id: str

            @key("A#{id}", "A")
            def at(*, id: str) -> None: ...


def test_a_parameter_binds_something() -> None:
    with pytest.raises(TypeError, match="colour binds nothing"):

        class Bright(Entity, kind="BRIGHT"):
            id: str

            @key("A#{id}", "A")
            def at(*, id: str, colour: str) -> None:
                "One."


def test_parameters_are_given_by_name() -> None:
    with pytest.raises(TypeError, match="by name only"):

        class Positional(Entity, kind="POSITIONAL"):
            id: str

            @key("A#{id}", "A")
            def at(id: str) -> None:  # pyright: ignore[reportGeneralTypeIssues]
                "One."


def test_a_call_with_a_misspelt_or_missing_parameter_is_refused() -> None:
    misspelt: dict[str, Any] = {"book": "b", "idd": "n"}
    with pytest.raises(TypeError, match="idd"):
        Note.at(**misspelt)
    with pytest.raises(TypeError, match="missing"):
        Note.at(book="b")  # pyright: ignore[reportCallIssue]


def test_two_entities_of_one_kind_are_no_model() -> None:
    with pytest.raises(TypeError, match="both of kind THING"):
        Model([an_entity("A#{id}"), an_entity("B#{id}")])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("A#{id}", "A"), ("A#{id}", "A")),
        (("A#{id}", "A"), ("A#{id}", "{x}")),
        (("{x}#{id}", "A"), ("A#{id}", "A")),
        (("A#{id}", "{n:w3}"), ("A#{id}", "001")),
    ],
)
def test_entities_that_can_render_the_same_key_are_no_model(one: tuple[str, str], other: tuple[str, str]) -> None:
    fields = {"x": str, "n": int}
    with pytest.raises(TypeError, match="can render the same key"):
        Model([an_entity(*one, fields=fields, kind="ONE"), an_entity(*other, fields=fields, kind="OTHER")])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("A#{id}", "A"), ("B#{id}", "A")),
        (("A#{id}", "A"), ("A#{id}", "B")),
        (("A#{id}", "A"), ("A#{id}#{x}", "A")),
        (("A#{id}", "{n:w3}"), ("A#{id}", "01")),
    ],
)
def test_entities_that_cannot_render_the_same_key_are_a_model(one: tuple[str, str], other: tuple[str, str]) -> None:
    fields = {"x": str, "n": int}

    Model([an_entity(*one, fields=fields, kind="ONE"), an_entity(*other, fields=fields, kind="OTHER")])


def test_a_listing_that_would_find_another_entity_is_no_model() -> None:
    lists = an_entity("A#{id}", "A#{x}", fields={"x": str}, accesses=(("A#{id}", "A#", 0),), kind="LISTS")
    stranger = an_entity("A#{id}", "A#{x}#B", fields={"x": str}, kind="STRANGER")

    with pytest.raises(TypeError, match="would list items of"):
        Model([lists, stranger])


def test_an_entity_of_the_platform_keeps_out_of_tenants_partitions() -> None:
    intruder = an_entity("TENANT#{id}#BOOK", scope="platform", kind="INTRUDER")

    with pytest.raises(TypeError, match="could be a tenant's partition"):
        Model([intruder, Note])
    Model([Site, Note])


def test_a_model_says_how_many_indexes_the_table_needs() -> None:
    assert Model(ENTITIES).index_count == 3
    assert Model([Site]).index_count == 0


def test_a_model_finds_an_entity_by_its_kind() -> None:
    model = Model([Note])

    assert model.of_kind("NOTE") is info_of(Note)
    assert model.of_kind("MEMBER") is None


def test_a_listing_over_shards_reads_all_of_them() -> None:
    assert Member.by_name().partitions == tuple(f"MEMBERS#{n:02d}" for n in range(8))


def test_an_upgrade_may_be_declared_inside_or_outside_of_staticmethod() -> None:
    class Twice(Entity, kind="TWICE", schema=3):
        id: str

        @key("T#{id}", "T")
        def at(*, id: str) -> None:
            "One."

        @staticmethod
        @upgrade(1)
        def _first(fields: dict[str, Any]) -> dict[str, Any]:
            return fields

        @upgrade(2)
        @staticmethod
        def _second(fields: dict[str, Any]) -> dict[str, Any]:
            return fields

    assert set(info_of(Twice).upgrades) == {1, 2}


class Event(Entity, kind="EVENT"):
    """Sorted by time, listed by day; shown in its index only once it has ended."""

    id: str
    ends_at: datetime | None = None

    @key("EVENT#{id}", "EVENT")
    def at(*, id: str) -> None:
        "One event."

    @access("DAY#{ends_at:day}", "{ends_at}#{id}", index=1)
    def ending_on(*, ends_at: date) -> None:
        "The events that end on a day, earliest first."


def test_a_day_binds_the_day_of_a_time_and_not_the_time() -> None:
    query = Event.ending_on(ends_at=date(2026, 4, 1))

    assert (query.partitions, query.low, query.high) == (("DAY#2026-04-01",), "", None)


def test_an_item_without_its_time_is_in_no_index() -> None:
    assert info_of(Event).index_key_of[1](Event(id="e")) is None
