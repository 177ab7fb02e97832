"""Declaring that a field is kept apart: what cannot work is refused when the class is made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from entaku.core.limits import ITEM_BYTES_MAX
from entaku.table import Entity, Model, kept_apart, key, upgrade
from entaku.table.derived.docs import documented, markdown
from entaku.table.derived.lock import Difference, compare, read_lock, shape_of, write_lock
from tests.table.blobs.entities import Document
from tests.table.test_declarations import an_entity

APART = Annotated[str, kept_apart()]


class Plain(Entity, kind="THING"):
    id: str
    text: str = ""

    @key("A#{id}", "A")
    def at(*, id: str) -> None:
        "One."


class Apart(Entity, kind="THING"):
    id: str
    text: APART = ""

    @key("A#{id}", "A")
    def at(*, id: str) -> None:
        "One."


class Larger(Entity, kind="THING"):
    id: str
    text: Annotated[str, kept_apart(above_bytes=ITEM_BYTES_MAX)] = ""

    @key("A#{id}", "A")
    def at(*, id: str) -> None:
        "One."


class ApartInTheNextSchema(Entity, kind="THING", schema=2):
    id: str
    text: APART = ""

    @key("A#{id}", "A")
    def at(*, id: str) -> None:
        "One."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        return fields


class PlainInTheNextSchema(Entity, kind="THING", schema=2):
    id: str
    text: str = ""

    @key("A#{id}", "A")
    def at(*, id: str) -> None:
        "One."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        return fields


def differences(was: type[Entity], now: type[Entity]) -> tuple[Difference, ...]:
    return compare(shape_of(Model([was])), Model([now]))


@pytest.mark.parametrize(
    "kind",
    [
        APART,
        Annotated[str | None, kept_apart()],
        APART | None,
        APART | msgspec.UnsetType,
        Annotated[bytes, kept_apart()],
    ],
)
def test_texts_and_bytes_that_may_be_absent_are_kept_apart(kind: Any) -> None:
    assert an_entity(fields={"body": kind})


@pytest.mark.parametrize("kind", [int, list[str], dict[str, str], int | str])
def test_nothing_else_is_kept_apart(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"Thing.body: only text and bytes are kept apart"):
        an_entity(fields={"body": Annotated[kind, kept_apart()]})


@pytest.mark.parametrize("partition", ["A#{id}#{body}", "A#{id}#{body:fold}", "A#{body:shard8}#{id}"])
def test_a_key_cannot_hold_what_is_kept_apart(partition: str) -> None:
    with pytest.raises(TypeError, match=r"Thing.at: body is kept apart and cannot stand in a key"):
        an_entity(partition, fields={"body": APART})


def test_an_index_cannot_hold_what_is_kept_apart() -> None:
    with pytest.raises(TypeError, match=r"Thing.listing0: body is kept apart and cannot stand in a key"):
        an_entity(fields={"body": APART}, accesses=(("ALL#{body:shard8}", "{id}", 1),))


def test_the_name_of_the_reference_is_taken() -> None:
    with pytest.raises(TypeError, match="body_apart is how body is stored when it is kept apart"):
        an_entity(fields={"body": APART, "body_apart": int})


@pytest.mark.parametrize("above_bytes", [0, 511, ITEM_BYTES_MAX + 1])
def test_the_bound_is_neither_tiny_nor_larger_than_an_item(above_bytes: int) -> None:
    with pytest.raises(TypeError, match="is out of range"):
        kept_apart(above_bytes=above_bytes)


def test_the_lock_says_what_is_kept_apart(tmp_path: Path) -> None:
    write_lock(tmp_path / "model.lock", Model([Document]))

    fields = read_lock(tmp_path / "model.lock").entities["DOCUMENT"].fields

    assert fields["body"] == "str, kept apart"
    assert fields["scan"] == "bytes | null = default, kept apart"
    assert "body_apart" not in fields


def test_keeping_a_field_apart_needs_the_next_schema() -> None:
    (found,) = differences(Plain, Apart)

    assert (found.severity, found.way_out) == ("breaking", "set schema=2 and declare @upgrade(1)")
    assert {each.severity for each in differences(Plain, ApartInTheNextSchema)} == {"new"}


def test_a_field_that_is_kept_apart_stays_so() -> None:
    found = differences(Apart, PlainInTheNextSchema)

    assert [each.severity for each in found] == ["new", "breaking"]
    assert "above_bytes" in found[1].way_out


def test_the_bound_may_move_at_any_time() -> None:
    assert differences(Apart, Larger) == ()


def test_the_page_of_access_patterns_says_what_is_kept_apart() -> None:
    model = Model([Document])

    assert documented(model).entities[0].kept_apart == {"body": 512, "scan": 512}
    assert "`body` above 512 bytes is kept apart, `scan` above 512 bytes is kept apart." in markdown(model)
