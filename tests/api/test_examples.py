"""Examples are made from what is known of fields, and a body that is sent as it stands does little."""

from __future__ import annotations

from typing import Any

from entaku.api.examples import Examples

USER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "user_id": {"type": "string", "examples": ["ann"]},
        "name": {"type": "string"},
        "friends": {"type": "array", "items": {"$ref": "#/components/schemas/User"}},
        "left_at": {"type": ["string", "null"], "format": "date-time"},
        "joined_at": {"type": "string", "format": "date-time"},
        "state": {"type": "string", "enum": ["active", "gone"]},
        "is_service": {"type": "boolean", "default": True},
    },
    "required": ["user_id", "name"],
}
CHANGE: dict[str, Any] = {
    "type": "object",
    "properties": {"level": {"type": "integer"}, "name": {"type": "string"}, "user_id": {"type": "string"}},
}
A_USER = {"$ref": "#/components/schemas/User"}
A_CHANGE = {"$ref": "#/components/schemas/Change"}


def examples(**given: object) -> Examples:
    return Examples({"User": USER, "Change": CHANGE}, given)


def test_an_answer_is_whole_and_its_values_are_of_their_types() -> None:
    assert examples(name="Ann").answer(A_USER) == {
        "user_id": "ann",
        "name": "Ann",
        "friends": [],
        "left_at": None,
        "joined_at": "2026-04-01T09:30:00Z",
        "state": "active",
        "is_service": True,
    }


def test_a_body_holds_what_is_required() -> None:
    assert examples(name="Ann").request(A_USER) == {"user_id": "ann", "name": "Ann"}


def test_a_change_changes_the_first_thing_that_is_known() -> None:
    assert examples(name="Ann").request(A_CHANGE) == {"name": "Ann"}
    assert examples().request(A_CHANGE) == {"user_id": "ann"}


def test_what_is_given_for_the_field_of_a_schema_wins_over_its_own() -> None:
    given = {"User.user_id": "bob", "user_id": "eve"}

    assert Examples({"User": USER}, given).request(A_USER)["user_id"] == "bob"
    assert Examples({"User": USER}, {"user_id": "eve"}).request(A_USER)["user_id"] == "ann"


def test_a_name_is_not_borrowed_for_another_type() -> None:
    other = {"type": "object", "properties": {"user_id": {"type": "integer"}}}

    assert Examples({"User": USER, "Other": other}, {}).answer({"$ref": "#/components/schemas/Other"}) == {"user_id": 1}


def test_a_parameter_looks_like_the_field_of_its_name() -> None:
    assert examples().parameter("user_id", {"type": "string"}) == "ann"
    assert examples().parameter("q", {"type": "string"}) is None
