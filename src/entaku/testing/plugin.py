"""The pytest plugin of entaku: a running application for the tests of a module, and the attack on it.

    @pytest.fixture
    def entaku_modules() -> list[Module]:            # in conftest.py: what is tested
        return [module]

    async def test_ann_writes(entaku_world: World) -> None:
        maru = await entaku_world.tenant("maru")
        answer = await maru.as_("ann").call("POST", "/api/notes", body={"text": "milk"})

    async def test_no_tenant_reaches_another(entaku_attack: Attack) -> None:
        await entaku_attack(SCENARIOS, furnish=furnish)

pytest finds it by itself where entaku is installed with the extra `testing`. Until one of its fixtures is asked for, it
imports nothing but pytest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

try:
    from pytest_asyncio import fixture as async_fixture
except ModuleNotFoundError:  # Whoever runs no async tests asks for none of these fixtures.
    from pytest import fixture as async_fixture

if TYPE_CHECKING:
    from entaku.main import App
    from entaku.modules import Module
    from entaku.testing import Furnish, ManualClock, Scenario, World


class Attack(Protocol):
    """What `entaku_attack` is: `entaku.testing.attack` on the modules that are tested."""

    def __call__(self, scenarios: Sequence[Scenario], *, furnish: Furnish | None = None) -> Awaitable[None]: ...


@pytest.fixture
def entaku_modules() -> list[Module]:
    """The modules that are tested. Yours name their own: put a fixture of this name into conftest.py."""
    return []


@pytest.fixture
def entaku_clock() -> ManualClock:
    """The clock of the application; it stands still until a test moves it."""
    from entaku.testing import ManualClock

    return ManualClock()


@async_fixture
async def entaku_app(entaku_modules: Sequence[Module], entaku_clock: ManualClock, tmp_path: Path) -> AsyncIterator[App]:
    """The application with these modules, on a new data folder."""
    from entaku.core.config import Config
    from entaku.main import build

    config = Config(data=tmp_path / "data", request_log=False)
    app = await build(config, clock=entaku_clock, modules=entaku_modules)
    try:
        yield app
    finally:
        await app.close()


@async_fixture
async def entaku_world(entaku_app: App) -> AsyncIterator[World]:
    """The same, serving requests: `tenant` makes a tenant with people, `as_` is the client of one of them."""
    from entaku.testing.world import world_of

    async with world_of(entaku_app) as world:
        yield world


@pytest.fixture
def entaku_attack(entaku_modules: Sequence[Module], tmp_path: Path) -> Attack:
    """Attacks every route and access pattern of these modules from another tenant. Fails with the requests that got
    through."""

    async def attack_modules(scenarios: Sequence[Scenario], *, furnish: Furnish | None = None) -> None:
        from entaku.testing import attack

        await attack(entaku_modules, scenarios, furnish=furnish, folder=tmp_path / "attack")

    return attack_modules
