"""What this process has committed, told to who wants to know: to listeners at once, and to who gathers what one piece
of work does.

    with gathered() as commits:
        await service.change(...)
    commits[0].items

It is told after the commit, and so only what is certain; a process that is killed in between tells nobody. Who must
know for certain reads the change log.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, TypeAlias

import msgspec

from entaku.table.driver import Check, Delete, Item, ItemKey, Put
from entaku.table.plans import Plan


class CommittedItem(msgspec.Struct, frozen=True):
    """One item of a transaction, as the commit left it."""

    key: ItemKey
    kind: str
    """Empty for one that was only checked or deleted."""
    how: Literal["created", "changed", "deleted", "checked"]
    version: int
    """The one it has now at least; of a deleted one, the one it had; 0 where it was checked to be absent."""


class Committed(msgspec.Struct, frozen=True):
    """One transaction."""

    tenant_id: str
    """Empty for the platform's own items."""
    items: tuple[CommittedItem, ...]


Listener: TypeAlias = Callable[[Committed], None]

_gathering: ContextVar[list[Committed] | None] = ContextVar("entaku_commits", default=None)


class Commits:
    """Tells of the commits of one table. Listeners must be quick, and must not raise."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """From now on the listener is told of every commit of this process."""
        self._listeners.append(listener)

    def tell(self, tenant_id: str, plans: Sequence[Plan], stored: Sequence[Item | None]) -> None:
        """Called once for each transaction that was committed, with what is stored since."""
        gathering = _gathering.get()
        if not self._listeners and gathering is None:
            return
        items = [_committed(plan, item) for plan, item in zip(plans, stored, strict=True)]
        committed = Committed(tenant_id, tuple(items))
        for listener in self._listeners:
            listener(committed)
        if gathering is not None:
            gathering.append(committed)

    def repeated(self, tenant_id: str, record: ItemKey, kind: str, version: int) -> None:
        """A transaction was done before, as its record shows: who gathers is told of that, listeners were."""
        gathering = _gathering.get()
        if gathering is not None:
            gathering.append(Committed(tenant_id, (CommittedItem(record, kind, "created", version),)))


@contextmanager
def gathered() -> Generator[list[Committed]]:
    """Gathers what is committed inside the block, and by what is called from there, in order."""
    commits: list[Committed] = []
    token = _gathering.set(commits)
    try:
        yield commits
    finally:
        _gathering.reset(token)


def _committed(plan: Plan, item: Item | None) -> CommittedItem:
    match plan:
        case Put():
            how = "changed" if plan.expect.present else "created"
            return CommittedItem(plan.key, plan.item.kind, how, plan.item.version)
        case Delete():
            return CommittedItem(plan.key, "", "deleted", plan.expect.version or 0)
        case Check():
            return CommittedItem(plan.key, "", "checked", plan.expect.version or 0)
        case _:
            version = 0 if item is None else item.version
            return CommittedItem(plan.key, plan.info.kind, "changed", version)
