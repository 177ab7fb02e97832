"""`entaku serve`: a real server in a process of its own, told to stop as a service manager would."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from entaku.cli.demo import DEMO_LIBRARY, DEMO_TENANT, DEMO_USER, furnish, program_path
from entaku.cli.ports import is_free, next_free
from entaku.core.config import Config
from entaku.main import build
from entaku.modules.accounts import NewTenant
from entaku.modules.sharing import LibraryChange
from tests.cli.command_line import CommandLine, Outcome, finish, start

pytestmark = pytest.mark.thorough

Server = Callable[..., tuple[subprocess.Popen[str], Any]]


@pytest.fixture
def serve(entaku: CommandLine) -> Iterator[Server]:
    """Starts servers, each with one worker, and gives what they say once they listen; stops them at the end."""
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> tuple[subprocess.Popen[str], Any]:
        process = start(entaku.data, "--json", "serve", "--workers", "1", *arguments, ENTAKU_REQUEST_LOG="false")
        running.append(process)
        assert process.stdout is not None
        said = ""
        while not said.endswith("}\n"):
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            said += line
        return process, json.loads(said)

    yield run
    for process in running:
        stop(process)


def stop(process: subprocess.Popen[str]) -> Outcome:
    if process.poll() is None:
        process.terminate()
    return finish(process) if process.stderr and not process.stderr.closed else Outcome(process.returncode, "", "")


def get(address: str, target: str, token: str = "") -> tuple[int, bytes]:
    with closing(HTTPConnection(str(urlsplit(address).netloc), timeout=20)) as connection:
        connection.request("GET", target, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_the_demo_says_what_to_try_and_it_works(serve: Server, entaku: CommandLine) -> None:
    process, said = serve("--demo", "--port", "0")

    status, body = get(said["address"], f"/api/users/{DEMO_USER}/libraries?limit=20", said["access_token"])
    schema, _ = get(said["address"], "/schema")
    explained = entaku.must(*said["why"].split()[1:])
    ended = stop(process)

    assert (status, schema) == (200, 200)
    assert json.loads(body)["total"] == 7
    assert said["access_token"] in said["curl"]
    assert explained.startswith("伊藤 大地")
    assert ended.status == 0


def test_after_term_the_table_is_one_file_again(serve: Server, entaku: CommandLine) -> None:
    process, said = serve("--demo", "--port", "0")
    assert get(said["address"], "/healthz")[0] == 200

    ended = stop(process)

    assert ended.status == 0
    assert [file.name for file in entaku.data.glob("entaku.db-*")] == []


def test_a_demo_beside_another_takes_the_next_port(serve: Server) -> None:
    _, first = serve("--demo", "--port", "0")
    port = int(str(urlsplit(first["address"]).port))

    process, second = serve("--demo", "--port", str(port))
    ended = stop(process)

    assert second["address"] != first["address"]
    assert f"entaku: port {port} is taken, so the demo takes" in ended.err
    assert get(first["address"], "/healthz")[0] == 200


def test_without_the_demo_a_taken_port_is_refused(maru: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        outcome = finish(start(maru.data, "serve", "--port", port))

    assert outcome.status == 8
    assert f"port {port} of 127.0.0.1 cannot be listened at" in outcome.err


async def test_an_interrupted_demo_is_finished(tmp_path: Path) -> None:
    app = await build(Config(data=tmp_path))
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id=DEMO_TENANT, name="half"))

    was_made = await furnish(app)

    settings = await app.accounts.tenants.settings(app.operator(DEMO_TENANT))
    assert was_made
    assert settings.usage == {"users": 41, "libraries": 25}
    await app.close()


async def test_a_demo_keeps_what_was_changed_in_it(tmp_path: Path) -> None:
    app = await build(Config(data=tmp_path))
    operator = app.operator(DEMO_TENANT)
    await furnish(app)
    await app.sharing.libraries.change(operator, DEMO_LIBRARY, LibraryChange(name="Ours"))

    was_made = await furnish(app)

    assert not was_made
    assert (await app.sharing.libraries.get(operator, DEMO_LIBRARY)).thing.name == "Ours"
    await app.close()


def test_the_next_free_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]

        assert not is_free("127.0.0.1", taken)
        assert next_free("127.0.0.1", taken) > taken


def test_the_way_to_call_the_program_again_is_one_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / ".venv" / "bin" / "entaku"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(program)])

    monkeypatch.setenv("PATH", "/usr/bin")
    off_the_path = program_path()
    monkeypatch.setenv("PATH", str(program.parent))
    on_the_path = program_path()

    assert (off_the_path, on_the_path) == (".venv/bin/entaku", "entaku")
