"""`entaku jobs`: long work is run to its end, shown with how far it is, and gone on with after a kill."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import build
from entaku.modules.accounts import NewTenant, NewUser
from entaku.modules.sharing import Job, NewLibrary
from tests.cli.command_line import CommandLine, finish, on_terminal, start

USERS = 1_500
NOTED = 40
"""Users that the run that is killed has looked at, at least."""


def test_rows_are_built_and_none_differs(maru: CommandLine) -> None:
    built = maru("jobs", "run", "rows", "--json").json()
    drift = maru("jobs", "run", "drift", "--json").json()

    assert built["found"] > 0
    assert (drift["state"], drift["found"], drift["asked_by"]) == ("done", 0, "@operator")


def test_rows_that_differ_because_of_pending_changes_are_no_fault(maru: CommandLine) -> None:
    maru.must("jobs", "run", "rows")
    maru.must("share", "presidents-notes", "individual:ito.daichi")

    drift = maru("jobs", "run", "drift")

    assert "1 row that differs" in drift.out
    assert "1 change pending: their rows differ until they are written" in drift.err


def test_lists_say_the_same_by_rows(maru: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = maru.must("libraries", "list", "--user", "kimura.aoi", "--json")
    monkeypatch.setenv("ENTAKU_PAGE_CACHE_BYTES", "0")  # Nothing is remembered, so lists are made of rows.
    maru.must("jobs", "run", "rows")

    assert maru.must("libraries", "list", "--user", "kimura.aoi", "--json") == before


def test_shares_are_counted_again(maru: CommandLine) -> None:
    assert "0 counts set right" in maru.must("jobs", "run", "statistics")


def test_jobs_are_listed_with_their_latest_run(maru: CommandLine) -> None:
    maru.must("jobs", "run", "rows")

    listed = maru("jobs", "list")
    states = {job["name"]: job["state"] for job in maru("jobs", "list", "--json").json()["items"]}

    assert (states["rows"], states["expiry"]) == ("done", "not_run")
    assert "not run" in listed.out
    assert "nothing is pending" in listed.err


def test_one_job_is_shown(maru: CommandLine) -> None:
    maru.must("jobs", "run", "statistics")

    shown = maru("jobs", "show", "statistics", "--json").json()

    assert shown["state"] == "done"
    assert shown["looked_at"] == shown["total"] > 0
    assert "position" not in shown


def test_a_job_that_there_is_not_is_told_with_those_there_are(maru: CommandLine) -> None:
    outcome = maru("jobs", "run", "drifts")

    assert outcome.status != 0
    assert "there is no job 'drifts'; there are drift, expiry" in outcome.err


def test_a_terminal_shows_how_far_it_is(maru: CommandLine) -> None:
    outcome, shown = on_terminal(maru.data, "stderr", "jobs", "run", "rows")

    assert outcome.status == 0, shown
    assert "rows" in shown


@pytest.mark.slow
def test_a_run_that_was_killed_is_gone_on_with_where_it_stopped(entaku: CommandLine) -> None:
    asyncio.run(furnish(entaku.data))
    killed = start(entaku.data, "jobs", "run", "rows")
    asyncio.run(wait_until_noted(entaku.data))
    killed.kill()
    finish(killed)

    left = entaku("jobs", "show", "rows", "--json").json()
    done = entaku("jobs", "run", "rows", "--json").json()

    assert left["looked_at"] >= NOTED
    assert done["state"] == "done"
    assert done["begun_at"] == left["begun_at"]
    assert done["looked_at"] == USERS + 1
    assert entaku("jobs", "run", "drift", "--json").json()["found"] == 0


async def furnish(data: Path) -> None:
    """Many users, each with a library of their own."""
    app = await build(Config(data=data))
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id="acme", name="Acme", tier="enterprise"))
    actor = app.operator("acme")
    for n in range(USERS + 1):
        await app.accounts.users.create(actor, NewUser(user_id=f"u{n:05}", name=f"U{n:05}"))
        await app.sharing.libraries.create(actor, NewLibrary(name=f"L{n}", library_id=f"l{n}", owner=f"u{n:05}"))
    await app.close()


async def wait_until_noted(data: Path) -> None:
    app = await build(Config(data=data))
    table = app.table.for_tenant("acme")
    give_up_at = time.monotonic() + 60
    while (job := await table.find(Job.at(name="rows"))) is None or job.looked_at < NOTED:
        assert time.monotonic() < give_up_at
        await asyncio.sleep(0.01)
    await app.close()
