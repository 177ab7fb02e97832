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

        A bounded look through the bin, as `Reader.search`: a page may be short, or empty, although more follow. Raises
        Invalid.
        """
        table = self._table.for_tenant(actor.tenant_id)

        def texts(entry: BinEntry) -> Sequence[str]:
            return (entry.name, entry.resource_id) if actor.is_admin or entry.owner == actor.user_id else ()

        query = BinEntry.of_kind(resource_kind=self._kind.name)
        found = await table.search(query, q or "", texts=texts, limit=limit, after=after)
        things = await table.find_many([self._kind.at(entry.resource_id) for entry in found.items])
        # What was restored since stands in the bin no more, and what is being removed is nobody's.
        return Page(tuple(thing for thing in things if thing is not None and thing.is_in_bin), found.cursor)
