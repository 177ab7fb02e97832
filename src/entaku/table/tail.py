"""Following the table: who keeps something in memory hears of every committed change before the next answer.

Only for engines that can say cheaply whether anything moved (`driver.Generations`); on the others nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from entaku.core.errors import Conflict, Internal
from entaku.table.driver import Change, Driver, Generations, Item
from entaku.table.model import Model
from entaku.table.reader import decode

CHANGES_READ_MAX = 500


class EntityChange(msgspec.Struct, frozen=True):
    """A committed change, in terms of entities.

    What an entity keeps apart is not fetched for it: such a field is None, and one of its name and `_apart` refers to
    the blob (`BlobReference`). `Reader.whole` brings the values back, for as long as changes are kept.
    """

    tenant_id: str
    kind: str
    old: Any
    new: Any

    @property
    def entity(self) -> Any:
        """The entity after the change, or before its removal."""
        return self.new if self.new is not None else self.old


Listener = Callable[[EntityChange | None], None]
"""Told each change; None means that changes were missed and nothing kept can be trusted."""


class Tail:
    """Reads the change log whenever something moved, and tells the listeners."""

    def __init__(self, driver: Driver, generations: Generations, model: Model) -> None:
        self._driver, self._generations, self._model = driver, generations, model
        self._generation: int | None = None
        self._position: str | None = None
        self._listeners: list[tuple[frozenset[str], Listener]] = []
        import asyncio  # only who follows the table needs an event loop; declaring entities does not

        self._turn = asyncio.Lock()
        self.clock = 0
        """Counts the batches of changes told; what was kept at one count may be compared with a later one."""

    def listen(self, kinds: Iterable[str], listener: Listener) -> None:
        """From now on the listener is told of every change of these kinds of entity."""
        self._listeners.append((frozenset(kinds), listener))

    def is_current(self) -> bool:
        """Whether nothing was committed since the last `catch_up`. Microseconds; may say no without reason."""
        return self._generations.generation() == self._generation

    async def catch_up(self) -> None:
        """When it returns, every change committed before the call has been told."""
        if self.is_current():
            return
        async with self._turn:
            generation = self._generations.generation()
            if generation == self._generation:
                return
            await self._read()
            self._generation = generation

    async def _read(self) -> None:
        first = self._position is None
        while True:
            try:
                batch = await self._driver.changes(self._position, limit=CHANGES_READ_MAX)
            except Conflict:
                self._position, batch = None, None
            if batch is None or first:
                self._tell(None)
                first = False
                if batch is None:
                    continue
            for change in batch.changes:
                if self._model.of_kind(change.kind) is not None:
                    self._tell(self._in_terms_of_entities(change))
            # Only now: who is interrupted here hears the batch again.
            self._position = batch.position
            if not batch.changes:
                return

    def _in_terms_of_entities(self, change: Change) -> EntityChange | None:
        """None for one that this program cannot read, because a newer one wrote it: it may concern anything."""
        try:
            return EntityChange(change.tenant, change.kind, self._entity(change.old), self._entity(change.new))
        except Internal:
            return None

    def _entity(self, item: Item | None) -> Any:
        info = None if item is None else self._model.of_kind(item.kind)
        return None if item is None or info is None else decode(self._driver.codec, item, info)

    def _tell(self, change: EntityChange | None) -> None:
        self.clock += 1
        for kinds, listener in self._listeners:
            if change is None or change.kind in kinds:
                listener(change)
