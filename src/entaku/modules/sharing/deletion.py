"""Deleting a library: it is closed at once, and its shares are removed with their twins, so many in each transaction.

The tenant is counted for the library until its last share is gone: otherwise libraries that count no more could fill
the table with shares that every list has to read. A deletion that was interrupted is finished by repeating it.
"""

from __future__ import annotations

from collections import Counter
from typing import cast

from entaku.core.context import Actor
from entaku.modules.accounts import Hierarchies, Limits, check_version
from entaku.modules.audit import Audit
from entaku.modules.sharing.model import (
    SHARES_CHANGED_MAX,
    Library,
    LibraryState,
    Ownership,
    PrincipalShare,
    Share,
    recounted,
)
from entaku.modules.sharing.rights import may_finish_deletion, standing_of
from entaku.modules.sharing.trail import note_library, note_share
from entaku.modules.sharing.truth import read_facts
from entaku.table import BoundTable, Entity, Key, Page, Transaction, changed


class Deletion:
    """One deletion of one library. Its steps are bounded by what a transaction holds and a library may have."""

    def __init__(
        self, table: BoundTable, hierarchies: Hierarchies, limits: Limits, audit: Audit, actor: Actor, library_id: str
    ) -> None:
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._actor, self._library_id = actor, library_id

    async def begin(self, tx: Transaction, *, expect: int | None, reason: str | None) -> bool:
        """Closes the library, or goes on with a deletion that was interrupted; whether nothing is left to do.

        Raises NotFound, Forbidden, Conflict.
        """
        facts = await read_facts(self._table, self._hierarchies, self._library_id, self._actor.user_id)
        if facts.library is not None and may_finish_deletion(self._actor, facts):
            # It has moved on from the version that its deletion expected.
            return await self._step(tx, facts.library, reason)
        caller = standing_of(self._actor, facts, self._library_id, tx.now)
        caller.check_manager("deleting a library")
        before = caller.library
        check_version(before.version, expect, f"library {self._library_id!r}")
        caller.guard(tx)
        return await self._step(tx, before, reason)

    async def go_on(self, tx: Transaction) -> bool:
        """Removes some more shares; whether nothing is left to do. Somebody else may have finished it, and then the id
        may be a new library's, which is left alone."""
        library = await self._table.find(Library.at(library_id=self._library_id))
        if library is None or not library.is_half_deleted:
            return True
        return await self._step(tx, library, None)

    async def _step(self, tx: Transaction, before: Library, reason: str | None) -> bool:
        page = await self._some_shares(before)
        keys = (
            Ownership.at(owner=before.owner, resource=before.resource),
            *(PrincipalShare.at(principal=share.principal, resource=before.resource) for share in page.items),
        )
        counterparts = await self._table.find_many(cast("list[Key[Entity]]", keys))
        for item in (*page.items, *counterparts):
            if item is not None:
                tx.delete(item)
        gone = Counter(share.principal.kind.value for share in page.items)
        after = recounted(before, {kind: -count for kind, count in gone.items()}) if gone else before
        if page.cursor is None:
            after = changed(after, share_counts={})
        stored = tx.replace(changed(after, state=LibraryState.DELETED))
        if before.state is not LibraryState.DELETED:
            note_library(self._audit, tx, self._actor, "library_deleted", before, stored, reason)
        for share in page.items:
            note_share(self._audit, tx, self._actor, stored, share.principal, share, None, "the library is deleted")
        if stored.is_gone:
            await self._limits.count(tx, self._table, libraries=-1)
        return stored.is_gone

    async def _some_shares(self, library: Library) -> Page[Share]:
        """Nothing is read of a library that has none."""
        if not library.share_counts:
            return Page((), None)
        return await self._table.list(Share.of_resource(resource=library.resource), limit=SHARES_CHANGED_MAX)
