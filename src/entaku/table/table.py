"""The table: bound to one tenant it reads and writes that tenant's entities; to the platform, the platform's own."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from entaku.core.clock import Clock, SystemClock
from entaku.core.errors import Conflict, EntakuError, Internal, Unavailable
from entaku.core.ids import Randomness
from entaku.core.limits import ATTEMPTS_MAX, IDEMPOTENCY_KEPT_S
from entaku.table.blobs.fetching import Fetching
from entaku.table.blobs.store import BlobStore
from entaku.table.commits import Commits
from entaku.table.cursors import Cursors
from entaku.table.driver import Driver
from entaku.table.engine import Engine
from entaku.table.entity import Entity, info_of
from entaku.table.fields import Condition
from entaku.table.idempotency import IdempotencyKey, IdempotencyRecord, PlatformIdempotencyRecord
from entaku.table.model import Model
from entaku.table.patterns import Key
from entaku.table.reader import Binding, Reader
from entaku.table.snapshots import Snapshots
from entaku.table.transaction import Transaction
from entaku.table.turns import Turns
from entaku.table.versions import ClockBehind, VersionSource

E = TypeVar("E", bound=Entity)
T = TypeVar("T")


class Table:
    """All of it. Holds what is shared by every tenant's view, and nothing by which to read across tenants."""

    def __init__(
        self,
        driver: Driver,
        model: Model,
        *,
        secret: bytes,
        clock: Clock | None = None,
        randomness: Randomness = secrets.token_bytes,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        blobs: BlobStore | None = None,
    ) -> None:
        """`secret` signs cursors: at least 16 bytes, the same in every process that serves the table. `blobs` holds
        what entities keep apart; without it, a value that is too large for its item is Invalid."""
        if len(secret) < 16:
            raise ValueError("the secret of a table has at least 16 bytes")
        self.driver, self.model, self.blobs = driver, model, blobs
        self.clock = clock or SystemClock()
        self._cursors = Cursors(secret)
        engine = Engine(driver, self.clock, randomness, VersionSource(), Turns(), blobs)
        self._engine = msgspec.structs.replace(engine, sleep=sleep) if sleep else engine

    def for_tenant(self, tenant_id: str) -> BoundTable:
        """The table as one tenant sees it."""
        return BoundTable(self._engine, Binding("tenant", tenant_id), self._cursors)

    @property
    def platform(self) -> BoundTable:
        """The platform's own entities: the registry of tenants, and little else."""
        return BoundTable(self._engine, Binding("platform", ""), self._cursors)

    @property
    def commits(self) -> Commits:
        """Tells of what this process commits."""
        return self._engine.commits

    @property
    def engine(self) -> Engine:
        """What every tenant's view is made on; for maintenance."""
        return self._engine

    async def remove_expired(self, *, limit: int = 1000) -> int:
        """Physically remove some expired items and say how many. Changes nothing that a reader sees."""
        return await self.driver.remove_expired(now_ms=self._engine.now_ms(), limit=limit)

    async def close(self) -> None:
        """Lets go of the engine and of the blob store."""
        await self.driver.close()
        if self.blobs is not None:
            await self.blobs.close()


class BoundTable(Reader):
    """Reads as a Reader does, and writes. Single writes are transactions of one action."""

    def __init__(self, engine: Engine, binding: Binding, cursors: Cursors) -> None:
        fetching = Fetching(engine, binding.owner_id)
        super().__init__(engine, engine.driver.codec, binding, engine.clock, cursors, fetching)
        self._engine = engine

    def transaction(self) -> Transaction:
        """Gathers writes; commits them together when its block ends without an error."""
        return Transaction(self._engine, self._binding)

    async def create(self, entity: E) -> E:
        """Store a new entity and return it with its version. Raises Conflict when there is one."""
        return await self._alone(lambda tx: tx.create(entity))

    async def replace(self, entity: E) -> E:
        """Store a changed entity at the version it was read at; see `Transaction.replace`. Raises Conflict."""
        async with self.transaction() as tx:
            stored = tx.replace(entity)
        return stored

    async def patch(
        self, target: Key[E] | E, /, *, expect: int | None = None, where: Sequence[Condition] = (), **changes: Any
    ) -> E:
        """Set some fields; see `Transaction.patch`. Returns the entity as stored. Raises NotFound, Conflict."""
        async with self.transaction() as tx:
            written = tx.patch(target, expect=expect, where=where, **changes)
        return written.value

    async def delete(self, entity: Entity) -> None:
        """Remove an entity at the version it was read at. Raises Conflict."""
        await self._alone(lambda tx: tx.delete(entity))

    async def run(
        self,
        work: Callable[[Transaction], Awaitable[T]],
        *,
        answer: type[T] | Any = None,
        idempotency: IdempotencyKey | None = None,
    ) -> T:
        """Read, decide, write - and do it again when somebody else was faster.

        `work` reads through the table, adds its writes to the transaction it is given and returns its answer; it may be
        called up to `ATTEMPTS_MAX` times and must do nothing else. Errors it raises itself are final; a Conflict of the
        commit starts it anew, in turn with whoever in this process is after the same items. With an idempotency key the
        answer is kept for 48 hours (as JSON, of type `answer`) and a repetition gets it without calling `work`; the
        same key with another payload is a Conflict.
        """
        with self._engine.turns.place() as place:
            for attempt in range(1, ATTEMPTS_MAX + 1):
                if idempotency is not None and (record := await self._recorded(idempotency)) is not None:
                    return _replayed(record, idempotency, answer)
                tx = Transaction(self._engine, self._binding, place)
                try:
                    result = await work(tx)
                except EntakuError:
                    # The same request may have been done since the look above, and be the reason of the refusal.
                    if idempotency is not None and (record := await self._recorded(idempotency)) is not None:
                        return _replayed(record, idempotency, answer)
                    raise
                if idempotency is not None:
                    if answer is None and result is not None:
                        raise TypeError(
                            "an answer that is to be kept under an idempotency key needs its type: give `answer`"
                        )
                    tx.create_own(self._record(idempotency, tx.now, result))
                try:
                    await tx.commit()
                except Conflict:
                    if attempt == ATTEMPTS_MAX:
                        raise
                    if not await place.take_turns():
                        await self._engine.pause(attempt)
                else:
                    return result
        raise Internal("attempts are counted from 1")

    async def snapshot(self, collect: Callable[[Reader], Awaitable[T]]) -> T:
        """What `collect` returns was true at one instant: everything it read through its reader, as it was then.

        In one run where the engine has snapshots; elsewhere `collect` runs until two runs in a row have read the very
        same versions. It may do nothing but read. Raises Unavailable when the state would not hold still.
        """
        snapshots = Snapshots(self._engine, self._binding, self._cursors)
        for attempt in range(1, ATTEMPTS_MAX + 1):
            found = await snapshots.attempt(collect)
            if found is not None:
                return found.outcome()
            if attempt > 1:
                await self._engine.pause(attempt - 1)
        raise Unavailable("what was read kept changing; try again in a moment")

    async def _alone(self, add: Callable[[Transaction], T]) -> T:
        """A transaction of one action; once more if the clock is behind, since nobody has seen its versions yet."""
        try:
            return await self._once(add)
        except ClockBehind:
            return await self._once(add)

    async def _once(self, add: Callable[[Transaction], T]) -> T:
        async with self.transaction() as tx:
            added = add(tx)
        return added

    async def _recorded(self, idempotency: IdempotencyKey) -> Any:
        """The record of a request that was done with this key; None when there is none."""
        key = self._record_key(idempotency)
        record = await self.find(key)
        if record is not None:
            tenant_id, item_key = self._binding.tenant_id, self._binding.item_key(key)
            self._engine.commits.repeated(tenant_id, item_key, info_of(key.entity).kind, record.version)
        return record

    def _record_key(self, idempotency: IdempotencyKey) -> Key[Any]:
        kind = IdempotencyRecord if self._binding.scope == "tenant" else PlatformIdempotencyRecord
        return kind.at(idempotency_key=idempotency.key)

    def _record(self, idempotency: IdempotencyKey, now: datetime, result: Any) -> Entity:
        kind = IdempotencyRecord if self._binding.scope == "tenant" else PlatformIdempotencyRecord
        return kind(
            idempotency_key=idempotency.key,
            payload_hash=idempotency.payload_hash,
            answer=msgspec.json.encode(result).decode(),
            expires_at=now + timedelta(seconds=IDEMPOTENCY_KEPT_S),
        )


def _replayed(record: Any, idempotency: IdempotencyKey, answer: Any) -> Any:
    """The answer of the first time. Raises Conflict when the key was used for something else."""
    if record.payload_hash != idempotency.payload_hash:
        raise Conflict(
            f"idempotency key {idempotency.key!r} was used for another request; take a new key for a new request"
        )
    idempotency.replayed = True
    with contextlib.suppress(msgspec.ValidationError):
        return msgspec.json.decode(record.answer, type=answer)
    raise Conflict(
        f"the request with idempotency key {idempotency.key!r} was done by another version of this program;"
        " read the result instead of repeating the request"
    )
