"""Expectations and patches as expressions of DynamoDB. Every name is an alias: many good names are reserved there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from entaku.core.clock import from_ms
from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.table.driver import Expect, Operator, Patch, Predicate, Put
from entaku.table.drivers.dynamodb.codec import EncodedField
from entaku.table.drivers.dynamodb.items import GONE_MS, ttl_s

_COMPARISONS: dict[Operator, str] = {"eq": "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_NULL = {"S": "NULL"}


class Expressions:
    """The expressions of one action, and what the aliases in them stand for."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self.condition = ""
        self.update = ""

    def name(self, attribute: str) -> str:
        """An attribute of the envelope."""
        self._names[f"#{attribute}"] = attribute
        return f"#{attribute}"

    def field(self, field: str) -> str:
        """A field of the data; its name may be anything, dots included."""
        alias = self._fields.get(field)
        if alias is None:
            alias = self._fields[field] = f"#f{len(self._fields)}"
            self._names[alias] = field
        return f"{self.name('Data')}.{alias}"

    def value(self, value: Any) -> str:
        alias = f":v{len(self._values)}"
        self._values[alias] = value
        return alias

    def parameters(self) -> dict[str, Any]:
        """As parts of a request."""
        made: dict[str, Any] = {}
        if self.condition:
            made["ConditionExpression"] = self.condition
            made["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if self.update:
            made["UpdateExpression"] = self.update
        if self._names:
            made["ExpressionAttributeNames"] = self._names
        if self._values:
            made["ExpressionAttributeValues"] = self._values
        return made


def expected(made: Expressions, expect: Expect, now_ms: int) -> None:
    """Add the condition that the expectation holds."""
    now = made.value(_number(now_ms))
    pk, expires = made.name("PK"), made.name("ExpiresMs")
    if not expect.present:
        made.condition = f"attribute_not_exists({pk}) OR {expires} <= {now}"
        return
    parts = [f"attribute_exists({pk})", f"(attribute_not_exists({expires}) OR {expires} > {now})"]
    if expect.version is not None:
        parts.append(f"{made.name('Version')} = {made.value(_number(expect.version))}")
    if expect.schema is not None:
        parts.append(f"{made.name('Schema')} = {made.value(_number(expect.schema))}")
    if expect.schema_max is not None:
        parts.append(f"{made.name('Schema')} <= {made.value(_number(expect.schema_max))}")
    parts += [_predicate(made, each) for each in expect.where]
    made.condition = " AND ".join(parts)


def expected_of_new(made: Expressions, put: Put, now_ms: int) -> None:
    """Add the condition that there is no item, and that its version is above all that have been under the key."""
    now, before = made.value(_number(now_ms)), made.value(_number(put.item.version - 1))
    # The removal had a version too, one above what stands there.
    was = f"{made.name('ExpiresMs')} <= {now} AND {made.name('Version')} < {before}"
    made.condition = f"attribute_not_exists({made.name('PK')}) OR ({was})"


def patched(made: Expressions, patch: Patch, logged_for: str | None, nulls: frozenset[str]) -> None:
    """Add the update. `nulls` are those of the fields to be added to that hold null: DynamoDB cannot add to them, nor
    tell them from others while it adds, so that the condition has to say which they are."""
    version = made.name("Version")
    sets = [
        f"{version} = {version} + {made.value(_number(1))}",
        f"{made.name('WriteId')} = {made.value({'S': patch.write_id})}",
        f"{made.name('UpdatedAt')} = {made.value({'S': patch.updated_at})}",
    ]
    removes: list[str] = []
    sets += [f"{made.field(name)} = {made.value(value.json)}" for name, value in patch.set.items()]
    for name, value in patch.add.items():
        field, amount, is_null = made.field(name), made.value(value.json), made.value(_NULL)
        if name in nulls:
            sets.append(f"{field} = {amount}")
            made.condition += f" AND attribute_type({field}, {is_null})"
        else:
            sets.append(f"{field} = if_not_exists({field}, {made.value(_number(0))}) + {amount}")
            made.condition += f" AND NOT attribute_type({field}, {is_null})"
    for index, key in patch.index_keys.items():
        pk, sk = made.name(f"GSI{index}PK"), made.name(f"GSI{index}SK")
        if key is None:
            removes += [pk, sk]
        else:
            sets += [f"{pk} = {made.value({'S': key.pk})}", f"{sk} = {made.value({'S': key.sk})}"]
    if patch.expires_ms is None:
        removes += [made.name("ExpiresMs"), made.name("TTL")]
    elif patch.expires_ms is not msgspec.UNSET:
        sets += [
            f"{made.name('ExpiresMs')} = {made.value(_number(patch.expires_ms))}",
            f"{made.name('TTL')} = {made.value(_number(ttl_s(patch.expires_ms)))}",
        ]
    _logged(made, logged_for, sets, removes)
    made.update = _update(sets, removes)


def removed(made: Expressions, *, now_ms: int, indexes: int, logged_for: str | msgspec.UnsetType | None) -> None:
    """Add the update that leaves a tombstone. Where `logged_for` is unset, it is logged if the item was."""
    version = made.name("Version")
    sets = [
        f"{made.name('ExpiresMs')} = {made.value(_number(GONE_MS))}",
        f"{made.name('TTL')} = {made.value(_number(ttl_s(now_ms)))}",
        f"{made.name('UpdatedAt')} = {made.value({'S': _instant(now_ms)})}",
        # Of what was not there at all.
        f"{version} = if_not_exists({version}, {made.value(_number(0))})",
    ]
    removes = [made.name(name) for name in ("EntityType", "Schema", "Data", "CreatedAt", "WriteId")]
    removes += [made.name(f"GSI{index}{part}") for index in range(1, indexes + 1) for part in ("PK", "SK")]
    if logged_for is not msgspec.UNSET:
        _logged(made, logged_for, sets, removes)
    made.update = _update(sets, removes)


def _predicate(made: Expressions, predicate: Predicate) -> str:
    operator = predicate.operator
    if operator in ("eq", "ne") and predicate.value.kind == "NULL":
        # A comparison with null is false, and differing from it true, whatever is stored. DynamoDB refuses names that
        # no expression uses, so the field gets none.
        return f"attribute_{'exists' if operator == 'ne' else 'not_exists'}({made.name('PK')})"
    field = made.field(predicate.field)
    if operator in ("present", "missing"):
        is_missing = f"(attribute_not_exists({field}) OR attribute_type({field}, {made.value(_NULL)}))"
        return is_missing if operator == "missing" else f"NOT {is_missing}"
    value: EncodedField = predicate.value
    if operator not in ("eq", "ne") and not value.is_ordered:
        raise Invalid(
            f"field {shown(predicate.field)} cannot be compared by {operator!r} with"
            f" {shown(bytes(memoryview(value.json)).decode())}: only numbers, texts, times and bytes have an order;"
            " use 'eq' or 'ne'"
        )
    if operator == "ne":
        return f"(attribute_not_exists({field}) OR {field} <> {made.value(value.json)})"
    return f"{field} {_COMPARISONS[operator]} {made.value(value.json)}"


def _logged(made: Expressions, logged_for: str | None, sets: list[str], removes: list[str]) -> None:
    if logged_for is None:
        removes.append(made.name("LoggedFor"))
    else:
        sets.append(f"{made.name('LoggedFor')} = {made.value({'S': logged_for})}")


def _update(sets: Sequence[str], removes: Sequence[str]) -> str:
    return f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else "")


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def _instant(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="milliseconds")[:-6] + "Z"
