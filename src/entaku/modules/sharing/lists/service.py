"""Lists of what a user reaches, one page at a time, as it all was at one instant.

What is remembered by this process answers where it can; else rows do, or the shares where rows are not there yet.
"""

from __future__ import annotations

from typing import Any, Protocol

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.ids import check_id
from entaku.core.limits import ATTEMPTS_MAX
from entaku.modules.sharing.lists.cutting import page_of
from entaku.modules.sharing.lists.facts import ListMemory
from entaku.modules.sharing.lists.from_truth import reached_from_truth
from entaku.modules.sharing.lists.model import (
    ListRequest,
    Reached,
    ReachedPage,
    WholeList,
    check_may_list,
    check_request,
    tells_all,
)
from entaku.modules.sharing.shareable import ResourceKind
from entaku.table import BoundTable, Reader, Table


class ByRows(Protocol):
    """What lists are made of in place of shares, where they are kept ready."""

    async def reached(self, reader: Reader, wanted: WholeList) -> Reached:
        """The very same as `reached_from_truth`, read through a reader of one instant."""
        ...


class Lists:
    """Lists of what users reach. One's own for everybody, anybody's for administrators."""

    def __init__(
        self,
        table: Table,
        clock: Clock,
        kind: ResourceKind[Any],
        by_rows: ByRows,
        memory: ListMemory | None = None,
    ) -> None:
        self._table, self._clock = table, clock
        self._kind, self._by_rows, self._memory = kind, by_rows, memory

    async def of_user(self, actor: Actor, user_id: str, request: ListRequest) -> ReachedPage:
        """One page. Exactly once holds for libraries whose place in the order does not change meanwhile: under
        `sort=name` one that is renamed may repeat or be missed, under `sort=id` none.

        Names that are the same for as long as the table sorts them stand in the order of ids.

        Raises Forbidden, NotFound, Invalid for a limit, cursor or search text that does not fit.
        """
        check_may_list(actor, user_id)
        check_request(request)
        table = self._table.for_tenant(actor.tenant_id)
        wanted = WholeList(
            user_id=check_id(user_id, "user"),
            now=self._clock.now(),
            include_expired=request.include_expired,
            tells_all=tells_all(actor, request),
        )
        return page_of(table, self._kind, await self._reached(table, wanted), request)

    async def _reached(self, table: BoundTable, wanted: WholeList) -> Reached:
        """Everything the user reaches, as it was at one instant."""
        for _ in range(ATTEMPTS_MAX if self._memory is not None else 0):
            assert self._memory is not None
            if (found := await self._memory.attempt(table, lambda f: reached_from_truth(f, wanted))) is not None:
                return found[0]
        # Nothing is remembered here, or others write so much that no moment was quiet: a snapshot needs none.
        return await table.snapshot(lambda reader: self._by_rows.reached(reader, wanted))
