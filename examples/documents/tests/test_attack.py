"""Nothing of one tenant reaches another: every route and access pattern of the module is tried from outside."""

from __future__ import annotations

from scenarios import SCENARIOS, furnish

from entaku.testing.plugin import Attack


async def test_no_tenant_reaches_another(entaku_attack: Attack) -> None:
    await entaku_attack(SCENARIOS, furnish=furnish)
