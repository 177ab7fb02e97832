"""What an engine must do so that a whole table can be backed up, restored, copied and followed. For maintenance only.

Everything here works below entities and tenants, on items as they are stored, and changes nothing that a reader of the
source sees. What an engine may do in its own way is said in full sentences; `tests/table/test_bulk_contract.py` has a
test for each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar, cast

import msgspec

from entaku.core.errors import Invalid, Unavailable
from entaku.core.limits import BACKOFF_FIRST_S, BACKOFF_MAX_S
from entaku.table.driver import ChangeBatch, Driver, Item, ItemKey, Snapshot
from entaku.table.keys import unescape

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]

LOAD_ITEMS_MAX = 500
"""Items that one `load` takes, and keys that one `unload` takes."""

LOAD_ATTEMPTS_MAX = 20
"""Hours of work are not given up for a minute of throttling."""

ALWAYS_MS = 0
"""As `now_ms` of a read: at that instant nothing had expired, so that everything is found which is stored."""

_TENANT = "TENANT#"


class LoadedItem(msgspec.Struct, frozen=True):
    """An item to be stored as it stands."""

    item: Item
    """With its index keys."""
    logged_for: str | None = None
    """The tenant under whose label changes of the item are logged; None for an item that is not logged."""


class BulkDriver(Driver, Protocol):
    """A driver that moves whole tables. Methods raise Unavailable as the driver's others do, and retry nothing."""

    engine: str
    """Names the form in which the codec gives plain values: what one driver gave, another of the same name takes."""

    follows_writes: bool
    """Whether `writes` works here. Where it does not, `snapshots` is true."""

    async def load(self, items: Sequence[LoadedItem]) -> None:
        """Store the items as they stand, with their versions, times and index keys, each in place of what is there.

        No expectation is checked and no change is logged; versions need not be above those that items under the key
        have had. At most `LOAD_ITEMS_MAX`, each key once. When it raises, any of them may have been stored. Safe to
        repeat.
        """
        ...

    async def unload(self, keys: Sequence[ItemKey]) -> None:
        """Remove what is under the keys, without a change in the log and without remembering versions. Safe to repeat.

        At most `LOAD_ITEMS_MAX`; a key that has no item is fine.
        """
        ...

    async def writes(self, after: str | None, *, limit: int) -> ChangeBatch:
        """As `changes`, but of every item, logged or not, and of every write, also one that keeps the version.

        Each change has the item as it became, with its index keys, whether it has expired or not; None where it was
        removed. `old` may be missing, and the tenant is not told. Positions are those of this method alone.
        """
        ...


class FrozenTable(Snapshot, Protocol):
    """A snapshot that can be walked."""

    async def walk(self, *, after: ItemKey | None, limit: int) -> list[Item]:
        """Every item of the frozen state, as the driver's `walk` of a single segment."""
        ...


def bulk(driver: Driver) -> BulkDriver:
    """The driver as one that moves whole tables. Raises Invalid where it cannot."""
    if not hasattr(driver, "load"):
        raise Invalid("this engine cannot be backed up, restored or copied yet; use the means of its own service")
    return cast("BulkDriver", driver)


async def patiently(call: Callable[[], Awaitable[T]], sleep: Sleep) -> T:
    """What the call gives, in up to `LOAD_ATTEMPTS_MAX` attempts while it is Unavailable. It must be safe to repeat."""
    for attempt in range(1, LOAD_ATTEMPTS_MAX):
        try:
            return await call()
        except Unavailable:
            await sleep(min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** (attempt - 1)))
    return await call()


def tenant_of(pk: str) -> str:
    """The tenant whose partition it is; empty for the platform's own."""
    if not pk.startswith(_TENANT) or pk.count("#") == 1:
        return ""
    return unescape(pk.split("#", 2)[1])
