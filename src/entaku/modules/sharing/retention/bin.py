"""What is in the bin, for those who can restore it: administrators see all of it, everybody else what is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

from entaku.core.context import Actor
from entaku.modules.sharing.retention.model import BinEntry
from entaku.modules.sharing.shareable import ResourceKind, S
from entaku.table import Page, Table


class Bin(Generic[S]):
    """The deleted resources of one kind."""

    def __init__(self, table: Table, kind: ResourceKind[S]) -> None:
        self._table, self._kind = table, kind

    async def list(self, actor: Actor, *, limit: int, after: str | None = None, q: str | None = None) -> Page[S]:
        """What the caller can restore, the first to be purged first; with `q` only what has it in its name or id.

        A bounded look through the bin, as `Reader.search`: a page may be short, or empty, although more follow. Nobody
        looks through what they are not shown, so no page tells how much that is. Raises Invalid.
        """
        table = self._table.for_tenant(actor.tenant_id)

        def texts(entry: BinEntry) -> Sequence[str]:
            return entry.name, entry.resource_id

        query = BinEntry.of_kind(resource_kind=self._kind.name)
        if not actor.is_admin:
            query = BinEntry.of_owner(owner=actor.user_id, resource_kind=self._kind.name)
        found = await table.search(query, q or "", texts=texts, limit=limit, after=after)
        things = await table.find_many([self._kind.at(entry.resource_id) for entry in found.items])
        # What was restored since stands in the bin no more, and what is being removed is nobody's.
        in_bin = (thing for thing in things if thing is not None and thing.is_in_bin)
        return Page(tuple(each for each in in_bin if actor.is_admin or each.owner == actor.user_id), found.cursor)
