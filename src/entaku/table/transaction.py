"""Writing: actions are gathered, checked, and committed all or none.

A transaction belongs to one tenant, or to the platform. Versions: `create` starts at the epoch in microseconds, every
write adds one, and under an id that is used again they go on above those it had; so a version never repeats. There is
no blind put: what is created must be absent, what is replaced or deleted must be at the version that was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar, get_args

import msgspec

from entaku.core.errors import Conflict, EntakuError, Internal, Invalid, NotFound
from entaku.core.limits import TRANSACTION_ACTIONS_MAX
from entaku.table.blobs.fetching import Fetching
from entaku.table.blobs.separating import NOTHING, Separation
from entaku.table.commit import Commit
from entaku.table.driver import Check, Delete, Expect, ItemKey, Put
from entaku.table.engine import Engine
from entaku.table.entity import Entity, EntityInfo, Stored, changed
from entaku.table.envelope import Envelope, whole_ms
from entaku.table.fields import Add, Condition
from entaku.table.patterns import Key
from entaku.table.plans import PatchPlan, Plan
from entaku.table.reader import Binding
from entaku.table.receipts import receipt
from entaku.table.turns import Place

E = TypeVar("E", bound=Entity)


class Written(Generic[E]):
    """What a patch will have made of its item; `value` can be read after the commit."""

    def __init__(self) -> None:
        self._value: E | EntakuError | None = None
        self._is_settled = False

    @property
    def value(self) -> E:
        """Raises NotFound where the answer was lost and somebody had deleted the item before it was looked at; and
        Unavailable where what the item keeps apart cannot be brought back just now, although the change was made."""
        if not self._is_settled:
            raise Internal("a patched item can be read only after its transaction was committed")
        if self._value is None:
            raise NotFound("the item was changed as asked, and somebody has deleted it since")
        if isinstance(self._value, EntakuError):
            raise self._value
        return self._value

    def settle(self, value: E | EntakuError | None) -> None:
        """Told after the commit: the entity, None for one that is gone, or why it cannot be read."""
        self._value, self._is_settled = value, True


class Transaction:
    """Gathers actions; nothing is written before `commit`. For `async with table.transaction() as tx:`, or `run`."""

    def __init__(self, engine: Engine, binding: Binding, place: Place | None = None) -> None:
        """`place`: of one who will do all of it again when somebody else was faster."""
        self._engine, self._binding, self._place = engine, binding, place
        self._at = engine.clock.now()
        self.now = whole_ms(self._at)
        """The time of this transaction, in whole milliseconds: the one to write into entities."""
        self._envelope = Envelope(binding, engine.driver.codec, engine.randomness(12).hex(), self.now)
        self._apart = Separation(binding.owner_id, engine.driver.codec, engine.randomness)
        self._plans: dict[ItemKey, Plan] = {}
        self._own_count = 0
        self._is_committed = False

    async def __aenter__(self) -> Transaction:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self.commit()

    def create(self, entity: E) -> E:
        """Store a new entity. Commits only if there is none, or an expired one; otherwise Conflict.

        Returns the entity as it will be stored, with its version.
        """
        info = self._binding.check_scope(type(entity))
        held = self._apart.held(entity, info)
        version = self._engine.versions.first(self._at)
        return self._put(entity, held, info, Expect(present=False), version, self._envelope.at)

    def replace(self, entity: E) -> E:
        """Store an entity that was read before and changed since. Commits only at the version it was read at.

        Returns it as it will be stored. With equal values nothing is written and the version stays, but it is checked.
        Raises Conflict at once for an entity of a newer schema.
        """
        info, stored = self._known(entity)
        if stored.schema > info.schema:
            raise Conflict(
                f"{type(entity).__name__} was written by a newer program (schema {stored.schema}, ours is"
                f" {info.schema}); update this program before it changes the item",
                current_version=stored.version,
            )
        expect = Expect(present=True, version=stored.version, schema_max=info.schema)
        held = self._apart.held(entity, info, self._apart.known(info, stored))
        if stored.schema == info.schema and self._envelope.data(held) == stored.data:
            item_key = self._envelope.key(entity, info)
            self._add(item_key, Check(key=item_key, expect=expect))
            return entity
        return self._put(entity, held, info, expect, stored.version + 1, stored.created_at)

    def patch(
        self,
        target: Key[E] | E,
        /,
        *,
        expect: int | None = None,
        where: Sequence[Condition] = (),
        **changes: Any,
    ) -> Written[E]:
        """Set some fields and leave the others as they are. Commits if the item is there, at the version expected if
        one is given, and if every condition holds; otherwise NotFound or Conflict.

        An entity is expected at the version it was read at, a key at any. Where a changed field is part of an index key
        that entity and changes do not determine, the item is read first and the write is guarded by what was read.
        """
        entity: E | None
        known = NOTHING
        if isinstance(target, Key):
            entity, info = None, self._binding.check_scope(target.entity)
            item_key = self._binding.item_key(target)
        else:
            entity, (info, stored) = target, self._known(target)
            item_key = self._envelope.key(target, info)
            expect = stored.version if expect is None else expect
            if expect == stored.version:
                known = self._apart.known(info, stored)
        plain = {name: _value(info, name, value) for name, value in changes.items() if not isinstance(value, Add)}
        written: Written[E] = Written()
        plan = PatchPlan(
            key=item_key,
            info=info,
            entity=entity,
            expect=expect,
            where=tuple(_condition(info, condition) for condition in where),
            set=self._apart.patched(info, plain, known),
            add={name: _amount(info, name, value) for name, value in changes.items() if isinstance(value, Add)},
            settle=written.settle,
        )
        self._add(item_key, plan)
        return written

    def delete(self, entity: Entity) -> None:
        """Remove an entity that was read before. Commits only at the version it was read at."""
        info, stored = self._known(entity)
        item_key = self._envelope.key(entity, info)
        expect = Expect(present=True, version=stored.version)
        self._add(item_key, Delete(key=item_key, expect=expect, logged=info.logged))

    def check(self, entity: Entity) -> None:
        """Write nothing, but commit only if this entity is still at the version it was read at. May be asked twice."""
        info, stored = self._known(entity)
        item_key = self._envelope.key(entity, info)
        self._add(item_key, Check(key=item_key, expect=Expect(present=True, version=stored.version)))

    def check_absent(self, key: Key[Any]) -> None:
        """Write nothing, but commit only if there is no such item."""
        item_key = self._binding.item_key(key)
        self._add(item_key, Check(key=item_key, expect=Expect(present=False)))

    def check_present(self, key: Key[Any]) -> None:
        """Write nothing, but commit only if there is such an item, in whatever version. It need not have been read."""
        item_key = self._binding.item_key(key)
        self._add(item_key, Check(key=item_key, expect=Expect(present=True)))

    def has(self, key: Key[Any]) -> bool:
        """Whether there is an action on this item already."""
        return self._binding.item_key(key) in self._plans

    @property
    def action_count(self) -> int:
        """How many of the `TRANSACTION_ACTIONS_MAX` actions are taken."""
        return len(self._plans) - self._own_count

    def create_own(self, entity: E) -> E:
        """As `create`, for an item of the table itself: it takes none of the caller's actions."""
        self._own_count += 1
        return self.create(entity)

    async def commit(self) -> None:
        """Write everything or nothing; nothing gathered is nothing to do. Safe against lost answers, so call it once.

        Raises Conflict or NotFound when an expectation does not hold; Invalid when the transaction is too large;
        Unavailable when `ATTEMPTS_MAX` attempts failed; it says whether the outcome is known. Raises ClockBehind, which
        is a Conflict, when it creates an item and the clock was set back; gathered and committed again, it succeeds.
        """
        if self._is_committed:
            raise Internal("a transaction is committed once")
        if self.action_count > TRANSACTION_ACTIONS_MAX:
            raise Invalid(
                f"this change needs {self.action_count} actions and a transaction holds {TRANSACTION_ACTIONS_MAX};"
                " send it in smaller parts"
            )
        kinds = {type(plan) for plan in self._plans.values()}
        if Delete in kinds and not kinds & {Put, PatchPlan}:
            self.create_own(receipt(self._binding.scope, self._envelope.write_id, self.now))
        self._is_committed = True
        if self._plans:
            await self._write(Commit(self._engine, self._envelope, tuple(self._plans.values())))

    async def _write(self, commit: Commit) -> None:
        """In turn with others. Who cannot do the whole of it again keeps a place only while this is written."""
        if self._place is None:
            with self._engine.turns.place() as place:
                await self._run(commit, place)
        elif self._place.would_push_in(self._plans.keys()):
            raise Conflict("others are changing what this change depends on; try again in a moment")
        else:
            await self._run(commit, self._place)

    async def _run(self, commit: Commit, place: Place) -> None:
        """First the blobs: whatever happens in between, there is no item without its blob."""
        fetching = Fetching(self._engine, self._binding.owner_id)
        await fetching.keep(self._apart.blobs)
        await commit.run(place)
        commit.tell()
        await commit.hand_out(fetching)

    def _put(self, entity: E, held: Any, info: EntityInfo, expect: Expect, version: int, created_at: str) -> E:
        item = self._envelope.item(held, info, version, created_at)
        self._add(ItemKey(item.pk, item.sk), Put(item=item, expect=expect, logged=info.logged))
        return changed(entity, _stored=Stored(version, created_at, self._envelope.at, info.schema, item.data))

    def _known(self, entity: Entity) -> tuple[EntityInfo, Stored]:
        stored = entity.stored
        if stored is None:
            raise Internal(
                f"{type(entity).__name__} was never read: only what was read can be replaced, deleted, checked"
            )
        return self._binding.check_scope(type(entity)), stored

    def _add(self, item_key: ItemKey, plan: Plan) -> None:
        if self._is_committed:
            raise Internal("a transaction that was committed takes no more; begin another one")
        present = self._plans.get(item_key)
        if isinstance(present, Check) and present == plan:
            return
        if present is not None:
            raise Invalid(f"{item_key.sk} occurs twice in one transaction; make one change of it")
        self._plans[item_key] = plan


def _value(info: EntityInfo, name: str, value: Any) -> Any:
    """The value as its field holds it. Raises Invalid for a change that the entity does not allow."""
    _type_of(info, name)
    return _converted(info, name, value)


def _converted(info: EntityInfo, name: str, value: Any) -> Any:
    try:
        converted = msgspec.convert(value, info.fields[name])
    except msgspec.ValidationError as error:
        raise Invalid(f"{info.cls.__name__}.{name} cannot be {value!r}: {error}") from error
    if isinstance(converted, datetime) and converted.tzinfo is None:
        raise Invalid(f"{info.cls.__name__}.{name} cannot be {value.isoformat()}: a time needs its zone")
    return converted


def _condition(info: EntityInfo, condition: Condition) -> Condition:
    """The condition with its value as the field holds it. Raises Invalid for a field that is not there."""
    if condition.name not in info.fields:
        raise Invalid(f"{info.cls.__name__} has no field {condition.name!r}; it has {', '.join(info.fields)}")
    if condition.name in info.apart:
        raise Invalid(
            f"{info.cls.__name__}.{condition.name} is kept apart and no condition can ask for it; declare a field"
            " of its own for what is compared, such as a hash"
        )
    if condition.operator in ("present", "missing"):
        return condition
    return Condition(condition.name, condition.operator, _converted(info, condition.name, condition.value))


def _amount(info: EntityInfo, name: str, amount: Add) -> int | Decimal:
    """The amount in the type of its field. Raises Invalid where the sum would not fit the field."""
    annotation = _type_of(info, name)
    for number in (int, Decimal):
        if number in (annotation, *get_args(annotation)) and (number is Decimal or isinstance(amount.amount, int)):
            return number(amount.amount)
    raise Invalid(f"{amount.amount!r} cannot be added to {info.cls.__name__}.{name}, which is {annotation}")


def _type_of(info: EntityInfo, name: str) -> Any:
    if name not in info.fields:
        raise Invalid(f"{info.cls.__name__} has no field {name!r}; it has {', '.join(info.fields)}")
    if name in info.key_roots:
        raise Invalid(f"{name!r} is part of the key of {info.cls.__name__}; create a new item and delete this one")
    return info.fields[name]
