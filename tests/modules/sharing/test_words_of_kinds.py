"""A module says what its kind of resource is called in each language; sentences call it that wherever they name it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from entaku import App, Config, Module, build
from entaku.core.languages import Language
from entaku.modules.sharing import ResourceMove, Shareable, SharesChange, preview_view, warning_views
from entaku.table import key
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.world import World, grant

JAPANESE, ENGLISH = Language.JAPANESE, Language.ENGLISH


class Binder(Shareable, kind="BINDER", changes=True):
    called: ClassVar[Mapping[Language, str]] = {JAPANESE: "バインダー", ENGLISH: "ring binder"}

    binder_id: str

    @key("BINDER#{binder_id}", "METADATA")
    def at(*, binder_id: str) -> None:
        "One binder."


class CaseFile(Shareable, kind="CASE_FILE", changes=True):
    file_id: str

    @key("CASE_FILE#{file_id}", "METADATA")
    def at(*, file_id: str) -> None:
        "One file."


MODULE = Module(name="office", entities=(Binder, CaseFile), resource_kinds=(Binder, CaseFile))


@pytest.fixture
async def app(driver: Driver, clock: ManualClock, tmp_path: Path) -> App:
    return await build(Config(data=tmp_path / "data"), driver=driver, clock=clock, modules=[MODULE])


@pytest.fixture
async def office(world: World) -> World:
    """Ann has a binder and a file; Bob's department may write in the binder."""
    await world.department("d")
    await world.user("ann")
    await world.user("bob", department="d")
    binder, file = Binder(binder_id="b", name="B", owner="ann"), CaseFile(file_id="f", name="F", owner="ann")
    await world.sharing.of(Binder).resources.create(world.actor("ann"), binder)
    await world.sharing.of(CaseFile).resources.create(world.actor("ann"), file)
    await share(world, "department:d", "read write")
    return world


async def share(world: World, principal: str, permissions: str) -> Any:
    shares = world.sharing.of(Binder).shares
    return await shares.change(world.actor("ann"), "b", add=[grant(principal, permissions)], expect="*")


async def why(world: World, entity: type[Any], thing_id: str, language: Language) -> str:
    checks = world.sharing.of(entity).checks
    return (await checks.access(world.actor("ann"), thing_id, "ann", language=language)).why.sentence


async def test_why_calls_it_what_its_module_does(office: World) -> None:
    assert "バインダー「B」" in await why(office, Binder, "b", JAPANESE)
    assert "ring binder 'B'" in await why(office, Binder, "b", ENGLISH)


async def test_without_a_word_it_is_called_as_it_is_declared(office: World) -> None:
    assert "case file「F」" in await why(office, CaseFile, "f", JAPANESE)
    assert "case file 'F'" in await why(office, CaseFile, "f", ENGLISH)


async def test_a_warning_calls_it_so(office: World) -> None:
    outcome = await share(office, "individual:bob", "read")

    (said,) = warning_views(outcome, JAPANESE, office.sharing.kinds.called(JAPANESE))

    assert "バインダーを" in said.sentence


@pytest.mark.parametrize("language", list(Language))
async def test_a_preview_calls_it_so(office: World, language: Language) -> None:
    binder, called = office.sharing.of(Binder).kind.resource("b"), office.sharing.kinds.called(language)
    previews, ann = office.sharing.previews, office.actor("ann")
    shown = await previews.preview(ann, SharesChange(resource=binder, add=(grant("individual:bob", "read"),)))
    deleted = await previews.preview(ann, ResourceMove(resource=binder, move="delete"))

    views = [preview_view(page, language, kinds=called) for page in (shown, deleted)]

    word = {JAPANESE: "バインダー「B」", ENGLISH: "ring binder 'B'"}[language]
    assert word in views[0].demoted[0].sentence
    assert all(word in pair.sentence for pair in views[1].loses)
