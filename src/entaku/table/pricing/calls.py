"""The units of one call, from the declarations: what its pattern reads, what its writes come to with their indexes.

This is how our driver asks: it wants one item more than a page holds, asks every shard of a listing for a whole page,
leaves a tombstone where something is removed, and reads after a transaction what its patches have made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown
from entaku.core.limits import TRANSACTION_ACTIONS_MAX
from entaku.table.derived.examples import example_of
from entaku.table.derived.images import image_bytes, image_of
from entaku.table.entity import EntityInfo
from entaku.table.model import Model
from entaku.table.patterns import Pattern
from entaku.table.pricing.load import Call, Demand, Load
from entaku.table.pricing.units import Reading, Units, read_units, write_units
from entaku.table.templates import components

EXAMPLE_TENANT = "tenant-1"
RECEIPTS = {"tenant": "RECEIPT", "platform": "PLATFORM_RECEIPT"}
"""What a transaction writes beside, by scope, when it only removes."""


class CallPricer:
    """Knows the sizes of a model's items, and counts what is asked of them."""

    def __init__(self, model: Model, sizes: Mapping[str, int] | None = None) -> None:
        self._model, self._sizes = model, dict(sizes or {})

    def item_bytes(self, kind: str) -> int:
        """As the load says, or else that of an example. Raises Invalid where no example can be made."""
        size = self._sizes.get(kind)
        if size is None:
            size = self._sizes[kind] = _example_bytes(self._info(kind))
        return size

    def units(self, call: Call, items: Mapping[str, float]) -> Units:
        """Of one call; `items` says how many of each kind the tenant keeps, as far as that is known."""
        if call.request is not None:
            return _request_units(call)
        if call.read is not None:
            info, _ = self._pattern(call.read)
            size = call.item_bytes or self.item_bytes(info.kind)
            return Units(reads={0: call.keys * read_units(size, call.reading or "consistent")})
        if call.list is not None:
            info, pattern = self._pattern(call.list)
            return self._list_units(call, info, pattern, items)
        return self._write_units(call)

    def units_of(self, what: str, *, in_transaction: bool = False) -> Units | None:
        """Of one call by its name alone: a pattern, or a verb and a kind. None for what the model does not have."""
        verb, _, kind = what.rpartition(" ")
        info = self._model.of_kind(kind.partition(".")[0])
        if info is None:
            return None
        if verb:
            return self._one_write(verb, info, (), None, in_transaction)
        pattern = next((each for each in info.patterns if each.name == kind.partition(".")[2]), None)
        if pattern is None:
            return None
        call = Call(read=what, per_month=1) if pattern.is_key else Call(list=what, per_month=1)
        return self.units(call, {})

    def _pattern(self, name: str) -> tuple[EntityInfo, Pattern]:
        kind, _, pattern_name = name.partition(".")
        info = self._model.of_kind(kind)
        assert info is not None, f"{kind} was checked to be there"
        return info, next(pattern for pattern in info.patterns if pattern.name == pattern_name)

    def _list_units(self, call: Call, info: EntityInfo, pattern: Pattern, items: Mapping[str, float]) -> Units:
        shards, size = _shards(pattern), call.item_bytes or self.item_bytes(info.kind)
        wanted = call.page_size + 1
        finds = call.finds
        if finds is None and shards > 1:
            finds = items.get(info.kind)
        read = wanted if finds is None else min(wanted, finds / shards)
        reading: Reading = "eventual" if pattern.index else call.reading or "consistent"
        return Units(reads={pattern.index: shards * read_units(read * size, reading)})

    def _write_units(self, call: Call) -> Units:
        """A removal alone becomes a transaction with its receipt, and a check alone is one."""
        writes = [_parsed(text) for text in call.writes]
        verbs = {verb for verb, _, _ in writes}
        if verbs <= {"delete", "check"} and "delete" in verbs:
            info = self._info(writes[0][1])
            writes.append(("create", RECEIPTS[info.scope], ()))
        together = len(writes) > 1 or verbs == {"check"}
        units = Units()
        for verb, kind, fields in writes:
            units = units.plus(self._one_write(verb, self._info(kind), fields, call.item_bytes, together))
        return units

    def _one_write(
        self, verb: str, info: EntityInfo, fields: tuple[str, ...], item_bytes: int | None, together: bool
    ) -> Units:
        size = item_bytes or self.item_bytes(info.kind)
        writes = {0: write_units(size, in_transaction=together)}
        if verb == "check":
            return Units(writes=writes)
        for index in info.indexes:
            # Where its key there changes, the item is removed from one place of the index and put into another.
            is_moved = verb == "patch" and not index.roots.isdisjoint(fields)
            writes[index.index] = write_units(size) * (2 if is_moved else 1)
        reads = {0: read_units(size, "consistent")} if verb == "patch" and together else {}
        return Units(reads=reads, writes=writes)

    def _info(self, kind: str) -> EntityInfo:
        info = self._model.of_kind(kind)
        assert info is not None, f"{kind} was checked to be there"
        return info


def flaws_in(load: Load, model: Model) -> Iterator[Flaw]:
    """What the load says of entities and patterns that the model does not have, or has otherwise."""
    for kind in load.sizes:
        yield from _kind_flaws(kind, model, f"sizes.{kind}", None)
    yield from _demand_flaws(load.platform, model, "platform", "platform")
    for n, tenants in enumerate(load.tenants):
        yield from _demand_flaws(tenants, model, f"tenants[{n}]", "tenant")


def _demand_flaws(demand: Demand, model: Model, place: str, scope: str) -> Iterator[Flaw]:
    for kind in demand.items:
        yield from _kind_flaws(kind, model, f"{place}.items.{kind}", scope)
    for n, call in enumerate(demand.calls):
        at = f"{place}.calls[{n}]"
        if call.read is not None:
            yield from _pattern_flaws(call.read, model, f"{at}.read", scope, wants_key=True)
        if call.list is not None:
            yield from _pattern_flaws(call.list, model, f"{at}.list", scope, wants_key=False)
        if len(call.writes) > TRANSACTION_ACTIONS_MAX:
            said = f"a transaction holds {TRANSACTION_ACTIONS_MAX} writes, not {len(call.writes)}; make several calls"
            yield Flaw(message=said, path=f"{at}.write")
        for m, text in enumerate(call.writes):
            where = f"{at}.write" if isinstance(call.write, str) else f"{at}.write[{m}]"
            _, kind, fields = _parsed(text)
            yield from _kind_flaws(kind, model, where, scope)
            info = model.of_kind(kind)
            if info is not None:
                for field in fields:
                    if field not in info.fields:
                        known = ", ".join(info.fields)
                        yield Flaw(message=f"{kind} has no field {shown(field)}; it has {known}", path=where)


def _kind_flaws(kind: str, model: Model, place: str, scope: str | None) -> Iterator[Flaw]:
    info = model.of_kind(kind)
    if info is None:
        there = ", ".join(each.kind for each in model.entities if scope in (None, each.scope))
        yield Flaw(message=f"there is no entity {shown(kind)}; there are {there}", path=place)
    elif scope is not None and info.scope != scope:
        owner = "the platform" if info.scope == "platform" else "a tenant"
        yield Flaw(message=f"{kind} is an entity of {owner}; put it there", path=place)


def _pattern_flaws(name: str, model: Model, place: str, scope: str, *, wants_key: bool) -> Iterator[Flaw]:
    kind, _, pattern_name = name.partition(".")
    found = list(_kind_flaws(kind, model, place, scope))
    yield from found
    info = model.of_kind(kind)
    if found or info is None:
        return
    pattern = next((each for each in info.patterns if each.name == pattern_name), None)
    if pattern is None:
        known = ", ".join(each.name for each in info.patterns)
        yield Flaw(message=f"{kind} has no pattern {shown(pattern_name)}; it has {known}", path=place)
    elif pattern.is_key != wants_key:
        right = "read" if pattern.is_key else "list"
        yield Flaw(message=f"{name} finds {'one item' if pattern.is_key else 'many'}; use `{right}`", path=place)


def _request_units(call: Call) -> Units:
    size = call.item_bytes or 1
    if call.request == "read":
        return Units(reads={0: call.keys * read_units(size, call.reading or "consistent")})
    together = call.reading == "transaction"
    writes: dict[int, float] = {0: write_units(size, in_transaction=together)}
    return Units(writes=writes | {index: write_units(size) for index in range(1, call.indexes + 1)})


def _parsed(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Verb, kind and fields."""
    verb, kind, *rest = text.split(" ", 2)
    return verb, kind, tuple(field.strip() for field in " ".join(rest).split(",") if field.strip())


def _shards(pattern: Pattern) -> int:
    """How many partitions one listing reads: those of a shard that no parameter gives."""
    free = (c.size for c in components(pattern.partition) if c.form == "shard" and c.root not in pattern.parameters)
    return next(free, 1)


def _example_bytes(info: EntityInfo) -> int:
    try:
        return image_bytes(image_of(info, example_of(info), EXAMPLE_TENANT))
    except Invalid as error:
        raise Invalid(f"{error.message}; say the size of its items under `sizes`") from error
