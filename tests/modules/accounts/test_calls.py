"""What grows with a tenant and what does not: calls of the table beyond those that docs/calls.md counts."""

from __future__ import annotations

import pytest

from entaku.modules.accounts import (
    Accounts,
    Group,
    Role,
    UserChange,
)
from entaku.table import Model, Table, idempotency_key
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.engines import SECRET
from tests.modules.accounts.conftest import ANN, Referring, furnished


@pytest.fixture
def counting(bare_driver: Driver) -> CountingDriver:
    return CountingDriver(bare_driver)


@pytest.fixture
async def counted(counting: CountingDriver, model: Model, clock: ManualClock) -> Accounts:
    table = Table(counting, model, secret=SECRET, clock=clock)
    services = await furnished(table, Referring())
    await services.directory.put_many(
        ANN, [Group(group_id="staff", name="Staff"), Group(group_id="empty", name="Empty")]
    )
    await services.users.change(ANN, "ben", UserChange(join=frozenset({"staff"})))
    await services.users.change(ANN, "ann", UserChange(email="ann@example.com"))
    await services.directory.hierarchy(ANN)
    return services


async def test_a_directory_that_changed_is_read_once_more(counted: Accounts, counting: CountingDriver) -> None:
    await counted.directory.create(ANN, Role(role_id="x", name="X"))
    counting.start()

    await counted.directory.hierarchy(ANN)

    assert dict(counting.calls) == {"read": 2, "query": 1}


async def test_the_largest_change_of_a_user_fits_a_transaction(counted: Accounts, counting: CountingDriver) -> None:
    ids = [f"g{n:02}" for n in range(60)]
    for part in (ids[:40], ids[40:]):
        await counted.directory.put_many(ANN, [Group(group_id=g, name=g) for g in part])
    counting.start()

    change = UserChange(email="new@example.com", join=frozenset(ids))
    await counted.users.change(ANN, "ann", change, idempotency=idempotency_key("k", b""))

    # 60 members, the profile, two guards, the directory checked, the audit record, the idempotency record.
    assert counting.actions_written == 66
