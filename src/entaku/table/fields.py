"""Conditions on fields, and arithmetic on them: what a patch can ask for beside plain values.

await table.patch(Task.at(id=t), where=[field("state").equals("open")], state="taken", attempts=add(1))
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from entaku.table.driver import Operator


class Condition(msgspec.Struct, frozen=True):
    """Something that must hold for one field of the stored item."""

    name: str
    operator: Operator
    value: Any = None

    def holds(self, entity: Any) -> bool:
        """Whether it is true of an entity, as an engine judges of what it stores."""
        stored = getattr(entity, self.name)
        is_missing = stored is None or stored is msgspec.UNSET
        match self.operator:
            case "present" | "missing":
                return is_missing is (self.operator == "missing")
            case "eq":
                return not is_missing and stored == self.value
            case "ne":
                return is_missing or stored != self.value
            case "lt" | "le" | "gt" | "ge":
                return not is_missing and bool(_ORDERINGS[self.operator](stored, self.value))


_ORDERINGS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


class Field:
    """A field to compare; made by `field`. With an absent or null field only `differs_from` is true."""

    def __init__(self, name: str) -> None:
        self._name = name

    def equals(self, value: Any) -> Condition:
        return Condition(self._name, "eq", value)

    def differs_from(self, value: Any) -> Condition:
        return Condition(self._name, "ne", value)

    def less_than(self, value: Any) -> Condition:
        return Condition(self._name, "lt", value)

    def at_most(self, value: Any) -> Condition:
        return Condition(self._name, "le", value)

    def more_than(self, value: Any) -> Condition:
        return Condition(self._name, "gt", value)

    def at_least(self, value: Any) -> Condition:
        return Condition(self._name, "ge", value)

    def is_present(self) -> Condition:
        return Condition(self._name, "present")

    def is_missing(self) -> Condition:
        return Condition(self._name, "missing")


def field(name: str) -> Field:
    """The field of that name, to build a condition from."""
    return Field(name)


class Add(msgspec.Struct, frozen=True):
    """A number to add to a field; made by `add`."""

    amount: int | Decimal


def add(amount: int | Decimal) -> Any:
    """In a patch: add to the field instead of setting it. Repeated it applies twice: use an idempotency key."""
    return Add(amount)
