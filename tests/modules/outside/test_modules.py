"""Modules from outside stand beside ours on the same terms, and two that do not fit together are told apart by name."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import asgi
from litestar.types import Receive, Scope, Send

from entaku import App, Config, Module, Parts, build
from entaku.api.in_process import call
from entaku.core.errors import Internal, Invalid
from entaku.main import MODULES, model
from entaku.modules import load_modules
from entaku.modules.sharing import Sharing
from entaku.table import Entity, key
from tests.modules.outside.pens import Pen, Pens, module


@asgi("/files", is_mount=True)
async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers whatever it likes, at any method and path below."""
    await send({"type": "http.response.start", "status": 200, "headers": []})


PENS = "tests.modules.outside.pens:module"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    built = await build(Config(data=tmp_path, request_log=False), modules=[module])
    yield built
    await built.close()


def other(**fields: Any) -> Module:
    return msgspec.structs.replace(Module(name="other"), **fields)


async def test_its_service_is_made_of_what_came_before(app: App) -> None:
    pens = app.parts.get(Pens)

    assert (pens.table, pens.audit) == (app.table, app.audit)


async def test_its_entities_are_kept_in_the_table(app: App) -> None:
    stored = await app.table.for_tenant("acme").create(Pen(pen_id="blue"))

    assert await app.table.for_tenant("acme").find(Pen.at(pen_id="blue")) == stored


async def test_its_routes_answer_only_with_a_token(app: App) -> None:
    answer = await call(app.http(), "GET", "/api/pens")

    assert answer.status == 401


async def test_its_operations_stand_before_those_of_the_modules_it_stands_on(app: App) -> None:
    document = app.http().openapi_document()

    assert [tag["name"] for tag in document["tags"]][:2] == ["Pens", "Libraries"]


async def test_the_settings_name_it_too(tmp_path: Path) -> None:
    app = await build(Config(data=tmp_path, modules=(PENS,)))

    assert isinstance(app.parts.get(Pens), Pens)
    await app.close()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere:module", "there is no package 'nowhere'; install it where entaku is installed"),
        ("tests.modules.nowhere:module", "there is no package 'tests.modules.nowhere'"),
        ("tests.modules.outside.broken:module", "cannot be imported: RuntimeError: out of ink"),
        ("tests.modules.outside.pens:modul", "has no 'modul'; did you mean 'tests.modules.outside.pens:module'?"),
        ("tests.modules.outside.pens:not_a_module", "it is a str, no Module; did you mean"),
        ("tests.modules.outside.pens_command:pens", "no Module; name a value that is an entaku.Module"),
    ],
)
def test_a_name_that_leads_nowhere_says_why(name: str, message: str) -> None:
    with pytest.raises(Invalid, match=f"module '{name}'.*{message.replace('?', '.')}"):
        load_modules([name])


def test_a_setting_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="'pens' is no module; write it as in 'documents:module'"):
        Config(modules=("pens",))


class Quill(Entity, kind="PEN"):
    quill_id: str

    @key("QUILL#{quill_id}", "METADATA")
    def at(*, quill_id: str) -> None:
        "One quill."


class Nib(Entity, kind="NIB"):
    nib_id: str

    @key("PEN#{nib_id}", "METADATA")
    def at(*, nib_id: str) -> None:
        "One nib."


@pytest.mark.parametrize(
    ("beside", "message"),
    [
        (module, "module 'pens' is named twice"),
        (other(name="pens"), "two modules 'pens' have the name 'pens'"),
        (other(name="sharing"), "two modules 'sharing'"),
        (other(name="actor"), "a module cannot have the name 'actor'"),
        (other(name="request"), "a module cannot have the name 'request'"),
        (other(entities=(Quill,)), "modules 'pens' and 'other' have the kind of entity 'PEN'"),
        (other(entities=(Nib,)), "can render the same key.*Pen of 'pens', Nib of 'other'"),
        (other(nouns=module.nouns), "modules 'pens' and 'other' have the command 'pens'"),
    ],
)
async def test_two_that_do_not_fit_together_are_both_named(tmp_path: Path, beside: Module, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        await build(Config(data=tmp_path), modules=[module, beside])

    assert os.listdir(tmp_path) == [], "nothing was made"


async def test_two_that_answer_at_one_address_are_both_named(tmp_path: Path) -> None:
    app = await build(Config(data=tmp_path), modules=[module, other(routes=module.routes)])

    with pytest.raises(Invalid, match="modules 'pens' and 'other' both answer GET /api/pens"):
        app.http()

    await app.close()


async def test_what_is_no_operation_is_refused(tmp_path: Path) -> None:
    app = await build(Config(data=tmp_path), modules=[other(routes=lambda: [mounted])])

    with pytest.raises(Invalid, match="module 'other' brings /files, which is no operation"):
        app.http()

    await app.close()


async def test_one_that_asks_for_what_nobody_brings_is_told_what_there_is(tmp_path: Path) -> None:
    asking = other(service=lambda parts: parts.get(Pens))

    with pytest.raises(Internal, match=r"no module that was made so far has a Pens; there are audit \(Audit\)"):
        await build(Config(data=tmp_path), modules=[asking, module])


def test_ours_are_modules_like_any_other() -> None:
    assert [each.name for each in MODULES] == ["audit", "accounts", "sharing", "authzen", "workspace"]
    assert {info.kind for info in model().entities} >= {"LIBRARY", "USER", "AUDIT"}


def test_a_module_is_checked_where_it_is_declared() -> None:
    with pytest.raises(ValueError, match="'Pens!' is no name of a module"):
        Module(name="Pens!")
    with pytest.raises(ValueError, match="Pen is a resource kind, so it is an entity too"):
        Module(name="pens", resource_kinds=(Pen,))


async def test_a_resource_kind_that_cannot_be_shared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Pen is no kind of resource; derive it from Shareable"):
        await build(Config(data=tmp_path), modules=[Module(name="pens", entities=(Pen,), resource_kinds=(Pen,))])


def test_sharing_is_found_by_its_class(app: App) -> None:
    def service(parts: Parts) -> Sharing:
        return parts.get(Sharing)

    assert service(app.parts) is app.sharing
