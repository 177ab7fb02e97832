"""`entaku serve`: a real server in a process of its own, told to stop as a service manager would."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from entaku.cli.demo import DEMO_LIBRARY, DEMO_TENANT, DEMO_USER
from entaku.cli.ports import is_free, next_free
from tests.cli.command_line import CommandLine, Outcome, finish, start

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


def test_serving_begins_an_empty_folder_and_finishes_an_interrupted_demo(
    serve: Server, entaku: CommandLine, demo_folder: Path
) -> None:
    entaku.must("tenants", "create", DEMO_TENANT)

    _, said = serve("--demo", "--port", "0")

    assert DEMO_LIBRARY in said["why"]
    assert entaku("tenants", "show", DEMO_TENANT, "--json").json()["usage"]["libraries"] == 25


def test_the_demo_leaves_what_was_changed_in_it(serve: Server, entaku: CommandLine, demo_folder: Path) -> None:
    shutil.copytree(demo_folder, entaku.data)
    entaku.must("libraries", "change", "handbook", "--name", "Ours")

    serve("--demo", "--port", "0")

    assert entaku("libraries", "show", "handbook", "--json").json()["name"] == "Ours"


def test_the_next_free_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]

        assert not is_free("127.0.0.1", taken)
        assert next_free("127.0.0.1", taken) > taken
