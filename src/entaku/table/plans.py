"""Plans: what a transaction means to do, before the physical actions are known, and what can be told from its items."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, Inexact
from typing import Any

import msgspec

from entaku.core.errors import Invalid
from entaku.core.limits import NUMBER_DIGITS_MAX, TRANSACTION_BYTES_MAX
from entaku.table.driver import Action, Check, Codec, Delete, Expect, Item, ItemKey, Put
from entaku.table.entity import EntityInfo, changed, info_of
from entaku.table.fields import Condition
from entaku.table.idempotency import IdempotencyRecord, PlatformIdempotencyRecord
from entaku.table.receipts import PlatformReceipt, Receipt
from entaku.table.sizes import check_item_size

_EXACT = Context(prec=NUMBER_DIGITS_MAX, traps=[Inexact])

PROOF_KINDS = frozenset(
    info_of(entity).kind for entity in (Receipt, PlatformReceipt, IdempotencyRecord, PlatformIdempotencyRecord)
)
"""Items written with a transaction and deleted by nobody: without them, or with another's, it did not happen."""


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
    """Told the entity as it is stored, after the commit; None where somebody had deleted it before it could be seen."""

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

    @property
    def expectation(self) -> Expect:
        """What the caller expects, without the guards of our own."""
        return Expect(present=True, version=self.expect, schema_max=self.info.schema)

    def applied(self, entity: Any) -> Any:
        """What the patch makes of an entity."""
        sums = {name: _sum(getattr(entity, name) or 0, amount) for name, amount in self.add.items()}
        return changed(entity, **self.set, **sums)


Plan = Put | Delete | Check | PatchPlan


class Evidence(enum.Enum):
    """What the items of a transaction tell about an attempt whose answer was lost."""

    HAPPENED = enum.auto()
    DID_NOT = enum.auto()
    """Not yet; should it be on its way still, it and another attempt cannot both happen."""
    UNCLEAR = enum.auto()
    """Others have written since, or the attempt would have left no trace."""


def evidence(plans: Sequence[Plan], items: Sequence[Item | None], write_id: str) -> Evidence:
    """Judges by what is stored now under the keys of the plans.

    Versions only grow, so an item that is still at the version that was to be changed was not changed; nor was one that
    somebody else has brought to the very next version. An absent item proves nothing, for it may have been deleted
    since, unless it is one that nobody deletes.
    """
    if any(item is not None and item.write_id == write_id for item in items):
        return Evidence.HAPPENED
    if all(isinstance(plan, Check) for plan in plans):
        return Evidence.DID_NOT
    for plan, item in zip(plans, items, strict=True):
        if isinstance(plan, Put) and plan.item.kind in PROOF_KINDS:
            return Evidence.DID_NOT
        if item is not None and not isinstance(plan, Check | Delete):
            before = plan.expect if isinstance(plan, PatchPlan) else plan.expect.version
            if before is not None and item.version <= before + 1:
                return Evidence.DID_NOT
    return Evidence.UNCLEAR


def _sum(value: int | Decimal, amount: int | Decimal) -> int | Decimal:
    """The exact sum. Raises Invalid when it has more digits than an engine keeps."""
    if not isinstance(amount, Decimal):
        return value + amount
    try:
        return _EXACT.add(Decimal(value), amount)
    except Inexact as error:
        raise Invalid(f"the sum of {value} and {amount} has more than {NUMBER_DIGITS_MAX} digits") from error


def check_size(codec: Codec, actions: Sequence[Action], plans: Sequence[Plan]) -> None:
    """Raises Invalid for an item or a transaction that the smallest engine would refuse."""
    total = sum(check_item_size(codec, action.item) for action in actions if isinstance(action, Put))
    total += sum(len(msgspec.json.encode(plan.set)) for plan in plans if isinstance(plan, PatchPlan) and plan.set)
    if total > TRANSACTION_BYTES_MAX:
        raise Invalid(f"this change has {total} bytes, a transaction holds {TRANSACTION_BYTES_MAX}; send it in parts")
