"""What the committed shape of a model lets pass, and what it holds back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from entaku.core.errors import Invalid, NotFound
from entaku.table import Entity, Model, access, key, upgrade
from entaku.table.derived.lock import Difference, LockedModel, compare, read_lock, shape_of, write_lock
from tests.table.library_samples import ENTITIES, MODEL


class Book(Entity, kind="BOOK"):
    book_id: str
    title: str = ""

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."

    @access("BOOKS", "{title}#{book_id}", index=1)
    def by_title() -> None:
        "All books, by title."


class Keyed(Entity, kind="BOOK"):
    """With only the key, for what is changed about it."""

    book_id: str
    title: str = ""

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."


class Upgraded(Entity, kind="BOOK", schema=2):
    book_id: str
    title: str

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."

    @upgrade(1)
    @staticmethod
    def titled(fields: dict[str, Any]) -> dict[str, Any]:
        return {"title": "", **fields}


def differences(was: type[Entity], now: type[Entity], **retired: str) -> tuple[Difference, ...]:
    return compare(shape_of(Model([was]), {name.replace("_", " "): why for name, why in retired.items()}), Model([now]))


def severities(found: tuple[Difference, ...]) -> list[str]:
    return [difference.severity for difference in found]


def test_a_model_equals_its_own_lock(tmp_path: Path) -> None:
    write_lock(tmp_path / "model.lock", MODEL)

    locked = read_lock(tmp_path / "model.lock")

    assert locked == shape_of(MODEL)
    assert compare(locked, MODEL) == ()


def test_the_file_does_not_depend_on_the_order_of_declarations(tmp_path: Path) -> None:
    write_lock(tmp_path / "one", MODEL)
    write_lock(tmp_path / "two", Model(ENTITIES[::-1]))

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_each_field_and_each_pattern_is_one_line(tmp_path: Path) -> None:
    write_lock(tmp_path / "model.lock", MODEL)

    lines = (tmp_path / "model.lock").read_text("utf-8").splitlines()

    by_name = '"index": 1, "parameters": [], "partition": "LIBRARIES#{library_id:shard8}"'
    assert '        "parent": "str | null = default"' in lines
    assert f'        "by_name": {{{by_name}, "sort": "{{name:fold}}#{{library_id}}"}}' in lines


def test_nested_types_are_locked_by_what_is_stored() -> None:
    fields = shape_of(MODEL).entities["SHARE"].fields

    assert fields["principal"] == "{id: str, kind: str}"
    assert fields["permissions"] == "set['read' | 'write']"
    assert fields["expires_at"] == "datetime | null = default"


class Node(msgspec.Struct, tag="node"):
    children: list[Node]
    weight: Annotated[int, msgspec.Meta(ge=0)] = 0
    label: str | msgspec.UnsetType = msgspec.UNSET


class Tree(Entity, kind="TREE"):
    tree_id: str
    root: Node
    sizes: dict[str, tuple[int, ...]] | None = None

    @key("TREE#{tree_id}", "METADATA")
    def at(*, tree_id: str) -> None:
        "One tree."


def test_a_struct_inside_itself_has_a_finite_text() -> None:
    fields = shape_of(Model([Tree])).entities["TREE"].fields

    assert (
        fields["root"]
        == "{type: 'node', children: list[^1], label: str | absent = default, weight: int(ge=0) = default}"
    )
    assert fields["sizes"] == "dict[str, list[int]] | null = default"


def test_an_added_field_needs_the_next_schema() -> None:
    class Added(Keyed, kind="BOOK"):
        pages: int = 0

        @key("BOOK#{book_id}", "METADATA")
        def at(*, book_id: str) -> None:
            "One book."

    (found,) = differences(Keyed, Added)

    assert (found.entity, found.severity, found.sentence) == ("BOOK", "breaking", "field pages is new: int = default")
    assert found.way_out == "set schema=2 and declare @upgrade(1)"
    assert differences(Added, Keyed)[0].sentence == "field pages is gone; it was int = default"


def test_a_vanished_default_passes_with_its_upgrade() -> None:
    found = differences(Keyed, Upgraded)

    assert [f.sentence for f in found] == [
        "the schema was 1 and is 2, with its upgrade",
        "field title was str = default and is str",
    ]
    assert set(severities(found)) == {"new"}


def test_a_lowered_schema_is_breaking() -> None:
    found = differences(Upgraded, Keyed)

    assert set(severities(found)) == {"breaking"}
    assert "set schema=3" in found[0].way_out


def test_a_changed_key_asks_for_a_new_kind() -> None:
    class Moved(Entity, kind="BOOK"):
        book_id: str
        title: str = ""

        @key("VOLUME#{book_id}", "METADATA")
        def at(*, book_id: str) -> None:
            "One book."

    found = differences(Keyed, Moved)

    assert severities(found) == ["breaking", "new"]
    assert "of a new kind" in found[0].way_out


def test_a_text_that_becomes_a_time_changes_the_key_although_its_template_reads_the_same() -> None:
    class Texts(Entity, kind="LINE"):
        at_time: str

        @key("LINES", "{at_time}")
        def at(*, at_time: str) -> None:
            "One line."

    class Times(Entity, kind="LINE"):
        at_time: datetime

        @key("LINES", "{at_time}")
        def at(*, at_time: datetime) -> None:
            "One line."

    assert differences(Texts, Times)[0].sentence.startswith("the key was LINES / {at_time} (tenant) and is")


class Reindexed(Entity, kind="BOOK"):
    book_id: str
    title: str = ""

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."

    @access("BOOKS#{book_id:shard8}", "{title}#{book_id}", index=1)
    def by_title() -> None:
        "All books, by title."


class Renumbered(Entity, kind="BOOK"):
    book_id: str
    title: str = ""

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."

    @access("BOOKS", "{title}#{book_id}", index=2)
    def by_title() -> None:
        "All books, by title."


def test_an_index_number_is_not_used_for_another_key() -> None:
    found = differences(Book, Reindexed)[0]

    assert found.severity == "breaking"
    assert "index=2" in found.way_out


def test_a_pattern_does_not_move_to_an_index_that_is_not_filled() -> None:
    found = differences(Book, Renumbered, BOOK_GSI1="by_title reads GSI2")

    assert [f.sentence for f in found if f.severity == "breaking"] == [
        "pattern by_title moved to GSI2, which holds no stored item yet"
    ]


def test_a_new_index_and_a_new_pattern_pass() -> None:
    found = differences(Keyed, Book)

    assert severities(found) == ["new", "new"]
    assert "write every stored item once more" in found[0].way_out


def test_a_removed_index_is_breaking_until_it_is_retired() -> None:
    unrecorded, recorded = differences(Book, Keyed), differences(Book, Keyed, BOOK_GSI1="nobody sorted by title")

    assert severities(unrecorded) == ["breaking", "new"]
    assert '"BOOK GSI1"' in unrecorded[0].way_out
    assert severities(recorded) == ["new", "new"]


def test_a_retired_index_number_is_not_used_again() -> None:
    found = differences(Keyed, Book, BOOK_GSI1="nobody sorted by title")

    assert found[0].severity == "breaking"
    assert "index=2" in found[0].way_out


def test_a_removed_entity_is_breaking_until_it_is_retired() -> None:
    locked = shape_of(Model([Book]))

    (unrecorded,) = compare(locked, Model([]))
    (recorded,) = compare(LockedModel(locked.entities, {"BOOK": "moved to the archive"}), Model([]))

    assert (unrecorded.severity, recorded.severity) == ("breaking", "new")


def test_a_retired_kind_is_not_used_again() -> None:
    (found,) = compare(LockedModel(shape_of(Model([])).entities, {"BOOK": "moved"}), Model([Book]))

    assert found.severity == "breaking"


def test_a_schema_moves_one_step_at_a_time() -> None:
    class Twice(Keyed, kind="BOOK", schema=3):
        @key("BOOK#{book_id}", "METADATA")
        def at(*, book_id: str) -> None:
            "One book."

        @upgrade(1)
        @staticmethod
        def once(fields: dict[str, Any]) -> dict[str, Any]:
            return fields

        @upgrade(2)
        @staticmethod
        def again(fields: dict[str, Any]) -> dict[str, Any]:
            return fields

    (found,) = differences(Keyed, Twice)

    assert found.severity == "breaking"
    assert "set schema=2" in found.way_out


def test_an_expiry_needs_the_next_schema_and_a_log_of_changes_does_not() -> None:
    class Plain(Entity, kind="BOOK"):
        book_id: str
        until: datetime

        @key("BOOK#{book_id}", "METADATA")
        def at(*, book_id: str) -> None:
            "One book."

    class Expiring(Plain, kind="BOOK", expires="until", changes=True):
        @key("BOOK#{book_id}", "METADATA")
        def at(*, book_id: str) -> None:
            "One book."

    found = differences(Plain, Expiring)

    assert [(f.severity, f.sentence) for f in found] == [
        ("breaking", "it expired by nothing and expires by until"),
        ("new", "its changes are logged now"),
    ]


def test_a_pattern_may_read_less_or_be_gone() -> None:
    class Listed(Keyed, kind="BOOK"):
        @key("BOOK#{book_id}", "METADATA")
        def at(*, book_id: str) -> None:
            "One book."

        @access("BOOK#{book_id}", "")
        def around(*, book_id: str) -> None:
            "Everything about a book."

    class Narrowed(Listed, kind="BOOK"):
        @key("BOOK#{book_id}", "METADATA")
        def at(*, book_id: str) -> None:
            "One book."

        @access("BOOK#{book_id}", "METADATA")
        def around(*, book_id: str) -> None:
            "The book."

    assert [f.severity for f in (*differences(Listed, Narrowed), *differences(Listed, Keyed))] == ["new", "new"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"entities": {"BOOK": {}}}', b'{"entities": {}, "format": 2}', b"\xff"]
)
def test_what_is_no_lock_is_invalid(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.lock").write_bytes(content)

    with pytest.raises(Invalid):
        read_lock(tmp_path / "model.lock")


def test_a_missing_lock_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_lock(tmp_path / "model.lock")


def test_a_lock_that_cannot_be_written_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        write_lock(tmp_path / "no" / "model.lock", MODEL)
