"""What a list of actions comes to: one PutItem or UpdateItem, or one TransactWriteItems; and what its refusal means.

Nothing is deleted here: a removal leaves a tombstone (see `items`). It costs what a delete costs, then storage for a
day, and reading it where a query passes over it; DynamoDB removes it free of charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

import msgspec

from entaku.core.errors import EntakuError, Invalid, Unavailable
from entaku.core.ids import shown
from entaku.core.limits import INDEXES_MAX
from entaku.table.driver import Action, Check, Delete, Item, ItemKey, Patch, Put, Refused, Reused
from entaku.table.drivers.dynamodb.errors import (
    CONDITION_FAILED,
    CONDITION_OF_ACTION_FAILED,
    TRANSACTION_CANCELED,
    VALIDATION,
    VALIDATION_OF_ACTION,
    Reason,
    Rejected,
    explained,
)
from entaku.table.drivers.dynamodb.expressions import Expressions, expected, expected_of_new, patched, removed
from entaku.table.drivers.dynamodb.items import Image, attributes_of, current, key_of
from entaku.table.drivers.dynamodb.reading import ItemReader
from entaku.table.drivers.dynamodb.wire import Wire

ROUNDS_MAX = 4
"""How often a list is sent because a number that is to be added to has become null, or has ceased to be, meanwhile."""

Nulls = dict[int, frozenset[str]]
"""By the place of a patch in its list: those of the fields it adds to that hold null."""


class _Updated(msgspec.Struct, frozen=True):
    image: Image | None = msgspec.field(name="Attributes", default=None)


_nothing_decoder = msgspec.json.Decoder(object)
_updated_decoder = msgspec.json.Decoder(_Updated, strict=False)
_image_decoder = msgspec.json.Decoder(Image, strict=False)
_fields_decoder = msgspec.json.Decoder(dict[str, dict[str, Any]])


class ItemWriter:
    """Writes to one table."""

    def __init__(self, wire: Wire, table: str, reader: ItemReader) -> None:
        self._wire, self._table, self._reader = wire, table, reader
        self.indexes = INDEXES_MAX
        """How many indexes an item may have keys for; a removal takes it out of all of them."""

    async def write(self, actions: Sequence[Action], tenant: str, now_ms: int) -> list[Item | None]:
        """See the driver's `write`."""
        if len({action.key for action in actions}) < len(actions):
            raise Invalid("an item occurs in two actions of one list; put them into one action, or into two lists")
        nulls: Nulls = {}
        for _ in range(ROUNDS_MAX):
            try:
                return await self._send(actions, nulls, tenant, now_ms)
            except Rejected as rejected:
                reasons = _reasons(rejected)
                found = _nulls(actions, reasons, nulls)
                if found == nulls:
                    raise _refused(actions, reasons, now_ms) from rejected
                nulls = found
        raise Unavailable("a number that is to be added to keeps becoming null and a number again; try again")

    async def remove_expired(self, image: Image, now_ms: int) -> bool:
        """Leave a tombstone of an item, if it is still the one that has expired."""
        made = Expressions()
        expires, version, now = made.name("ExpiresMs"), made.name("Version"), made.value({"N": str(now_ms)})
        made.condition = f"{expires} <= {now} AND {version} = {made.value({'N': str(image.version.N)})}"
        removed(made, now_ms=now_ms, indexes=self.indexes, logged_for=msgspec.UNSET)
        key = key_of(ItemKey(image.pk.S, image.sk.S))
        request = {"TableName": self._table, "Key": key, **made.parameters()}
        try:
            await self._wire.call("UpdateItem", request, _nothing_decoder, writes=True)
        except Rejected as rejected:
            if rejected.refused_as != CONDITION_FAILED:
                raise
            return False
        return True

    async def _send(self, actions: Sequence[Action], nulls: Nulls, tenant: str, now_ms: int) -> list[Item | None]:
        none = frozenset[str]()
        requests = [self._request(each, tenant, now_ms, nulls.get(n, none)) for n, each in enumerate(actions)]
        if len(actions) == 1 and not isinstance(actions[0], Check):
            return [await self._alone(actions[0], requests[0])]
        payload = {"TransactItems": [{kind: request} for kind, request in requests]}
        await self._wire.call("TransactWriteItems", payload, _nothing_decoder, writes=True)
        return await self._stored(actions, now_ms)

    async def _alone(self, action: Action, request: tuple[str, dict[str, Any]]) -> Item | None:
        kind, payload = request
        if isinstance(action, Patch):
            payload["ReturnValues"] = "ALL_NEW"
        answer = await self._wire.call(f"{kind}Item", payload, _updated_decoder, writes=True)
        if isinstance(action, Put):
            return action.item
        return None if answer.image is None else answer.image.item()

    async def _stored(self, actions: Sequence[Action], now_ms: int) -> list[Item | None]:
        """What is stored after a transaction, which answers nothing itself. What was put is known."""
        stored: list[Item | None] = [each.item if isinstance(each, Put) else None for each in actions]
        places = [n for n, each in enumerate(actions) if isinstance(each, Patch)]
        try:
            items = await self._reader.read([actions[n].key for n in places], now_ms, consistent=True)
        except EntakuError as error:
            # Whatever keeps us from looking, the transaction was done.
            raise Unavailable(error.message, outcome_unknown=True) from error
        for n, item in zip(places, items, strict=True):
            stored[n] = item
        return stored

    def _request(self, action: Action, tenant: str, now_ms: int, nulls: frozenset[str]) -> tuple[str, dict[str, Any]]:
        """What the action is called in a transaction, and its parameters."""
        made = Expressions()
        if isinstance(action, Put) and not action.expect.present:
            expected_of_new(made, action, now_ms)
        else:
            expected(made, action.expect, now_ms)
        match action:
            case Put():
                item = attributes_of(action.item, tenant if action.logged else None)
                return "Put", {"TableName": self._table, "Item": item, **made.parameters()}
            case Patch():
                if not action.expect.present:
                    raise Invalid(f"a patch of {shown(action.key.sk)} expects that there is no item; create it instead")
                patched(made, action, tenant if action.logged else None, nulls)
                kind = "Update"
            case Delete():
                logged_for = tenant if action.logged else None
                removed(made, now_ms=now_ms, indexes=self.indexes, logged_for=logged_for)
                kind = "Update"
            case Check():
                kind = "ConditionCheck"
            case _:
                assert_never(action)
        return kind, {"TableName": self._table, "Key": key_of(action.key), **made.parameters()}


def _reasons(rejected: Rejected) -> Sequence[Reason]:
    """Why each action was refused or not, where at least one was for its condition. Raises what it comes to otherwise.

    A transaction names what it found wrong before it gave up, so that the first condition that it names is the first
    that is known to have failed.
    """
    if rejected.refused_as == CONDITION_FAILED:
        return (Reason(CONDITION_OF_ACTION_FAILED, item=rejected.item),)
    if rejected.refused_as == TRANSACTION_CANCELED:
        codes = [reason.code for reason in rejected.reasons]
        if CONDITION_OF_ACTION_FAILED in codes:
            return rejected.reasons
        if VALIDATION_OF_ACTION in codes:
            raise explained(rejected, rejected.reasons[codes.index(VALIDATION_OF_ACTION)].message or "") from rejected
        raise Unavailable(f"others are writing the same items just now ({', '.join(codes)}); try again") from rejected
    raise explained(rejected, rejected.reason) if rejected.refused_as == VALIDATION else rejected


def _nulls(actions: Sequence[Action], reasons: Sequence[Reason], assumed: Nulls) -> Nulls:
    """Which fields to be added to hold null: as was assumed, but where an image shows another thing."""
    found = dict(assumed)
    for n, (action, reason) in enumerate(zip(actions, reasons, strict=True)):
        image = _image(reason)
        if isinstance(action, Patch) and action.add and image is not None and image.data is not None:
            fields = _fields_decoder.decode(image.data.M)
            found[n] = frozenset(name for name in action.add if "NULL" in fields.get(name, ()))
    return {n: names for n, names in found.items() if names}


def _refused(actions: Sequence[Action], reasons: Sequence[Reason], now_ms: int) -> Refused:
    """The first action whose condition failed, and the item as it is."""
    images = [_image(reason) for reason in reasons]
    failed = [n for n, reason in enumerate(reasons) if reason.code == CONDITION_OF_ACTION_FAILED]
    used_up = [
        image.version.N + 1
        for n in failed
        if (image := images[n]) is not None and image.is_absent(now_ms) and not actions[n].expect.present
    ]
    first = failed[0]
    item = current(images[first], now_ms)
    if item is None and used_up and not actions[first].expect.present:
        # Of all, so that who creates several items is not refused for one after the other.
        return Reused(first, max(used_up))
    return Refused(first, item)


def _image(reason: Reason) -> Image | None:
    return _image_decoder.decode(reason.item) if reason.item else None
