"""What an engine must do. Small on purpose: everything else is written once, above it.

A driver stores items under two strings and finds them again. It knows nothing of tenants, entities, patterns or
cursors; it is given rendered keys and encoded data, and it is given the time. Each sentence here is a test of the
contract suite (`tests/table/`), which runs on every engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import msgspec

from entaku.core.errors import Conflict

T = TypeVar("T")

Data = Any
"""The fields of one entity in the form that the driver's codec made; opaque to everybody else."""

FieldValue = Any
"""The value of one field in the form that the driver's codec made."""


class ItemKey(NamedTuple):
    """Where an item is. Neither part is empty; both are valid UTF-8 without bytes below 0x20. Compared bytewise."""

    pk: str
    sk: str


class IndexKey(NamedTuple):
    """Where an index shows an item. `index` counts from 1, as in GSI1PK."""

    index: int  # pyright: ignore[reportIncompatibleMethodOverride]
    pk: str
    sk: str


class Item(msgspec.Struct, frozen=True):
    """The envelope that every entity is stored in."""

    pk: str
    sk: str
    kind: str
    schema: int
    data: Data
    version: int
    write_id: str
    created_at: str
    """ISO 8601, UTC, milliseconds."""
    updated_at: str
    expires_ms: int | None = None
    """From this instant on, in milliseconds since 1970, the item is absent for every call but `remove_expired`."""
    index_keys: tuple[IndexKey, ...] = ()
    """The indexes that show the item, ascending. Items that come back from `read` and `query` need not have them."""


Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "present", "missing"]


class Predicate(msgspec.Struct, frozen=True):
    """A condition on one field of the stored data.

    `present`: the field is there and not null; `missing`: it is absent or null; both ignore the value. A comparison
    with an absent or null field is false, `ne` alone is then true. Numbers compare by value, exactly; strings bytewise.
    """

    field: str
    operator: Operator
    value: FieldValue = None


class Expect(msgspec.Struct, frozen=True, kw_only=True):
    """What must hold for an action. An expired item is absent."""

    present: bool
    """False: there must be no item. True: there must be one, and the rest of the conditions must hold for it."""
    version: int | None = None
    schema_max: int | None = None
    """The stored schema may not be greater: an older process must not replace what it cannot read in full."""
    schema: int | None = None
    """The stored schema must be exactly this one: a patch cannot mix two shapes."""
    where: tuple[Predicate, ...] = ()


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """Store the item as it stands, in the table and in exactly the indexes that its keys name."""

    item: Item
    expect: Expect
    logged: bool = False
    """Yield a change for it, in the same transaction. One that keeps the version of what is there yields none."""

    @property
    def key(self) -> ItemKey:
        return ItemKey(self.item.pk, self.item.sk)


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """Set some fields of the stored data and leave the others as they are; add one to the version.

    A patch that would make the item larger than `ITEM_BYTES_MAX` is Invalid, and with it the whole list.
    """

    key: ItemKey
    expect: Expect
    write_id: str
    updated_at: str
    set: dict[str, FieldValue] = {}
    add: dict[str, FieldValue] = {}
    """Numbers to add to fields. An absent or null field counts as zero. Decimals keep 38 digits."""
    index_keys: dict[int, IndexKey | None] = {}
    """Indexes whose key changes; None takes the item out of that index. Other indexes keep theirs."""
    expires_ms: int | msgspec.UnsetType | None = msgspec.UNSET
    """Unset leaves the expiry as it is."""
    logged: bool = False


class Delete(msgspec.Struct, frozen=True, kw_only=True):
    """Remove the item from the table and every index."""

    key: ItemKey
    expect: Expect
    logged: bool = False


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Write nothing, but let the whole list fail unless the expectation holds."""

    key: ItemKey
    expect: Expect


Action = Put | Patch | Delete | Check


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of one partition, of the table (`index` 0) or of an index."""

    pk: str
    index: int = 0
    low: str = ""
    """The first sort key that may come; empty for the beginning of the partition."""
    high: str | None = None
    """The sort keys that come are less than this one; None for the end of the partition."""
    after: str | None = None
    """Only what follows this sort key, in the direction of reading; it need not exist (any more)."""
    reverse: bool = False
    limit: int


class Stretch(msgspec.Struct, frozen=True):
    """What a Range yields."""

    items: tuple[Item, ...]
    positions: tuple[str, ...]
    """The sort key of each item in the table or index that was read; reading goes on `after` the last."""
    more: bool
    """False only when nothing follows. True may come although nothing follows, but never without an item."""


class Change(msgspec.Struct, frozen=True):
    """One committed write that moved an item's version."""

    position: str
    """Opaque. Later changes of one item have later positions."""
    tenant: str
    kind: str
    key: ItemKey
    old: Item | None
    """None for an item that is new."""
    new: Item | None
    """None for an item that was deleted or removed because it had expired."""
    version: int
    at: str
    """When it was committed, ISO 8601, UTC."""


class ChangeBatch(msgspec.Struct, frozen=True):
    """Changes in order, and where to go on."""

    changes: tuple[Change, ...]
    position: str
    """Give this to the next call, also when there were no changes."""


class Refused(Conflict):
    """An expectation did not hold; nothing of the list of actions was done."""

    def __init__(self, position: int, current: Item | None) -> None:
        super().__init__(f"action {position} was refused", current_version=current.version if current else None)
        self.position = position
        """Which action, counted from 0; where several fail, the first."""
        self.current = current
        """The item as it is now; None when there is none."""


class Reused(Refused):
    """The version of an item that was to be created is not above all that items under its key have had."""

    def __init__(self, position: int, newest: int) -> None:
        super().__init__(position, None)
        self.newest = newest
        """No item under this key has had a version above this one."""


class Codec(Protocol):
    """The form in which an engine keeps values. Two equal entities encode equally, and decoding gives the entity back:
    decimals with 38 digits, integers of any size up to 38 digits, bytes, sets, times with microseconds.

    Absent and null fields stay different where the entity's type does; an empty set may be kept as an absent one."""

    def encode(self, entity: Any) -> Data:
        """The fields of an entity, not its envelope. Raises Invalid for what no engine can hold (NaN, 39 digits)."""
        ...

    def encode_field(self, value: Any) -> FieldValue:
        """One value, as it would stand in encoded data."""
        ...

    def decode(self, data: Data, entity_type: type[T]) -> T:
        """The entity again. Fields unknown to the type are ignored. Raises Internal when the data do not fit."""
        ...

    def fields(self, data: Data) -> dict[str, Any]:
        """The data as plain values, for an upgrade function to work on: texts, booleans, None, lists and dictionaries
        as JSON has them, times as texts, bytes in base64, sets as lists. An integer is an int.

        Other numbers differ by engine, and between a table and a backup: a decimal is a text or a Decimal, or an int
        where it is integral; a float is a float or a Decimal, or an int. So whoever counts with one converts it first,
        `Decimal(fields["price"])` or `float(fields["ratio"])`, which is exact for each of them.
        """
        ...

    def from_fields(self, fields: dict[str, Any]) -> Data:
        """What `fields` gave, possibly changed, in encoded form again."""
        ...

    def size(self, data: Data) -> int:
        """Bytes, never less than what the smallest engine would count."""
        ...


class Driver(Protocol):
    """An engine. Every method may raise Unavailable; of the writing ones, `outcome_unknown` says whether to look first.

    Instances are used by one event loop. `now_ms` is the caller's clock in milliseconds since 1970 and decides what has
    expired. A driver retries nothing by itself.
    """

    codec: Codec

    snapshots: bool
    """Whether `begin_snapshot` works here."""

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        """The items under the keys, in the order of the keys, None for each that is absent or expired.

        Consistent: every write acknowledged before the call is seen. Snapshot: all of them as they were at one instant
        (at most `SNAPSHOT_KEYS_MAX` keys); otherwise each is right by itself. A key may occur twice.
        """
        ...

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        """Do all actions or none. Each item occurs in one action at most; otherwise Invalid.

        Answers, for each action in order, the item as it is stored now, None for a Delete or a Check. Raises Refused
        when an expectation does not hold. When it returns, the write is durable to the degree that is configured, and
        every later consistent read sees it. `tenant` only labels the changes.

        A Put that expects no item creates one, and versions do not come back: raises Reused unless its version is above
        every one that items under the key have had, the version of a removal included, and whether they were deleted or
        have expired. This is remembered for at least `CHANGES_KEPT_S`. Many keys may be remembered as one, so that also
        a version may be refused that is new, but none above `newest`.
        """
        ...

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        """For each range, its items in bytewise order of sort keys; expired items are left out.

        Each stretch has at most `limit` items and may have fewer although more follow (`more` says so). Ranges are
        independent of each other: together they are no snapshot. Index ranges may lag behind writes.
        """
        ...

    async def begin_snapshot(self) -> Snapshot:
        """Freeze the state of this instant for reading. Called only where `snapshots` is true; `close` follows."""
        ...

    async def changes(self, after: str | None, *, limit: int) -> ChangeBatch:
        """Committed changes of logged items after a position, in order. None: from now on (no changes, a position).

        A batch may have fewer than `limit` although more follow; an empty one means that nothing does. The version of
        a removal is one more than the last of the item. Changes are kept for `CHANGES_KEPT_S`. Raises Conflict for a
        position that is older than what is kept: the reader must look at the table itself.
        """
        ...

    async def remove_expired(self, *, now_ms: int, limit: int) -> int:
        """Physically remove up to so many expired items, and say how many. Logged items yield a change."""
        ...

    async def walk(self, segment: int, segments: int, *, after: ItemKey | None, limit: int) -> list[Item]:
        """Every item of one of so many disjoint segments, expired ones included, with index keys; for maintenance only.

        Strictly after a key in the segment's own order; fewer than `limit` means the end of the segment.
        """
        ...

    async def create_table(self, indexes: int) -> None:
        """Make the physical table with so many indexes, or add those that a table that is there has not yet.

        A new index shows what is written from now on. Raises Conflict where the engine cannot add one.
        """
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of every resource. Safe to repeat."""
        ...


class Snapshot(Protocol):
    """The state of one instant. `read` and `query` as the driver's own, always consistent, until it is closed."""

    async def read(self, keys: Sequence[ItemKey], *, now_ms: int) -> list[Item | None]: ...

    async def query(self, ranges: Sequence[Range], *, now_ms: int) -> list[Stretch]: ...

    async def close(self) -> None:
        """Let go of the state. Safe to repeat."""
        ...


class Generations(Protocol):
    """An optional capability of an engine whose processes share a file: a cheap question "has anything moved?"."""

    def generation(self) -> int:
        """A number that is another one than at the last call if anybody, in any process, committed a write in between.

        It may also be another one for no reason. Never waits; costs microseconds.
        """
        ...
