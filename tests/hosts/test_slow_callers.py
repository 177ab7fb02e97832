"""Who opens a connection and then says nothing, or only half, does not keep it: on a real port, with real sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.hosts.served import ROOT_FOLDER

SERVE = """
from entaku.hosts.local import ServeSettings, serve
settings = ServeSettings(port=0, silence_s=0.3, writes_log=False)
serve("tests.api.toy_app:create_hurried_toy", settings, announce=lambda address: print(address, flush=True))
"""
ANN = b"Host: x\r\nAuthorization: Bearer ann@acme\r\n"
GET = b"GET /api/hot HTTP/1.1\r\n" + ANN


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Of a server that has no patience."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT_FOLDER / 'src'}{os.pathsep}{ROOT_FOLDER}"},
    )
    assert process.stdout is not None
    parts = urlsplit(process.stdout.readline().strip())
    yield str(parts.hostname), int(parts.port or 0)
    process.terminate()
    process.communicate()


def until_closed(address: tuple[str, int], sent: bytes) -> bytes:
    """Everything that is answered until the server closes the connection, which the caller never does."""
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("sent", [b"", b"GE", GET])
def test_a_connection_without_a_whole_request_is_closed(address: tuple[str, int], sent: bytes) -> None:
    assert until_closed(address, sent) == b""


def test_a_connection_that_stays_silent_after_its_request_is_closed(address: tuple[str, int]) -> None:
    answer = until_closed(address, GET + b"\r\n")

    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("framing", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
def test_a_body_that_never_comes_is_a_problem_and_the_end(address: tuple[str, int], framing: bytes) -> None:
    head = b"POST /api/notes HTTP/1.1\r\nContent-Type: application/json\r\n"

    answer = until_closed(address, head + ANN + framing)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in answer
    assert b"connection: close" in answer


def test_after_the_silent_ones_others_are_answered(address: tuple[str, int]) -> None:
    until_closed(address, b"")

    answer = until_closed(address, GET + b"Connection: close\r\n\r\n")

    assert answer.endswith(b'{"user":"ann"}')
