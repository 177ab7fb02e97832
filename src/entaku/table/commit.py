"""Committing what a transaction has gathered: keys completed, attempts bounded, lost answers recognised.

Every transaction stamps one fresh WriteId on all it writes. When the answer to an attempt did not come, the next one
looks first: an item that carries the WriteId proves that the attempt had succeeded. That none does proves nothing for
later: a request can arrive after it was given up, so from then on every refusal is looked into, and an outcome unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

import msgspec

from entaku.core.clock import to_ms
from entaku.core.errors import Conflict, EntakuError, NotFound, Unavailable
from entaku.core.limits import ATTEMPTS_MAX, UNAVAILABLE_S_MAX
from entaku.table.blobs.fetching import Fetching
from entaku.table.driver import Action, Delete, Expect, IndexKey, Item, ItemKey, Patch, Predicate, Put, Refused, Reused
from entaku.table.engine import Engine
from entaku.table.envelope import Envelope
from entaku.table.plans import Evidence, PatchPlan, Plan, check_size, evidence
from entaku.table.reader import decode
from entaku.table.turns import Place
from entaku.table.versions import ClockBehind

_UNCLEAR = (
    "the answer to a write was lost, and what is stored does not tell whether it happened; look before repeating it"
)


class Commit:
    """One attempt after the other to write the plans, all or none."""

    def __init__(self, engine: Engine, envelope: Envelope, plans: Sequence[Plan]) -> None:
        self._engine, self._envelope, self._plans = engine, envelope, plans
        self._codec = engine.driver.codec
        self._read_first = {n for n, plan in enumerate(plans) if isinstance(plan, PatchPlan) and not plan.is_complete}
        self._patched: list[tuple[PatchPlan, Any]] = []
        """What became of the items of patches, in the held form."""
        self._stored: Sequence[Item | None] = ()

    async def run(self, place: Place) -> None:
        """Raises Conflict, NotFound, Invalid or Unavailable; when it returns, everything is written.

        The place is told which item somebody else was faster with, and stands in line for it between attempts.
        """
        lost = False
        """Whether an attempt has had no answer. It stays so: the request may be on its way still, and arrive later."""
        failure: Unavailable | None = None
        give_up_at = monotonic() + UNAVAILABLE_S_MAX
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                moved = await self._attempt()
                if moved is None:
                    return
                place.beaten_over(moved)
                failure = None
            except Unavailable as error:
                failure = error
                lost = lost or error.outcome_unknown
            except EntakuError as refused:
                found = await self._look() if lost else Evidence.DID_NOT
                if found is Evidence.HAPPENED:
                    return
                if found is Evidence.UNCLEAR:
                    raise Unavailable(_UNCLEAR, outcome_unknown=True) from refused
                if not isinstance(refused, Refused):
                    raise
                place.beaten_over(self._plans[refused.position].key)
                raise self._explained(refused) from refused
            is_last = attempt == ATTEMPTS_MAX or (failure is not None and monotonic() >= give_up_at)
            if not is_last and not await place.take_turns():
                await self._engine.pause(attempt)
            if lost:
                found = await self._look()
                if found is Evidence.HAPPENED:
                    return
                if found is Evidence.UNCLEAR and not self._cannot_apply_twice:
                    raise Unavailable(_UNCLEAR, outcome_unknown=True)
            if is_last:
                break
        if failure is None and not lost:
            raise Conflict("others keep changing what this change depends on; try again in a moment")
        raise Unavailable(failure.message if failure else _UNCLEAR, outcome_unknown=lost) from failure

    async def _attempt(self) -> ItemKey | None:
        """None when everything is written; else the item over which only a guard of our own was in the way: it has
        moved since it was read, or is an older one.

        Raises Refused when an expectation of the caller does not hold.
        """
        read = await self._current()
        actions = [self._action(n, plan, read) for n, plan in enumerate(self._plans)]
        check_size(self._codec, actions, self._plans)
        try:
            stored = await self._engine.driver.write(
                actions, tenant=self._envelope.binding.tenant_id, now_ms=self._engine.now_ms()
            )
        except Refused as refused:
            if isinstance(refused, Reused):
                self._engine.versions.seen(refused.newest)
            if self._may_read_again(refused, read):
                return self._plans[refused.position].key
            raise
        self._settle(stored)
        return None

    async def _current(self) -> dict[int, Item | None]:
        """What is stored under the patches that need it, by their place among the plans."""
        wanted = sorted(self._read_first)
        if not wanted:
            return {}
        items = await self._engine.read([self._plans[n].key for n in wanted], now_ms=self._engine.now_ms())
        return dict(zip(wanted, items, strict=True))

    def _action(self, n: int, plan: Plan, read: dict[int, Item | None]) -> Action:
        """The physical action: for a patch, with the index keys that follow from the entity that was read."""
        if not isinstance(plan, PatchPlan):
            return plan
        item, info = read.get(n), plan.info
        if n in read and (item is None or item.schema > info.schema):
            # Without the item no index key is known, and what comes into being meanwhile would keep wrong ones.
            raise Refused(n, item)
        where = tuple(Predicate(c.name, c.operator, self._codec.encode_field(c.value)) for c in plan.where)
        entity = self._as_stored(plan) if item is None else decode(self._codec, item, info)
        expect = item.version if item is not None and plan.expect is None else plan.expect
        after = plan.applied(entity) if item is not None or (entity is not None and plan.touched) else None
        if item is not None and item.schema < info.schema:
            # The conditions are about today's shape, and what is stored has another; its version guards the answer.
            if not all(condition.holds(entity) for condition in plan.where):
                raise Refused(n, item)
            whole = self._envelope.item(after, info, item.version + 1, item.created_at)
            return Put(
                item=whole,
                expect=Expect(present=True, version=expect, schema_max=info.schema),
                logged=info.logged,
            )
        index_keys: dict[int, IndexKey | None] = {}
        if after is not None:
            index_keys = {index: self._envelope.index_key(info, index, after) for index in plan.touched}
        expires_ms: int | msgspec.UnsetType | None = msgspec.UNSET
        if info.expires in plan.set:
            at = plan.set[info.expires]
            expires_ms = None if at is None else to_ms(at)
        return Patch(
            key=plan.key,
            expect=Expect(present=True, version=expect, schema=info.schema, where=where),
            write_id=self._envelope.write_id,
            updated_at=self._envelope.at,
            set={name: self._codec.encode_field(value) for name, value in plan.set.items()},
            add={name: self._codec.encode_field(value) for name, value in plan.add.items()},
            index_keys=index_keys,
            expires_ms=expires_ms,
            logged=info.logged,
        )

    def _as_stored(self, plan: PatchPlan) -> Any:
        """The entity of the plan as it was read: index keys follow from what is stored, not from a changed copy."""
        stored = None if plan.entity is None or not plan.touched else plan.entity.stored
        return plan.entity if stored is None else self._codec.decode(stored.data, plan.info.held_cls)

    def _may_read_again(self, refused: Refused, read: dict[int, Item | None]) -> bool:
        """Whether the refusal is only about a guard of our own; if so, the next attempt reads the item first."""
        n, current = refused.position, refused.current
        plan = self._plans[n]
        if not isinstance(plan, PatchPlan) or current is None:
            return False
        if current.schema < plan.info.schema and n not in read:
            self._read_first.add(n)
            return True
        guard = read.get(n)
        return plan.expect is None and guard is not None and guard.version != current.version

    async def _look(self) -> Evidence:
        """Whether an attempt whose answer was lost has been committed. Raises Unavailable when nobody can look."""
        try:
            items = await self._engine.read([plan.key for plan in self._plans], now_ms=self._engine.now_ms())
        except Unavailable as error:
            raise Unavailable(error.message, outcome_unknown=True) from error
        found = evidence(self._plans, items, self._envelope.write_id)
        if found is Evidence.HAPPENED:
            self._settle(items)
        return found

    @property
    def _cannot_apply_twice(self) -> bool:
        """Whether what may have happened already would be refused if it were sent again.

        What is created, replaced or deleted is guarded by a version, which does not come back; so is a patch that
        expects one. Any other patch would count its sums twice, or undo what somebody has made of its first
        application, unless something beside it is guarded: they happen together.
        """
        patches = [plan for plan in self._plans if isinstance(plan, PatchPlan)]
        is_guarded = any(isinstance(plan, Put | Delete) for plan in self._plans)
        return is_guarded or not patches or any(plan.expect is not None for plan in patches)

    def _settle(self, stored: Sequence[Item | None]) -> None:
        """Take note of the versions that were reached, and of what patches have made of their items."""
        self._stored = stored
        versions = self._engine.versions
        for plan, item in zip(self._plans, stored, strict=True):
            if isinstance(plan, Delete):
                versions.seen((plan.expect.version or 0) + 1)
            elif item is not None:
                versions.seen(item.version)
                if isinstance(plan, PatchPlan):
                    self._patched.append((plan, decode(self._codec, item, plan.info)))
            elif isinstance(plan, PatchPlan):
                # Found out after a lost answer, when somebody had deleted it again.
                self._patched.append((plan, None))

    def tell(self) -> None:
        """After `run`: tells who wants to know that everything is written."""
        self._engine.commits.tell(self._envelope.binding.tenant_id, self._plans, self._stored)

    async def hand_out(self, fetching: Fetching) -> None:
        """After `run`: tells each patch what it has made of its item. The write is done, so what cannot be brought back
        just now is told to who asks for it."""
        try:
            entities = await fetching.whole([entity for _, entity in self._patched])
        except Unavailable as error:
            message = f"the change was made, and what it keeps apart cannot be read just now: {error.message}"
            entities = [Unavailable(message, outcome_unknown=True)] * len(self._patched)
        except EntakuError as error:
            entities = [error] * len(self._patched)
        for (plan, _), entity in zip(self._patched, entities, strict=True):
            plan.settle(entity)

    def _explained(self, refused: Refused) -> Conflict | NotFound:
        """The refusal as an error of the tree that names the item."""
        plan, current = self._plans[refused.position], refused.current
        name = f"{plan.key.pk.removeprefix(self._envelope.binding.prefix)} / {plan.key.sk}"
        if isinstance(refused, Reused):
            return ClockBehind(f"the clock was behind what is stored, and {name} was not created; create it again")
        expect = plan.expectation if isinstance(plan, PatchPlan) else plan.expect
        if not expect.present:
            return Conflict(f"{name} exists already", current_version=refused.current_version)
        if current is None:
            if isinstance(plan, PatchPlan):
                return NotFound(f"there is no {name}")
            return Conflict(f"{name} has been deleted meanwhile")
        schema = expect.schema_max
        if schema is not None and current.schema > schema:
            message = (
                f"{name} was written by a newer program (schema {current.schema}, ours is {schema}); update this one"
            )
        elif expect.version is not None and expect.version != current.version:
            message = f"{name} is at version {current.version}, not {expect.version}; read it again"
        else:
            message = f"{name} is not in the state that the change assumed"
        return Conflict(message, current_version=current.version)
