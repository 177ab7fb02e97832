"""Every operation that changes something leaves a record: in the trail of the tenant that it changed.

The operations are those whose calls are counted, each with its cases; what they write is seen by walking the table.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.table.driver import Item, ItemKey
from entaku.table.moving.bulk import bulk
from entaku.testing import ManualClock
from tests.building import build_on
from tests.modules.calls.furnishing import SmallWorld, furnish
from tests.modules.calls.operation import Operation
from tests.modules.calls.page import OPERATIONS

pytestmark = pytest.mark.thorough

RECORDS = ("AUDIT", "TENANT_NOTE")
NOT_CHANGES = frozenset({"IDEMPOTENCY", "PLATFORM_IDEMPOTENCY", "RECEIPT", "PLATFORM_RECEIPT"})
"""What the table keeps for itself."""
WALKED = 500
WITHOUT = {
    "authentication.authenticate": "the day on which a key was last used",
    "sharing.jobs": "what is worked on decides nothing",
    "sharing.requests.asking.ask: for what is not there": "there is nothing whose trail it could be in",
    "sharing.previews.preview": "what might be changed is not",
    "accounts.purging.purge": "the trail is erased with the rest",
}


async def stored(world: SmallWorld) -> dict[ItemKey, Item]:
    """Every item of the table."""
    driver = bulk(world.app.table.driver)
    found: dict[ItemKey, Item] = {}
    after: ItemKey | None = None
    while True:
        items = await driver.walk(0, 1, after=after, limit=WALKED)
        found |= {ItemKey(item.pk, item.sk): item for item in items}
        if len(items) < WALKED:
            return found
        after = ItemKey(items[-1].pk, items[-1].sk)


def differing(before: dict[ItemKey, Item], after: dict[ItemKey, Item]) -> set[str]:
    """The kinds of the items that came, changed or went."""
    keys = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return {(after.get(key) or before[key]).kind for key in keys} - NOT_CHANGES


def reason_without(operation: Operation) -> str | None:
    return next((why for name, why in WITHOUT.items() if operation.title.startswith(name)), None)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.title)
async def test_an_operation_that_writes_leaves_a_record(operation: Operation, tmp_path: Path) -> None:
    app = await build_on("sqlite", tmp_path, ManualClock())
    try:
        world = await furnish(app, app.clock)  # pyright: ignore[reportArgumentType]
        if operation.before is not None:
            await operation.before(world)
        before = await stored(world)

        await operation.deed(world)

        written = differing(before, await stored(world))
    finally:
        await app.close()
    if written and reason_without(operation) is None:
        assert written & {*RECORDS}, f"{operation.title} changed {sorted(written)} in silence"
