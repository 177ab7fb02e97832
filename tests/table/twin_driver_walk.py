"""One random walk through what a driver is asked itself, on two engines at once: lists of actions and their refusals,
ranges of every shape, batches of keys, changes.

Actions are made with plain values in the place of encoded ones, and each engine gets them in its own form. First
versions come from one counter, so that none is used up: of those that are, an engine may refuse more than it must.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from entaku.core.clock import to_ms
from entaku.table import Model
from entaku.table.driver import (
    Action,
    Check,
    Codec,
    Delete,
    Driver,
    Expect,
    IndexKey,
    Item,
    ItemKey,
    Patch,
    Predicate,
    Put,
    Range,
)
from tests.table.entities import ENTITIES
from tests.table.twins import Both, Log, Twins, check_same_of_each, envelope, outcome, patiently, plain, stored

PLACES = ("a", "a#", "b", "b0", "\u00e9", "\uffff", "\U00010000")
KEYS = [*(ItemKey("P", sk) for sk in PLACES), ItemKey("Q#", "a"), ItemKey("Q#", "b")]
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "present", "missing")

keys = st.sampled_from(KEYS)
places = st.sampled_from(PLACES)
numbers = st.sampled_from((0, -1, 5, 10, 2**60, 10**37))
strings = st.sampled_from(("", "a", "B", "\u00e9", "\uffff", "\U00010000", "5"))
blobs = st.sampled_from((b"", b"a", b"\xff", b"\x00"))
fields = st.fixed_dictionaries(
    {}, optional={"n": st.none() | numbers, "text": st.none() | strings, "raw": st.none() | blobs, "on": st.booleans()}
)
# Of the field's own type, as the table above sees to: in JSON, bytes look like a text and a decimal like another one.
predicates = st.one_of(
    *(
        st.builds(Predicate, st.just(name), st.sampled_from(OPERATORS), possible | st.none())
        for name, possible in (
            ("n", numbers),
            ("text", strings),
            ("raw", blobs),
            ("on", st.booleans()),
            ("never", st.one_of(numbers, strings, blobs)),
        )
    )
)
index_keys = st.dictionaries(st.integers(1, 2), places, max_size=2)
ends = st.sampled_from((None, None, -10, 0, 10, 20, 40))
"""When an item expires, in milliseconds from now: steps of the clock often end there."""
present = st.one_of(
    st.just(Expect(present=True)),
    st.builds(Expect, present=st.just(True), where=st.tuples(predicates)),
    st.builds(
        Expect,
        present=st.just(True),
        # Relative to the version that is stored; see `_expect`.
        version=st.none() | st.sampled_from((0, 0, 0, 1, -1)),
        schema=st.none() | st.sampled_from((1, 1, 1, 2)),
        schema_max=st.none() | st.sampled_from((1, 2)),
        where=st.lists(predicates, max_size=2).map(tuple),
    ),
)
wanted = st.one_of(present, present, st.just(Expect(present=False)))
puts = st.tuples(st.just("put"), keys, wanted, st.booleans(), fields, ends, index_keys)
patches = st.tuples(st.just("patch"), keys, present, st.booleans(), fields, ends, index_keys)
sums = st.tuples(st.just("sum"), keys, present, st.booleans(), st.sampled_from(("n", "never")), numbers)
others = st.tuples(st.sampled_from(("delete", "check")), keys, wanted, st.booleans())
ranges = st.builds(
    Range,
    pk=st.sampled_from(("P", "Q#", "I")),
    index=st.sampled_from((0, 1, 2)),
    low=st.just("") | places,
    high=st.none() | places,
    after=st.none() | st.sampled_from((*PLACES, "a\x7f")),
    reverse=st.booleans(),
    limit=st.integers(1, 4),
)


class DriverWalk(RuleBasedStateMachine):
    """Whatever is done is done on both engines, and `Twins.ask` compares."""

    def __init__(self, folder: Path, storm_seed: int | None) -> None:
        super().__init__()
        self.twins = Twins(folder, Model(ENTITIES), storm_seed=storm_seed)
        self.log = Log(self.twins, _shown)
        self._first_versions = itertools.count(1_000, 1_000)

    @initialize(number=st.integers(0, len(KEYS)))
    def furnish(self, number: int) -> None:
        for n, key in enumerate(KEYS[:number]):
            put = self._put(
                key, Expect(present=False), n % 2 == 0, {"n": n, "text": None}, (None, 80)[n % 2], {1 + n % 2: key.sk}
            )
            self.ask(_writing([put], self._now_ms()))

    @rule(drawn=st.one_of(puts, others))
    def put_or_remove(self, drawn: Any) -> None:
        self._write([drawn])

    @rule(drawn=st.one_of(patches, patches, sums))
    def patch(self, drawn: Any) -> None:
        self._write([drawn])

    @rule(key=keys, asked=st.lists(predicates, min_size=2, max_size=4), data=fields)
    def judge(self, key: ItemKey, asked: list[Predicate], data: Any) -> None:
        """What predicates say of an item that was just put."""
        self._write([("delete", key, Expect(present=True), False)])
        self._write([("put", key, Expect(present=False), False, data, None, {})])
        for predicate in asked:
            self._write([("check", key, Expect(present=True, where=(predicate,)), False)])

    @rule(drawn=st.lists(st.one_of(puts, puts, patches, sums, others), min_size=2, max_size=4))
    def write_several(self, drawn: Sequence[Any]) -> None:
        self._write(drawn)

    @rule(part=ranges)
    def walk(self, part: Range) -> None:
        self.twins.settle()
        self.ask(lambda driver: _walked(driver, part, self._now_ms()))

    @rule(asked=st.lists(keys, max_size=6), snapshot=st.booleans(), consistent=st.booleans())
    def read(self, asked: Sequence[ItemKey], snapshot: bool, consistent: bool) -> None:
        now_ms = self._now_ms()
        self.ask(lambda driver: _reading(driver, asked, now_ms=now_ms, consistent=consistent, snapshot=snapshot))

    @rule(ms=st.sampled_from((0, 1, 10, 20)))
    def time_passes(self, ms: int) -> None:
        self.twins.clock.advance(timedelta(milliseconds=ms))

    @rule(limit=st.integers(1, 3))
    def remove_some(self, limit: int) -> None:
        self.ask(lambda driver: driver.remove_expired(now_ms=self._now_ms(), limit=limit))

    @rule()
    def compare_logs(self) -> None:
        self.ask(lambda driver: driver.remove_expired(now_ms=self._now_ms(), limit=1000))
        self.log.compare()

    def teardown(self) -> None:
        try:
            check_same_of_each(*(stored(self.twins, driver, _shown) for driver in self.twins.bare))
            self.compare_logs()
        finally:
            self.twins.close()

    def ask(self, question: Callable[[Driver], Awaitable[Any]]) -> Both:
        return self.twins.ask(question, self.twins.drivers)

    def _write(self, drawn: Sequence[Any]) -> None:
        self.ask(_writing([self._action(*each) for each in drawn], self._now_ms()))

    def _now_ms(self) -> int:
        return to_ms(self.twins.clock.now())

    def _now(self) -> str:
        return self.twins.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _action(self, verb: str, key: ItemKey, want: Expect, logged: bool, *more: Any) -> Action:
        expect = self._expect(key, want)
        match verb:
            case "put":
                return self._put(key, expect, logged, *more)
            case "patch":
                return self._patch(key, expect, logged, *more)
            case "sum":
                field, amount = more
                return Patch(
                    key=key, expect=expect, write_id="w3", updated_at=self._now(), add={field: amount}, logged=logged
                )
            case "delete":
                return Delete(key=key, expect=expect, logged=logged)
            case _:
                return Check(key=key, expect=expect)

    def _put(
        self, key: ItemKey, expect: Expect, logged: bool, data: Any, end: int | None, places: dict[int, str]
    ) -> Put:
        version = next(self._first_versions)
        if expect.present:
            version = self._version(key) + 1
        expires_ms = None if end is None else self._now_ms() + end
        shown = tuple(IndexKey(index, "I", f"{place}#{key.pk}") for index, place in sorted(places.items()))
        item = Item(*key, "KIND", 1, data, version, "w1", self._now(), self._now(), expires_ms, shown)
        return Put(item=item, expect=expect, logged=logged)

    def _patch(
        self, key: ItemKey, expect: Expect, logged: bool, data: Any, end: int | None, places: dict[int, str]
    ) -> Patch:
        """Where an index is not named, it is left alone if the patch does not say when the item expires."""
        moved = {index: IndexKey(index, "I", f"{place}#{key.pk}") for index, place in places.items()}
        expires_ms = msgspec.UNSET if end is None else self._now_ms() + end if end > 0 else None
        left: dict[int, IndexKey | None] = {} if end is None else {1: None, 2: None}
        return Patch(
            key=key,
            expect=expect,
            write_id="w2",
            updated_at=self._now(),
            set=data,
            index_keys=left | moved,
            expires_ms=expires_ms,
            logged=logged,
        )

    def _expect(self, key: ItemKey, want: Expect) -> Expect:
        """With a version that is the stored one, or misses it."""
        if not want.present:
            return Expect(present=False)
        version = None if want.version is None else self._version(key) + want.version
        return msgspec.structs.replace(want, version=version)

    def _version(self, key: ItemKey) -> int:
        driver = self.twins.bare.sqlite
        (item,) = self.twins.run(driver.read([key], now_ms=self._now_ms()))
        return 7 if item is None else item.version


def _writing(actions: Sequence[Action], now_ms: int) -> Callable[[Driver], Awaitable[Any]]:
    async def write(driver: Driver) -> Any:
        encoded = [_encoded(driver.codec, action) for action in actions]
        answer = await outcome(driver.write(encoded, tenant="acme", now_ms=now_ms))
        return (
            [item and _shown(driver, item) for item in answer] if isinstance(answer, list) else _refusal(driver, answer)
        )

    return write


def _refusal(driver: Driver, error: Any) -> Any:
    item = getattr(error, "current", None)
    return plain(error), getattr(error, "position", None), item and _shown(driver, item)


async def _reading(driver: Driver, asked: Sequence[ItemKey], **how: Any) -> Any:
    return [item and _shown(driver, item) for item in await driver.read(asked, **how)]


async def _walked(driver: Driver, part: Range, now_ms: int) -> Any:
    """The whole range, stretch by stretch: how much one stretch holds is the engine's own affair."""
    found: list[Any] = []
    for _ in range(len(KEYS) + 1):
        (stretch,) = await patiently(partial(driver.query, [part], now_ms=now_ms))
        assert len(stretch.items) == len(stretch.positions) <= part.limit
        found += [(place, _shown(driver, item)) for place, item in zip(stretch.positions, stretch.items, strict=True)]
        if not stretch.more:
            return found
        part = msgspec.structs.replace(part, after=stretch.positions[-1])
    raise AssertionError(f"{part} does not end")


def _shown(driver: Driver, item: Item) -> Any:
    return envelope(item), plain(driver.codec.fields(item.data))


def _encoded(codec: Codec, action: Action) -> Action:
    expect = msgspec.structs.replace(
        action.expect,
        where=tuple(
            Predicate(each.field, each.operator, codec.encode_field(each.value)) for each in action.expect.where
        ),
    )
    match action:
        case Put():
            item = msgspec.structs.replace(action.item, data=codec.from_fields(action.item.data))
            return msgspec.structs.replace(action, item=item, expect=expect)
        case Patch():
            parts = {
                name: {field: codec.encode_field(value) for field, value in getattr(action, name).items()}
                for name in ("set", "add")
            }
            return msgspec.structs.replace(action, expect=expect, **parts)
        case _:
            return msgspec.structs.replace(action, expect=expect)
