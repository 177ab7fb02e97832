"""Which principals are by reference: a small set that changes with the directory version, so a process keeps it."""

from __future__ import annotations

from collections import OrderedDict

from entaku.core.errors import Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.modules.accounts import Directory, Principal
from entaku.modules.sharing.rows.model import BY_REFERENCE_MAX, ByReference
from entaku.modules.sharing.rows.pending import Pendings
from entaku.table import BoundTable, Reader, Transaction, changed

TENANTS_KEPT_MAX = 256

By = frozenset[Principal]


class Modes:
    """Remembers the modes of the tenants used last, each at one directory version."""

    def __init__(self, pendings: Pendings) -> None:
        self._pendings = pendings
        self._kept: OrderedDict[str, tuple[int, By]] = OrderedDict()

    async def at(self, table: Reader, directory: Directory) -> By | None:
        """The principals by reference at the version of a directory item just read; None when it has moved on.

        No call when they are known. What is loaded counts only if the version is the same afterwards.
        """
        kept = self._kept.get(table.tenant_id)
        if kept is not None and kept[0] == directory.version:
            return kept[1]
        loading = table.unwitnessed  # As with hierarchies, the version proves it.
        (found,) = await loading.list_all(ByReference.all(), at_most=BY_REFERENCE_MAX)
        after = await loading.get(Directory.at())
        if after.version != directory.version:
            return None
        modes = frozenset(each.principal for each in found)
        self._kept[table.tenant_id] = (directory.version, modes)
        self._kept.move_to_end(table.tenant_id)
        if len(self._kept) > TENANTS_KEPT_MAX:
            self._kept.popitem(last=False)
        return modes

    async def current(self, table: Reader) -> By:
        """Raises Unavailable when the directory does not hold still."""
        for _ in range(ATTEMPTS_MAX):
            modes = await self.at(table, await table.get(Directory.at()))
            if modes is not None:
                return modes
        raise Unavailable("the directory kept changing while it was read; try again in a moment")

    async def set(self, table: BoundTable, principal: Principal, *, by_reference: bool) -> bool:
        """Changes the mode, with the directory version; whether it was another one. What it means for rows is left
        pending. Safe to repeat."""

        async def work(tx: Transaction) -> bool:
            present = await table.find(ByReference.at(principal=principal))
            if (present is not None) == by_reference:
                return False
            directory = await table.get(Directory.at())
            if present is None:
                tx.create(ByReference(principal=principal))
            else:
                tx.delete(present)
            tx.replace(changed(directory, revision=directory.revision + 1))
            self._pendings.mode_changed(tx, principal)
            return True

        return await table.run(work)
