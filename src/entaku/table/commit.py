"""Committing what a transaction has gathered: keys completed, attempts bounded, lost answers recognised.

Every transaction stamps one fresh WriteId on all it writes. When the answer of an attempt did not come and the repeated
attempt is refused, an item that carries the WriteId proves that the first one had succeeded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.errors import Conflict, Invalid, NotFound, Unavailable
from entaku.core.ids import Randomness
from entaku.core.limits import ATTEMPTS_MAX, BACKOFF_FIRST_S, BACKOFF_MAX_S, ITEM_BYTES_MAX, TRANSACTION_BYTES_MAX
from entaku.table.driver import (
    Action,
    Check,
    Delete,
    Driver,
    Expect,
    IndexKey,
    Item,
    ItemKey,
    Patch,
    Predicate,
    Put,
    Refused,
)
from entaku.table.entity import EntityInfo, changed
from entaku.table.envelope import Envelope
from entaku.table.fields import Condition
from entaku.table.reader import decode
from entaku.table.versions import VersionSource

ENVELOPE_BYTES = 512
"""What the envelope and the names of its attributes may add to keys and data."""


class Engine(msgspec.Struct, frozen=True):
    """What every transaction needs and none owns."""

    driver: Driver
    clock: Clock
    randomness: Randomness
    versions: VersionSource
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def now_ms(self) -> int:
        return to_ms(self.clock.now())


class PatchPlan(msgspec.Struct, frozen=True, eq=False):
    """A patch whose index keys are not known yet."""

    key: ItemKey
    info: EntityInfo
    entity: Any
    """As the caller read it; None where only the key was given."""
    expect: int | None
    where: tuple[Condition, ...]
    set: dict[str, Any]
    add: dict[str, Any]
    settle: Callable[[Any], None]
    """Told the entity as it is stored, after the commit."""

    @property
    def touched(self) -> list[int]:
        """The indexes whose key may change."""
        return [i.index for i in self.info.indexes if i.roots & (self.set.keys() | self.add.keys())]

    @property
    def is_complete(self) -> bool:
        """Whether the new index keys follow from what the caller holds, guarded by its version."""
        if not self.touched:
            return True
        stored = None if self.entity is None else self.entity.stored
        return stored is not None and stored.version == self.expect and stored.schema == self.info.schema


Plan = Put | Delete | Check | PatchPlan


class Commit:
    """One attempt after the other to write the plans, all or none."""

    def __init__(self, engine: Engine, envelope: Envelope, plans: Sequence[Plan]) -> None:
        self._engine, self._envelope, self._plans = engine, envelope, plans
        self._codec = engine.driver.codec
        self._read_first = {n for n, plan in enumerate(plans) if isinstance(plan, PatchPlan) and not plan.is_complete}

    async def run(self) -> None:
        """Raises Conflict, NotFound, Invalid or Unavailable; when it returns, everything is written."""
        lost = False
        for attempt in range(1, ATTEMPTS_MAX + 1):
            actions: list[Action] = []
            try:
                current = await self._current()
                actions = [self._action(n, plan, current.get(n)) for n, plan in enumerate(self._plans)]
                self._check_size(actions)
                stored = await self._engine.driver.write(
                    actions, tenant=self._envelope.binding.tenant_id, now_ms=self._engine.now_ms()
                )
            except Refused as refused:
                if lost and await self._has_happened():
                    return
                if attempt < ATTEMPTS_MAX and self._may_read_again(refused, current):
                    continue
                raise self._explained(actions[refused.position], refused) from refused
            except Unavailable as error:
                lost = lost or error.outcome_unknown
                if attempt == ATTEMPTS_MAX:
                    if lost and await self._has_happened():
                        return
                    raise Unavailable(error.message, outcome_unknown=lost) from error
                await self._engine.sleep(self._backoff(attempt))
            else:
                self._settle(stored)
                return

    async def _current(self) -> dict[int, Item | None]:
        """What is stored under the patches that need it, by their place among the plans."""
        wanted = sorted(self._read_first)
        if not wanted:
            return {}
        keys = [self._plans[n].key for n in wanted]
        items = await self._engine.driver.read(keys, now_ms=self._engine.now_ms())
        return dict(zip(wanted, items, strict=True))

    def _action(self, n: int, plan: Plan, item: Item | None) -> Action:
        """The physical action: for a patch, with the index keys that follow from the entity that was read."""
        if not isinstance(plan, PatchPlan):
            return plan
        info = plan.info
        entity = plan.entity if item is None else decode(self._codec, item, info)
        version = item.version if item is not None and plan.expect is None else plan.expect
        where = tuple(Predicate(c.name, c.operator, self._codec.encode_field(c.value)) for c in plan.where)
        after: Any = None
        if entity is not None and (plan.touched or item is not None):
            sums = {name: (getattr(entity, name) or 0) + amount for name, amount in plan.add.items()}
            after = changed(entity, **plan.set, **sums)
        if item is not None and item.schema < info.schema:
            expect = Expect(present=True, version=version, where=where)
            whole = self._envelope.item(after, info, item.version + 1, item.created_at)
            return Put(item=whole, expect=expect, logged=info.logged)
        index_keys: dict[int, IndexKey | None] = {}
        if after is not None:
            index_keys = {index: self._envelope.index_key(info, index, after) for index in plan.touched}
        expires_ms: int | None | msgspec.UnsetType = msgspec.UNSET
        if info.expires in plan.set:
            at = plan.set[info.expires]
            expires_ms = None if at is None else to_ms(at)
        return Patch(
            key=plan.key,
            expect=Expect(present=True, version=version, schema=info.schema, where=where),
            write_id=self._envelope.write_id,
            updated_at=self._envelope.at,
            set={name: self._codec.encode_field(value) for name, value in plan.set.items()},
            add={name: self._codec.encode_field(value) for name, value in plan.add.items()},
            index_keys=index_keys,
            expires_ms=expires_ms,
            logged=info.logged,
        )

    def _may_read_again(self, refused: Refused, read: dict[int, Item | None]) -> bool:
        """Whether the refusal is only about a guard of our own: the item moved since we read it, or is of an older schema."""
        n, current = refused.position, refused.current
        plan = self._plans[n]
        if not isinstance(plan, PatchPlan) or current is None:
            return False
        if current.schema < plan.info.schema and n not in self._read_first:
            self._read_first.add(n)
            return True
        guard = read.get(n)
        return plan.expect is None and guard is not None and guard.version != current.version

    async def _has_happened(self) -> bool:
        """Whether an attempt of this transaction was committed, told by an item that carries its WriteId.

        Raises Unavailable with `outcome_unknown` when what is there tells neither: all its items were overwritten since.
        """
        items = await self._engine.driver.read([plan.key for plan in self._plans], now_ms=self._engine.now_ms())
        if any(item is not None and item.write_id == self._envelope.write_id for item in items):
            self._settle(items)
            return True
        for plan, item in zip(self._plans, items, strict=True):
            if isinstance(plan, Put) and not plan.expect.present and item is None:
                return False
            before = plan.expect if isinstance(plan, PatchPlan) else plan.expect.version
            if isinstance(plan, Put | PatchPlan) and before is not None and item is not None and item.version <= before:
                return False
        raise Unavailable(
            "the answer to a write was lost, and others have written since: it is not known whether it happened",
            outcome_unknown=True,
        )

    def _settle(self, stored: Sequence[Item | None]) -> None:
        for plan, item in zip(self._plans, stored, strict=True):
            if item is not None:
                self._engine.versions.seen(item.version)
                if isinstance(plan, PatchPlan):
                    plan.settle(decode(self._codec, item, plan.info))

    def _explained(self, action: Action, refused: Refused) -> Conflict | NotFound:
        """The refusal as an error of the tree that names the item."""
        expect, current = action.expect, refused.current
        name = f"{action.key.pk.removeprefix(self._envelope.binding.prefix)} / {action.key.sk}"
        if not expect.present:
            return Conflict(f"{name} exists already", current_version=refused.current_version)
        if current is None:
            if isinstance(action, Patch):
                return NotFound(f"there is no {name}")
            return Conflict(f"{name} has been deleted meanwhile")
        schema = expect.schema_max if expect.schema is None else expect.schema
        if schema is not None and current.schema > schema:
            message = f"{name} was written by a newer program (schema {current.schema}, ours is {schema}); update this one"
        elif expect.version is not None and expect.version != current.version:
            message = f"{name} is at version {current.version}, not {expect.version}; read it again"
        else:
            message = f"{name} is not in the state that the change assumed"
        return Conflict(message, current_version=current.version)

    def _check_size(self, actions: Sequence[Action]) -> None:
        total = 0
        for action in actions:
            if not isinstance(action, Put):
                continue
            size = self._codec.size(action.item.data) + len(action.item.pk) + len(action.item.sk) + ENVELOPE_BYTES
            if size > ITEM_BYTES_MAX:
                raise Invalid(f"{action.item.sk} has {size} bytes; an item holds at most {ITEM_BYTES_MAX}")
            total += size
        if total > TRANSACTION_BYTES_MAX:
            raise Invalid(f"this change has {total} bytes, a transaction holds {TRANSACTION_BYTES_MAX}; send it in parts")

    def _backoff(self, attempt: int) -> float:
        """Seconds to wait: doubling up to a bound, with jitter over the upper half."""
        whole = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** (attempt - 1))
        return whole * (0.5 + self._engine.randomness(1)[0] / 512)
