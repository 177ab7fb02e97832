"""What a tenant is counted for: libraries, of which its tier allows so many. Other kinds of resource have no limit.

A library counts from its creation until it is purged. One in the bin counts: it has all its shares, and would else be
a way to have any number of libraries, by deleting each when another is wanted.
"""

from __future__ import annotations

from entaku.modules.accounts import Limits
from entaku.modules.sharing.model import Library
from entaku.modules.sharing.shareable import Shareable
from entaku.table import BoundTable, Transaction


async def count_thing(limits: Limits, tx: Transaction, table: BoundTable, thing: Shareable, delta: int) -> None:
    """Counts one thing more or less in the transaction that creates it, or that ends it. Raises as `Limits.count`."""
    if isinstance(thing, Library):
        await limits.count(tx, table, libraries=delta)


async def check_counted(limits: Limits, table: BoundTable, thing: Shareable) -> None:
    """Raises Limited for something that comes back to a tenant whose limit was lowered below what it has. Two calls for
    a library, none for anything else."""
    if isinstance(thing, Library):
        await limits.check_within(table, "libraries")
