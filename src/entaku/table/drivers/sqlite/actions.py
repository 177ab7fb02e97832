"""What a list of actions does inside a transaction: first every expectation is checked, then everything is written.

No item occurs twice in a list, so that no check depends on a write of the same list, and a refused list has written
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, assert_never

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.table.driver import Action, Check, Delete, Expect, Item, ItemKey, Patch, Put, Refused, Reused
from entaku.table.drivers.json_codec import (
    JsonCodec,
    JsonField,
    added,
    check_order,
    from_raw_fields,
    holds,
    raw_fields,
)
from entaku.table.drivers.sqlite.changelog import ChangeLog
from entaku.table.drivers.sqlite.connections import Connection
from entaku.table.drivers.sqlite.removed import find_with_newest_removed, newest_removed_of_all, note_removed
from entaku.table.drivers.sqlite.rows import (
    STORED_COLUMNS,
    Stored,
    find_stored,
    remove,
    store,
    stored_from_row,
)
from entaku.table.sizes import check_item_size

_CODEC = JsonCodec()

_EXPIRED = (
    f"SELECT {STORED_COLUMNS} FROM item i WHERE i.expires_ms IS NOT NULL AND i.expires_ms <= ?"
    " ORDER BY i.expires_ms LIMIT ?"
)


class _Step(NamedTuple):
    """An action whose expectation held, and what it will write."""

    action: Action
    old: Stored | None
    """What is in the table, also when it has expired."""
    new: Item | None


def write_list(
    connection: Connection, log: ChangeLog, actions: Sequence[Action], tenant: str, now_ms: int
) -> list[Item | None]:
    """Part of a transaction. See the driver's `write`."""
    if len(actions) > 1 and len({action.key for action in actions}) < len(actions):
        raise Invalid("an item occurs in two actions of one list; put them into one action, or into two lists")
    for action in actions:
        for predicate in action.expect.where:
            check_order(predicate)
    steps = [_check(connection, number, action, now_ms) for number, action in enumerate(actions)]
    for step in steps:
        _write(connection, log, step, tenant, now_ms)
    log.trim_when_due(connection, now_ms)
    return [step.new for step in steps]


def remove_expired(connection: Connection, log: ChangeLog, now_ms: int, limit: int) -> int:
    """Part of a transaction. See the driver's `remove_expired`."""
    expired = [stored_from_row(row) for row in connection.execute(_EXPIRED, (now_ms, limit)).fetchall()]
    for old in expired:
        _remove_expired_item(connection, log, old, now_ms)
    log.trim_when_due(connection, now_ms)
    return len(expired)


def _check(connection: Connection, number: int, action: Action, now_ms: int) -> _Step:
    """Raises Refused when the expectation does not hold."""
    if isinstance(action, Put) and not action.expect.present:
        return _check_creation(connection, number, action, now_ms)
    stored = find_stored(connection, action.key)
    current = None if stored is None or _is_expired(stored.item, now_ms) else stored.item
    if not _holds(action.expect, current):
        raise Refused(number, current)
    match action:
        case Put():
            return _Step(action, stored, action.item)
        case Patch():
            if current is None:
                raise Invalid(f"a patch of {shown(action.key.sk)} expects that there is no item; create it instead")
            patched = _patched(current, action)
            check_item_size(_CODEC, patched)
            return _Step(action, stored, patched)
        case Delete() | Check():
            return _Step(action, stored, None)
        case _:
            assert_never(action)


def _check_creation(connection: Connection, number: int, put: Put, now_ms: int) -> _Step:
    """Raises Refused when there is an item, Reused when its version is not above all that were there before."""
    stored, newest = find_with_newest_removed(connection, put.key)
    if stored is not None:
        if not _is_expired(stored.item, now_ms):
            raise Refused(number, stored.item)
        newest = max(newest, stored.item.version + 1)
    if put.item.version <= newest:
        # Of all keys, so that who creates several items is not refused for one after the other.
        raise Reused(number, max(newest, newest_removed_of_all(connection)))
    return _Step(put, stored, put.item)


def _holds(expect: Expect, current: Item | None) -> bool:
    if current is None:
        return not expect.present
    if not expect.present:
        return False
    if expect.version is not None and current.version != expect.version:
        return False
    if expect.schema_max is not None and current.schema > expect.schema_max:
        return False
    if expect.schema is not None and current.schema != expect.schema:
        return False
    if not expect.where:
        return True
    fields = raw_fields(current.data)
    return all(holds(predicate, fields) for predicate in expect.where)


def _patched(current: Item, patch: Patch) -> Item:
    data = current.data
    if patch.set or patch.add:
        fields = raw_fields(data)
        for name, value in patch.set.items():
            field: JsonField = value
            fields[name] = msgspec.Raw(field.json)
        for name, amount in patch.add.items():
            fields[name] = added(name, fields, amount)
        data = from_raw_fields(fields)
    keys = current.index_keys
    if patch.index_keys:
        by_index = {key.index: key for key in keys} | patch.index_keys
        keys = tuple(key for _, key in sorted(by_index.items()) if key is not None)
    expires_ms = current.expires_ms if patch.expires_ms is msgspec.UNSET else patch.expires_ms
    return Item(
        current.pk,
        current.sk,
        current.kind,
        current.schema,
        data,
        current.version + 1,
        patch.write_id,
        current.created_at,
        patch.updated_at,
        expires_ms,
        keys,
    )


def _write(connection: Connection, log: ChangeLog, step: _Step, tenant: str, now_ms: int) -> None:
    action, old, new = step
    if isinstance(action, Check) or (new is None and old is None):
        return
    if old is not None and _is_expired(old.item, now_ms):
        # The log tells of the removal and of the creation: each moved a version of its own.
        _remove_expired_item(connection, log, old, now_ms)
        old = None
    if new is not None:
        store(connection, new, old, tenant if action.logged else None)
    elif old is not None:
        _remove(connection, old)
    is_moved = old is None or new is None or new.version != old.item.version
    if action.logged and is_moved and (new is not None or old is not None):
        log.add(connection, tenant, None if old is None else old.item, new, now_ms)


def _remove_expired_item(connection: Connection, log: ChangeLog, old: Stored, now_ms: int) -> None:
    _remove(connection, old)
    if old.logged_for is not None:
        log.add(connection, old.logged_for, old.item, None, now_ms)


def _remove(connection: Connection, old: Stored) -> None:
    remove(connection, old)
    # The version of a removal is the one that a write would have had.
    note_removed(connection, ItemKey(old.item.pk, old.item.sk), old.item.version + 1)


def _is_expired(item: Item, now_ms: int) -> bool:
    return item.expires_ms is not None and item.expires_ms <= now_ms
