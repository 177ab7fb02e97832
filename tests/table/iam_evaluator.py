"""What IAM makes of a policy, as far as ours go: allow and deny, actions, resources, and conditions about keys.

AWS, IAM user guide: "Policy evaluation logic", "Multivalued context keys" and "Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
"""What authorises each action of TransactWriteItems."""


class Asked(msgspec.Struct, frozen=True):
    """One thing that IAM decides about: a request is allowed when all of its things are."""

    action: str
    resource: str
    leading_keys: tuple[str, ...] = ()


def is_allowed(policy: Mapping[str, Any], asked: Asked) -> bool:
    """Denied unless a statement allows it and none denies it."""
    effects = {each["Effect"] for each in policy["Statement"] if _applies(each, asked)}
    return effects == {"Allow"}


def asked_of(operation: str, request: Mapping[str, Any], arn: str) -> Iterator[Asked]:
    """What a request of the driver asks of IAM."""
    match operation:
        case "BatchGetItem":
            keys = [key for each in request["RequestItems"].values() for key in each["Keys"]]
            yield Asked(operation, arn, tuple(key["PK"]["S"] for key in keys))
        case "BatchWriteItem":
            for each in (one for several in request["RequestItems"].values() for one in several):
                ((_, what),) = each.items()
                yield Asked(operation, arn, _key(what))
        case "TransactGetItems":
            for each in request["TransactItems"]:
                yield Asked("GetItem", arn, (each["Get"]["Key"]["PK"]["S"],))
        case "TransactWriteItems":
            for each in request["TransactItems"]:
                ((kind, action),) = each.items()
                yield Asked(ACTIONS[kind], arn, _key(action))
        case "Query":
            index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
            yield Asked(operation, arn + index, (request["ExpressionAttributeValues"][":pk"]["S"],))
        case "DescribeStream" | "GetRecords" | "GetShardIterator":
            yield Asked(operation, f"{arn}/stream/2026-04-01T00:00:00.000")
        case _:
            yield Asked(operation, arn, _key(request))


def _key(request: Mapping[str, Any]) -> tuple[str, ...]:
    where = request.get("Key") or request.get("Item")
    return (where["PK"]["S"],) if where else ()


def _applies(statement: Mapping[str, Any], asked: Asked) -> bool:
    return (
        _any_like(f"dynamodb:{asked.action}", statement["Action"], ignore_case=True)
        and _any_like(asked.resource, statement["Resource"])
        and all(
            _holds(operator, values, asked)
            for operator, about in statement.get("Condition", {}).items()
            for name, values in about.items()
            if _is_known(name)
        )
    )


def _is_known(name: str) -> bool:
    assert name == "dynamodb:LeadingKeys", f"{name} is not evaluated here"
    return True


def _holds(operator: str, values: str | Sequence[str], asked: Asked) -> bool:
    match operator:
        case "ForAllValues:StringLike":
            return all(_any_like(key, values) for key in asked.leading_keys)  # true for none at all
        case "ForAllValues:StringEquals":
            return all(key in values for key in asked.leading_keys)
        case "Null":
            return (not asked.leading_keys) == (values == "true")
        case _:
            raise AssertionError(f"{operator} is not evaluated here")


def _any_like(text: str, patterns: str | Sequence[str], *, ignore_case: bool = False) -> bool:
    """`*` stands for any text, `?` for any one sign."""
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(
        re.fullmatch(
            "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern),
            text,
            re.DOTALL | (re.IGNORECASE if ignore_case else 0),
        )
        for pattern in listed
    )
