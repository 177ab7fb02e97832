"""Maintenance: what may cross from one tenant's items to another's, because it walks the physical table itself.

Erasing a tenant has no other way: a tenant's items lie in partitions that no listing names together.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from entaku.core.clock import to_ms
from entaku.core.errors import Unavailable
from entaku.core.limits import ATTEMPTS_MAX, BACKOFF_FIRST_S, BACKOFF_MAX_S, TRANSACTION_ACTIONS_MAX
from entaku.table.blobs.fetching import together
from entaku.table.blobs.keys import UNREFERENCED, tenant_prefix
from entaku.table.blobs.store import BlobStore
from entaku.table.driver import Delete, Expect, Item, ItemKey, Refused
from entaku.table.engine import Engine, sleep
from entaku.table.reader import Binding
from entaku.table.table import Table

WALKED_AT_ONCE_MAX = 1_000
"""Items looked at in one step, whoever's they are."""


class ErasureStep(msgspec.Struct, frozen=True):
    """What one step of an erasure came to."""

    erased: int
    after: ItemKey | None
    """Where the next step goes on; None at the end of the table."""


async def erase_tenant(
    table: Table, tenant_id: str, *, after: ItemKey | None = None, limit: int = WALKED_AT_ONCE_MAX
) -> ErasureStep:
    """One step of erasing every item of a tenant, expired ones included: looks at the next `limit` items of the table.

    Steps follow each other with the `after` of the one before. A step may be repeated, and an erasure begun anew at any
    time. Nothing keeps others from writing meanwhile: shut the tenant first, and go on until a whole walk erases
    nothing. Items whose kind is logged leave a change each. Raises Unavailable.
    """
    prefix = Binding("tenant", tenant_id).prefix
    items = await table.driver.walk(0, 1, after=after, limit=limit)
    own = [item for item in items if item.pk.startswith(prefix)]
    erased = 0
    for start in range(0, len(own), TRANSACTION_ACTIONS_MAX):
        erased += await _erase(table, tenant_id, own[start : start + TRANSACTION_ACTIONS_MAX])
    is_end = len(items) < limit
    return ErasureStep(erased, None if is_end else ItemKey(items[-1].pk, items[-1].sk))


async def erase_blobs(table: Table, tenant_id: str) -> int:
    """Remove every value that a tenant keeps apart, at once, and say how many there were.

    For a tenant whose items are erased: nobody refers to them any more. Safe to repeat. Raises Unavailable.
    """
    if table.blobs is None:
        return 0
    own = tenant_prefix(tenant_id)
    erased = await _erase_below(table.blobs, own, table.engine)
    await _erase_below(table.blobs, UNREFERENCED + own, table.engine)
    return erased


async def _erase_below(store: BlobStore, prefix: str, engine: Engine) -> int:
    erased = 0
    while found := await engine.patiently(lambda: store.list(prefix=prefix, after=None, limit=WALKED_AT_ONCE_MAX)):
        await together([(lambda key=each.key: engine.patiently(lambda: store.delete(key))) for each in found])
        erased += len(found)
    return erased


async def _erase(table: Table, tenant_id: str, items: Sequence[Item]) -> int:
    """Deletes the items together; those that somebody else was faster with are left to the next walk."""
    remaining, is_answer_lost = list(items), False
    for attempt in range(1, ATTEMPTS_MAX + 1):
        if not remaining:
            break
        now_ms = to_ms(table.clock.now())
        actions = [_delete(table, item, now_ms) for item in remaining]
        try:
            await table.driver.write(actions, tenant=tenant_id, now_ms=now_ms)
            return len(remaining)
        except Unavailable as error:
            if attempt == ATTEMPTS_MAX:
                raise
            is_answer_lost = is_answer_lost or error.outcome_unknown
            await sleep(min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** (attempt - 1)))
        except Refused as refused:
            if is_answer_lost:
                return len(remaining)  # Done the time before; were it not, the next walk would find them.
            del remaining[refused.position]
    return 0


def _delete(table: Table, item: Item, now_ms: int) -> Delete:
    info = table.model.of_kind(item.kind)
    # For every call but this an expired item is absent already; deleting what is absent removes what is left of it.
    is_expired = item.expires_ms is not None and item.expires_ms <= now_ms
    return Delete(
        key=ItemKey(item.pk, item.sk),
        expect=Expect(present=not is_expired),
        logged=info is not None and info.logged,
    )
