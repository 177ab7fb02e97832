"""The small world that operations are measured in: a tenant with a few people, and libraries that they share.

Ann owns `l`, which is shared with Bob's group for everything; `alone`, which is not shared; and had `gone`. The process
has read the directory once, as one that has been running for a while.
"""

from __future__ import annotations

from datetime import timedelta

from entaku.core.context import AccessLevel
from entaku.main import App
from entaku.modules.accounts import IssuerRule, NewApiKey, NewUser, TenantChange
from entaku.testing import ManualClock
from tests.modules.sharing.world import World

RULE = IssuerRule(issuer_id="corp", issuer="https://login.example.com", audience="entaku")
LONG_AGO = timedelta(days=40)


class SmallWorld(World):
    api_key = ""
    """Of the service account `robot`."""
    preview_id = ""
    """Of a preview that is kept, where there is one."""


async def furnish(app: App, clock: ManualClock) -> SmallWorld:
    world = SmallWorld(app, clock, "acme")
    await world.create()
    await world.department("d")
    await world.role("r")
    await world.group("g")
    await world.group("empty")
    await world.user("ann", email="ann@example.com")
    await world.user("cara", level=AccessLevel.TENANT_ADMIN)
    await world.user(*(f"u{n}" for n in range(20)))
    await world.user("bob", groups="g")
    for library in ("l", "alone", "gone"):
        await world.library(library)
    await world.sharing.libraries.purge(world.actor(), "gone")
    await world.share("l", "group:g", "read write share")
    await app.accounts.service_accounts.create(world.actor(), NewUser(user_id="robot", name="Robot"))
    made = await app.accounts.service_accounts.create_key(world.actor(), "robot", NewApiKey(key_id="k1"))
    world.api_key = made.text
    await app.accounts.issuers.put(app.operator(), "acme", RULE)
    await app.accounts.directory.hierarchy(world.actor())
    return world


async def suspend(world: SmallWorld) -> None:
    await world.accounts.tenants.change(world.app.operator(), "acme", TenantChange(is_suspended=True))


async def delete_long_ago(world: SmallWorld) -> None:
    """So long that the tenant may be purged."""
    await suspend(world)
    await world.accounts.tenants.delete(world.app.operator(), "acme")
    world.clock.advance(LONG_AGO)
