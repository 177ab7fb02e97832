"""Every request leaves one line, and one id joins it to the answer."""

from __future__ import annotations

import errno
import io
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from entaku.api.http import HttpSettings
from entaku.api.in_process import InProcess, in_process
from entaku.api.log_lines import LogLines
from entaku.api.request_ids import request_id_of
from entaku.api.request_log import REQUEST_LOGGER, RequestLine
from tests.api.conftest import ANN
from tests.api.toy_app import create_toy


@pytest.fixture
async def talking() -> AsyncIterator[InProcess]:
    async with in_process(create_toy(HttpSettings())) as client:
        yield client


@pytest.fixture
def logging_unchanged() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.level, logging.logThreads, logging.logProcesses, logging.logMultiprocessing)
    yield
    root.setLevel(before[0])
    _, logging.logThreads, logging.logProcesses, logging.logMultiprocessing = before


def line_of(caplog: pytest.LogCaptureFixture) -> RequestLine:
    (record,) = [record for record in caplog.records if record.name == REQUEST_LOGGER]
    assert isinstance(record.msg, RequestLine)
    return record.msg


async def test_a_request_is_logged_by_its_route_and_caller(
    talking: InProcess, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, REQUEST_LOGGER):
        answer = await talking.call("GET", "/api/notes/n7", headers={**ANN, "X-Request-Id": "r-1"})

    line = line_of(caplog)
    assert (line.request_id, line.tenant, line.user) == ("r-1", "acme", "ann")
    assert (line.method, line.route, line.status) == ("GET", "/api/notes/{note_id}", 404)
    assert (line.bytes, line.duration_ms > 0) == (len(answer.body), True)


async def test_what_people_look_for_is_not_logged(talking: InProcess, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, REQUEST_LOGGER):
        await talking.call("GET", "/api/search?kind=private", headers=ANN)
        await talking.call("GET", "/private", headers=ANN)

    assert "private" not in caplog.text


async def test_a_front_is_logged_like_its_route(talking: InProcess, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, REQUEST_LOGGER):
        await talking.call("GET", "/api/hot", headers=ANN)

    line = line_of(caplog)
    assert (line.route, line.user, line.status) == ("/api/hot", "ann", 200)


async def test_the_lines_can_be_turned_off(api: InProcess, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, REQUEST_LOGGER):
        await api.call("GET", "/api/notes", headers=ANN)

    assert caplog.records == []


@pytest.mark.parametrize("sent", [b"a", b"a" * 128, b"0.9_Z-x", b"Root=1-67891233/a:b+c=="])
def test_a_sane_request_id_is_kept(sent: bytes) -> None:
    assert request_id_of(sent) == sent.decode()


@pytest.mark.parametrize(
    "sent", [None, b"", b"a" * 129, b"a b", b"a\n", b'a"', b"a\\", b"<a>", b"\x7f", b"\xff", "é".encode()]
)
def test_any_other_request_id_is_replaced(sent: bytes | None) -> None:
    assert len(request_id_of(sent)) == 32


async def test_two_requests_never_share_a_made_up_id(api: InProcess) -> None:
    first = await api.call("GET", "/healthz")
    second = await api.call("GET", "/healthz")

    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.usefixtures("logging_unchanged")
async def test_lines_are_json_one_a_record() -> None:
    stream = io.StringIO()
    lines = LogLines(stream)
    async with in_process(create_toy(HttpSettings())) as client:
        await client.call("GET", "/api/broken/unexpected", headers={**ANN, "X-Request-Id": "r-1"})
    lines.stop()

    said = [msgspec.json.decode(line) for line in stream.getvalue().splitlines()]
    error = next(line for line in said if line["level"] == "error")
    request = next(line for line in said if "route" in line)
    assert error["request_id"] == request["request_id"] == "r-1"
    assert "RuntimeError: the secret is 42" in error["error"]
    assert request["time"].endswith("+00:00")


@contextmanager
def only_these(lines: LogLines) -> Iterator[None]:
    """Without the handlers of the test runner, which break at a record that cannot be told."""
    root = logging.getLogger()
    before, root.handlers = root.handlers, root.handlers[-1:]
    try:
        yield
    finally:
        root.handlers = before
        lines.stop()


class FullDisk(io.StringIO):
    """Has no room for the first thing that is written."""

    def __init__(self) -> None:
        super().__init__()
        self.was_full = threading.Event()

    def write(self, text: str) -> int:
        if self.was_full.is_set():
            return super().write(text)
        self.was_full.set()
        raise OSError(errno.ENOSPC, "No space left on device")


class Unspeakable(msgspec.Struct):
    """A struct that cannot become JSON."""

    value: object


@pytest.mark.usefixtures("logging_unchanged")
@pytest.mark.parametrize(
    ("said", "told"),
    [
        (("%d items", "x"), "test_request_log.py"),
        ((Unspeakable(object()),), "cannot be told: TypeError"),
        (("file %s", "\udcff"), "file \\udcff"),
    ],
)
def test_a_line_that_cannot_be_told_is_told_of_and_the_log_goes_on(said: tuple[Any, ...], told: str) -> None:
    stream = io.StringIO()
    log = logging.getLogger("entaku.test")

    with only_these(LogLines(stream)):
        log.warning(*said)
        log.warning("after")

    first, second = [json.loads(line) for line in stream.getvalue().encode().splitlines()]
    assert (first["level"], first["logger"], second["message"]) == ("warning", "entaku.test", "after")
    assert told in first["message"]


@pytest.mark.usefixtures("logging_unchanged")
def test_lines_that_found_no_room_are_counted_and_the_log_goes_on() -> None:
    stream = FullDisk()
    log = logging.getLogger("entaku.test")

    with only_these(LogLines(stream)):
        log.warning("lost")
        assert stream.was_full.wait(60)
        log.warning("after")

    said = [json.loads(line)["message"] for line in stream.getvalue().splitlines()]
    assert said == ["after", "1 log lines could not be written: [Errno 28] No space left on device"]


@pytest.mark.usefixtures("logging_unchanged")
def test_a_flood_is_cut_and_counted() -> None:
    stream = io.StringIO()
    lines = LogLines(stream, waiting_max=0)

    logging.getLogger("entaku.test").warning("never written")
    lines.stop()

    (line,) = stream.getvalue().splitlines()
    assert "1 log lines were dropped" in line
