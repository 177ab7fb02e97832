"""A database that fails: callers learn that it is no fault of theirs, only the operator learns where the file is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from entaku.api.in_process import Answer, call
from entaku.cli import main
from entaku.core.config import Config
from entaku.core.context import AccessLevel
from entaku.main import App, build
from entaku.modules.accounts import NewTenant, NewUser
from entaku.table.drivers.sqlite import open_sqlite

pytestmark = pytest.mark.engine("sqlite")

TENANT, ROOT, REQUEST_ID = "acme", "root", "r-1"
Failing = Callable[[App], Awaitable[Answer]]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """One tenant and its administrator, all of it in the one file. Writes wait for other programs for a moment only."""
    founding = await build(Config(data=tmp_path))
    actor = founding.operator(TENANT)
    await founding.accounts.tenants.create(actor, NewTenant(tenant_id=TENANT, name="Acme"))
    await founding.accounts.users.create(actor, NewUser(user_id=ROOT, name="Root", level=AccessLevel.TENANT_ADMIN))
    await founding.close()
    driver = await open_sqlite(founding.config.database, writers_wait_s=0.01)
    serving = await build(founding.config, driver=driver)
    yield serving
    await serving.close()


async def send(app: App, method: str, target: str, body: bytes = b"") -> Answer:
    headers = {"Authorization": f"Bearer {app.tokens.mint(TENANT, ROOT)}", "X-Request-Id": REQUEST_ID}
    return await call(app.http(), method, target, headers={**headers, "Content-Type": "application/json"}, body=body)


async def while_locked(app: App) -> Answer:
    """A write while a program that is none of ours writes to the file, and does not end."""
    with closing(apsw.Connection(str(app.config.database))) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        return await send(app, "POST", "/api/libraries", b'{"name": "Drafts"}')


async def when_truncated(app: App) -> Answer:
    """A read when the file has lost all but its first page."""
    os.truncate(app.config.database, 8192)
    return await send(app, "GET", "/api/libraries")


async def test_a_caller_may_try_again_and_is_told_no_more(app: App) -> None:
    answer = await while_locked(app)

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["detail"] == "The service cannot answer just now; try again in a moment."
    assert answer.json()["request_id"] == REQUEST_ID


@pytest.mark.parametrize("failing", [while_locked, when_truncated])
async def test_an_answer_names_no_file(app: App, failing: Failing) -> None:
    answer = await failing(app)

    assert answer.status in (500, 503)
    assert app.config.database.name not in answer.body.decode()
    assert str(app.config.data) not in answer.body.decode()


@pytest.mark.parametrize(("failing", "reason"), [(while_locked, "locked"), (when_truncated, "is damaged")])
async def test_the_log_names_the_file_and_the_request(
    app: App, failing: Failing, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    await failing(app)

    (record,) = [record for record in caplog.records if record.name == "entaku.api"]
    assert vars(record)["request_id"] == REQUEST_ID
    assert str(app.config.database) in caplog.text
    assert reason in caplog.text


async def test_the_command_line_names_the_file(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    await when_truncated(app)

    status = await asyncio.to_thread(main, ["--data", str(app.config.data), "users", "list", "--tenant", TENANT])

    assert status == 1
    assert capsys.readouterr().err.startswith(f"entaku: {app.config.database} is damaged, restore it from a backup")
