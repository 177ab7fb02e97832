"""A deletion that was slow meets a later user of the same id, and leaves that one's things to whom they belong."""

from __future__ import annotations

from pathlib import Path

from entaku.core.config import Config
from entaku.core.context import Actor
from entaku.main import App, build
from entaku.modules.accounts import (
    TIERS,
    Accounts,
    Group,
    NewTenant,
    NewUser,
    Principal,
    StillDeleted,
    UserProfile,
    UserState,
)
from entaku.table import changed
from tests.reliability.invariants import violations

TENANT = "acme"
ANN = NewUser(user_id="ann", name="Ann", groups=frozenset({"readers"}))


class Overtaken:
    """While the first deletion lets go of shares, another one finishes, Ann comes again, and a third one begins."""

    def __init__(self, app: App) -> None:
        self._app, self._calls = app, 0

    async def release(self, actor: Actor, principal: Principal, still: StillDeleted) -> int:
        self._calls += 1
        if self._calls == 1:
            await self._app.accounts.users.delete(actor, "ann")
            again = await self._app.accounts.users.create(actor, ANN)
            table = self._app.table.for_tenant(TENANT)
            await table.replace(changed(again, state=UserState.DELETING))
        return 0


async def test_a_slow_deletion_does_not_remove_a_later_user_half_way(tmp_path: Path) -> None:
    app = await build(Config(data=tmp_path / "data"))
    actor = app.operator(TENANT)
    await app.accounts.tenants.create(actor, NewTenant(tenant_id=TENANT, name="Acme"))
    await app.accounts.directory.create(actor, Group(group_id="readers", name="Readers"))
    await app.accounts.users.create(actor, ANN)
    slow = Accounts(app.table, app.audit, TIERS)
    slow.join(releaser=Overtaken(app), owned=app.sharing.libraries)

    await slow.users.delete(actor, "ann")

    assert await violations(app) == []
    assert await app.table.for_tenant(TENANT).find(UserProfile.at(user_id="ann")) is not None
    await app.close()
