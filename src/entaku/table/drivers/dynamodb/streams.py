"""The change log: DynamoDB's stream of the table, read shard by shard.

Every shard that is read from has a place in the position; where a shard ends, its children take its place. DynamoDB
keeps records for 24 hours. It may show a record a moment after the write was answered, so that "from now on" can begin
with a change of just before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.errors import Conflict, Internal
from entaku.core.ids import shown
from entaku.core.limits import CHANGES_KEPT_S
from entaku.table.driver import Change, ChangeBatch
from entaku.table.drivers.dynamodb.errors import ITERATOR_EXPIRED, NOT_FOUND, TRIMMED, Rejected
from entaku.table.drivers.dynamodb.positions import Place, from_text, to_text
from entaku.table.drivers.dynamodb.records import Record, changes_of
from entaku.table.drivers.dynamodb.tables import Tables
from entaku.table.drivers.dynamodb.wire import Wire

T = TypeVar("T")

RECORDS_MAX = 1000
"""GetRecords gives no more at once."""

EMPTY_READS_MAX = 10
"""DynamoDB may answer nothing although more follows. Who begins to read believes so many such answers in a row; who is
at the end already believes one."""

EARLIER_S = 60
"""How much earlier reading begins where only a time tells from where: clocks differ."""


class _Shard(msgspec.Struct, frozen=True, rename="pascal"):
    shard_id: str
    parent_shard_id: str = ""
    sequence_number_range: dict[str, str] = {}

    @property
    def is_open(self) -> bool:
        return "EndingSequenceNumber" not in self.sequence_number_range


class _Stream(msgspec.Struct, frozen=True, rename="pascal"):
    shards: list[_Shard] = []
    last_evaluated_shard_id: str | None = None


class _Described(msgspec.Struct, frozen=True):
    stream: _Stream = msgspec.field(name="StreamDescription")


class _Iterator(msgspec.Struct, frozen=True, rename="pascal"):
    shard_iterator: str


class Look(msgspec.Struct, frozen=True, rename="pascal"):
    """What one shard shows from a place on."""

    records: list[Record] = []
    next_shard_iterator: str | None = None
    """None at the end of a shard that has ended."""


_described_decoder = msgspec.json.Decoder(_Described)
_iterator_decoder = msgspec.json.Decoder(_Iterator)
_look_decoder = msgspec.json.Decoder(Look, strict=False)

Told = Callable[[Record], list[Change]]
"""What a record comes to, without positions."""


class ChangeReader:
    """Reads the stream of one table, as changes of logged items or as whatever else its records are to come to."""

    def __init__(
        self,
        wire: Wire,
        tables: Tables,
        clock: Clock,
        *,
        told: Told = changes_of,
        decoder: msgspec.json.Decoder[Look] = _look_decoder,
    ) -> None:
        self._wire, self._tables, self._clock = wire, tables, clock
        self._told, self._decoder = told, decoder
        self._stream = ""
        """Its ARN; empty as long as nobody has asked."""
        self._going_on: dict[str, tuple[str, str]] = {}
        """By shard: after which record reading stopped, and DynamoDB's own mark of that place."""

    async def read(self, after: str | None, limit: int) -> ChangeBatch:
        """See the driver's `changes`."""
        if after is None:
            self._stream = await self._find_stream()
            return ChangeBatch((), to_text(self._stream, await self._places_from_now_on()))
        position = from_text(after)
        oldest_s = min((place.seen_s for place in position.places), default=0)
        self._stream = self._stream or await self._find_stream()
        if position.stream != self._stream or self._now_s() - oldest_s > CHANGES_KEPT_S:
            raise _too_old(after)
        try:
            return await self._read(position.places, limit)
        except Rejected as rejected:
            if rejected.refused_as in (TRIMMED, NOT_FOUND):
                raise _too_old(after) from rejected
            raise

    async def _read(self, places: Sequence[Place], limit: int) -> ChangeBatch:
        """Looks at every shard, and again and again where there are records but no changes of ours yet."""
        waiting, done = deque(places), list[Place]()
        changes: list[Change] = []
        while waiting and len(changes) < limit:
            began_s = self._now_s()
            begin, look = await self._look(waiting.popleft(), limit - len(changes))
            place = begin
            for place, change in _steps(begin, look.records, self._told):
                if change is not None:
                    position = to_text(self._stream, (*waiting, place, *done))
                    changes.append(msgspec.structs.replace(change, position=position))
                    if len(changes) == limit:
                        done.append(place)
                        break
            else:
                if look.next_shard_iterator is None:
                    children = await self._children_of(place)
                    waiting.extend(children)
                    done.extend([] if children else [place])
                elif look.records and not changes:
                    waiting.append(self._go_on(place, look.next_shard_iterator))
                else:
                    at_end = msgspec.structs.replace(place, seen_s=began_s) if not look.records else place
                    done.append(self._go_on(at_end, look.next_shard_iterator))
        return ChangeBatch(tuple(changes), to_text(self._stream, (*waiting, *done)))

    async def _look(self, place: Place, limit: int) -> tuple[Place, Look]:
        """What the shard shows next. The place is another one where its mark was lost."""
        mark = place.iterator or self._mark_of(place)
        if mark is not None:
            try:
                return place, await self._records(mark, limit)
            except Rejected as rejected:
                if rejected.refused_as != ITERATOR_EXPIRED:
                    raise
        if place.iterator:
            place = msgspec.structs.replace(place, iterator="", since_s=place.seen_s - EARLIER_S)
        look = await self._records(await self._begin(place), limit)
        for _ in range(EMPTY_READS_MAX):
            if look.records or look.next_shard_iterator is None:
                break
            look = await self._records(look.next_shard_iterator, limit)
        return place, look

    async def _records(self, iterator: str, limit: int) -> Look:
        request = {"ShardIterator": iterator, "Limit": min(limit, RECORDS_MAX)}
        return await self._call("GetRecords", request, self._decoder)

    async def _begin(self, place: Place) -> str:
        """DynamoDB's mark of a place that is known by a record, or by the beginning of its shard."""
        if not place.sequence:
            return await self._iterator(place.shard, {"ShardIteratorType": "TRIM_HORIZON"})
        kind = "AT_SEQUENCE_NUMBER" if place.told else "AFTER_SEQUENCE_NUMBER"
        return await self._iterator(place.shard, {"ShardIteratorType": kind, "SequenceNumber": place.sequence})

    def _mark_of(self, place: Place) -> str | None:
        sequence, mark = self._going_on.get(place.shard, (None, None))
        return mark if sequence == place.sequence and not place.told else None

    def _go_on(self, place: Place, mark: str) -> Place:
        """Note the mark of a place that nothing before it needs: in the place where it has no other, or else here."""
        if place.iterator:
            return msgspec.structs.replace(place, iterator=mark)
        self._going_on[place.shard] = (place.sequence, mark)
        return place

    async def _children_of(self, place: Place) -> list[Place]:
        """The beginnings of the shards that follow a shard that was read to its end."""
        self._going_on.pop(place.shard, None)
        return [
            Place(shard.shard_id, place.seen_s, since_s=place.since_s)
            for shard in await self._shards()
            if shard.parent_shard_id == place.shard
        ]

    async def _places_from_now_on(self) -> list[Place]:
        latest = {"ShardIteratorType": "LATEST"}
        return [
            Place(shard.shard_id, self._now_s(), iterator=await self._iterator(shard.shard_id, latest))
            for shard in await self._shards()
            if shard.is_open
        ]

    async def _shards(self) -> list[_Shard]:
        found: list[_Shard] = []
        request = {"StreamArn": self._stream}
        while True:
            described = await self._call("DescribeStream", request, _described_decoder)
            found += described.stream.shards
            if described.stream.last_evaluated_shard_id is None:
                return found
            request = {**request, "ExclusiveStartShardId": described.stream.last_evaluated_shard_id}

    async def _iterator(self, shard: str, where: dict[str, str]) -> str:
        request = {"StreamArn": self._stream, "ShardId": shard, **where}
        return (await self._call("GetShardIterator", request, _iterator_decoder)).shard_iterator

    async def _call(self, operation: str, request: dict[str, Any], decoder: msgspec.json.Decoder[T]) -> T:
        return await self._wire.call(operation, request, decoder, service="streams.dynamodb")

    async def _find_stream(self) -> str:
        stream = (await self._tables.describe()).latest_stream_arn
        if stream is None:
            raise Internal("the table has no stream: enable one with new and old images, or let the driver create it")
        return stream

    def _now_s(self) -> int:
        return to_ms(self._clock.now()) // 1000


def _steps(place: Place, records: Sequence[Record], told_of: Told) -> Iterator[tuple[Place, Change | None]]:
    """From one place to the next: over each change that is to be told, and over each record when it is done with."""
    for record in records:
        content = record.content
        made = told_of(record) if content.created_s >= place.since_s else []
        begin = place.told if content.sequence == place.sequence else 0
        place = Place(place.shard, int(content.created_s), content.sequence, since_s=place.since_s)
        for number, change in enumerate(made[begin:], begin + 1):
            told = number if number < len(made) else 0
            yield msgspec.structs.replace(place, told=told), change
        yield place, None


def _too_old(position: str) -> Conflict:
    return Conflict(f"position {shown(position)} is not in the change log any more; read the table and go on from now")
