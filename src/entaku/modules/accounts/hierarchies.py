"""The hierarchies that this process knows: one for each tenant, kept as long as the directory version is the same."""

from __future__ import annotations

from collections import OrderedDict
from typing import cast

from entaku.core.errors import Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.modules.accounts.hierarchy import Hierarchy
from entaku.modules.accounts.model import DIRECTORY_ITEMS_MAX, Department, Directory, Group, Role
from entaku.table import Entity, Query, Reader

HIERARCHIES_KEPT_MAX = 64
ITEMS_READ_MAX = 2 * DIRECTORY_ITEMS_MAX
"""Of each kind. More than can be created: one that is too large all the same must be read to be made smaller."""


class Hierarchies:
    """Loads hierarchies and remembers the last ones used."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Hierarchy] = OrderedDict()

    async def current(self, table: Reader) -> Hierarchy:
        """The hierarchy as it is now; one call when it is known already."""
        _, hierarchy = await self.with_version(table)
        return hierarchy

    async def with_version(self, table: Reader, just_read: Directory | None = None) -> tuple[Directory, Hierarchy]:
        """The directory item and the hierarchy of exactly its version. Raises Unavailable if it does not hold still.

        No call when the directory item was just read and its hierarchy is known.
        """
        directory = just_read
        for _ in range(ATTEMPTS_MAX):
            directory = directory or await table.get(Directory.at())
            hierarchy = await self.at(table, directory)
            if hierarchy is not None:
                return directory, hierarchy
            directory = None
        raise Unavailable("the directory kept changing while it was read; try again in a moment")

    async def at(self, table: Reader, directory: Directory) -> Hierarchy | None:
        """The hierarchy at the version of a directory item just read; None when the directory has moved on.

        No call when it is known already. A loaded one counts only if the version is the same after loading.
        """
        kept = self._kept.get(table.tenant_id)
        if kept is not None and kept.version == directory.version:
            self._kept.move_to_end(table.tenant_id)
            return kept
        # Its version proves it: a snapshot need not see twice what only the first of two readings has to load.
        loading = table.unwitnessed
        queries = cast("tuple[Query[Entity], ...]", (Department.all(), Role.all(), Group.all()))
        departments, roles, groups = await loading.list_all(*queries, at_most=ITEMS_READ_MAX)
        after = await loading.get(Directory.at())
        if after.version != directory.version:
            return None
        hierarchy = Hierarchy(
            directory.version,
            cast("list[Department]", departments),
            cast("list[Role]", roles),
            cast("list[Group]", groups),
        )
        self._keep(table.tenant_id, hierarchy)
        return hierarchy

    def _keep(self, tenant_id: str, hierarchy: Hierarchy) -> None:
        self._kept[tenant_id] = hierarchy
        self._kept.move_to_end(tenant_id)
        if len(self._kept) > HIERARCHIES_KEPT_MAX:
            self._kept.popitem(last=False)
