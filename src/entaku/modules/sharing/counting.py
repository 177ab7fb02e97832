"""What a tenant is counted for: libraries, of which its tier allows so many. Other kinds of resource have no limit."""

from __future__ import annotations

from entaku.modules.accounts import Limits
from entaku.modules.sharing.model import Library
from entaku.modules.sharing.shareable import Shareable
from entaku.table import BoundTable, Transaction


async def count_thing(limits: Limits, tx: Transaction, table: BoundTable, thing: Shareable, delta: int) -> None:
    """Counts one thing more or less in the transaction that creates it, or that ends it. Raises as `Limits.count`."""
    if isinstance(thing, Library):
        await limits.count(tx, table, libraries=delta)
