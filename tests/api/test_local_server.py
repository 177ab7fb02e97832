"""The real server: worker processes on a real port, figures that add up, and an end that loses no answer."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from entaku.core.errors import Invalid, Unavailable
from entaku.hosts.local import ServeSettings, serve
from tests.api.conftest import ANN, ROOT

TWENTY = b'entaku_http_requests_total{method="GET",route="/api/hot",status="200"} 20.0'
ROOT_FOLDER = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from entaku.hosts.local import ServeSettings, serve
settings = ServeSettings(port=0, workers=2, metrics_folder=Path(sys.argv[1]))
serve("tests.api.toy_app:create_slow_toy", settings, announce=lambda address: print(address, flush=True))
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT_FOLDER / 'src'}{os.pathsep}{ROOT_FOLDER}"}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path / "metrics")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    yield process
    process.kill()
    process.communicate()


def ask(address: str, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address.removeprefix("http://").strip(), timeout=60)
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


@pytest.mark.slow
def test_two_workers_serve_count_and_drain(server: subprocess.Popen[str], tmp_path: Path) -> None:
    assert server.stdout is not None
    address = server.stdout.readline()
    answers = [ask(address, "/api/hot", ANN) for _ in range(20)]
    # A request is counted just after its last byte was sent, so the last one may still be missing.
    counted = any(TWENTY in ask(address, "/metrics", ROOT)[1] for _ in range(100))

    running: list[tuple[int, bytes]] = []
    entered, leave = tmp_path / "entered", tmp_path / "leave"
    headers = {**ANN, "X-Entered": str(entered), "X-Leave": str(leave)}
    os.mkfifo(entered)
    os.mkfifo(leave)
    asking = threading.Thread(target=lambda: running.append(ask(address, "/api/slow", headers)))
    asking.start()
    entered.read_text()
    server.send_signal(signal.SIGTERM)
    leave.write_text("go")
    asking.join()
    _, lines = server.communicate()

    assert answers == [(200, b'{"user":"ann"}')] * 20
    assert counted
    assert running == [(200, b"done")]
    assert server.returncode == 0
    routes = [msgspec.json.decode(line)["route"] for line in lines.splitlines()]
    assert (routes.count("/api/hot"), routes.count("/api/slow")) == (20, 1)


def test_a_taken_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = ServeSettings(port=taken.getsockname()[1])

        with pytest.raises(Unavailable, match="choose another"):
            serve("tests.api.toy_app:create_toy", settings)


@pytest.mark.parametrize("workers", [0, 65])
def test_too_few_or_many_workers_are_refused(workers: int) -> None:
    with pytest.raises(Invalid, match="1 to 64"):
        serve("tests.api.toy_app:create_toy", ServeSettings(workers=workers))


@pytest.mark.parametrize("target", ["", "module", ":function", "module:"])
def test_a_target_names_a_function(target: str) -> None:
    with pytest.raises(Invalid, match=r"package\.module:function"):
        serve(target, ServeSettings())
