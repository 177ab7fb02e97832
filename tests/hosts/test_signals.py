"""What an operator's signals do to a server with worker processes: TERM ends it at once, whatever else is under way."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGKILL, SIGTERM, Signals

import pytest

from tests.hosts.served import Served, SlowRequest

Serve = Callable[[int], Served]
HUPS = 3_000


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server with so many workers; kills what is left of it at the end."""
    running: list[Served] = []

    def start(workers: int) -> Served:
        running.append(Served(tmp_path, workers=workers))
        return running[-1].start()

    yield start
    for server in running:
        server.kill()


def test_term_during_a_reload_starts_no_more_workers_and_cuts_no_answer(serve: Serve) -> None:
    server = serve(1)
    request = SlowRequest(server)
    server.tell(SIGHUP)
    server.until("starts", 2)

    server.tell(SIGHUP, SIGTERM)
    server.until("ends", 1)
    answered = request.finish()
    status = server.end()

    assert answered == [server.workers("starts")[0]]
    assert (len(server.workers("starts")), status) == (2, 0)


def test_a_worker_that_is_told_to_end_while_it_starts_never_listens(serve: Serve, tmp_path: Path) -> None:
    server = serve(2)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    server.tell(SIGHUP)
    server.until("starts", 3)

    server.tell(SIGTERM)
    server.until("ends", 2)
    while server.listens():  # The old workers close a moment after they said so.
        pass
    gate.write_text("open")
    has_listened = False
    while not server.has_ended():
        has_listened = has_listened or server.listens()

    assert (server.end(), has_listened) == (0, False)


@pytest.mark.parametrize("signal", [SIGTERM, SIGINT])
def test_a_signal_to_all_processes_in_a_reload_is_an_orderly_end(serve: Serve, signal: Signals) -> None:
    server = serve(2)
    server.tell(SIGHUP)
    server.until("starts", 3)

    server.tell_all(signal)
    status = server.end()

    assert (status, len(server.workers("starts"))) == (0, 3)


@pytest.mark.parametrize("signal", [SIGTERM, SIGINT])
def test_a_signal_to_all_processes_ends_each_once_and_kills_none(serve: Serve, signal: Signals) -> None:
    server = serve(2)

    server.tell_all(signal)
    status = server.end()

    assert (status, len(server.workers("ends"))) == (0, 2)
    assert [line for line in server.said if "kill" in line] == []


def test_term_twice_is_term_once(serve: Serve) -> None:
    server = serve(2)
    request = SlowRequest(server)

    server.tell(SIGTERM)
    server.until("ends", 1)
    server.tell(SIGTERM)
    answered = request.finish()

    assert (server.end(), len(server.workers("ends"))) == (0, 2)
    assert len(answered) == 1


def test_a_storm_of_hups_leaves_a_server_that_hears_term(serve: Serve) -> None:
    server = serve(1)

    server.tell(*[SIGHUP] * HUPS, SIGTERM)

    assert server.end() == 0


def test_a_reload_whose_new_worker_fails_leaves_the_old_ones_serving(serve: Serve, tmp_path: Path) -> None:
    server = serve(2)
    (tmp_path / "broken").touch()

    server.tell(SIGHUP)
    server.until_logged("the reload stops")
    answering = server.ask()
    server.tell(SIGTERM)

    assert server.end() == 0
    assert answering in server.workers("serves")
    assert (len(server.workers("starts")), len(server.workers("ends"))) == (3, 2)


def test_a_reload_that_the_system_refuses_a_process_leaves_the_old_ones_serving(serve: Serve) -> None:
    server = serve(1)
    before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (3, before[1]))

    server.tell(SIGHUP)
    server.until_logged("the reload stops")
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
    server.tell(SIGHUP)
    server.until("serves", 2)
    server.tell(SIGTERM)

    assert server.end() == 0


def test_an_old_worker_that_crashes_during_a_reload_is_not_missed(serve: Serve) -> None:
    server = serve(1)
    server.tell(SIGHUP)
    server.until("starts", 2)

    os.kill(server.workers("serves")[0], SIGKILL)
    server.until_logged("Unexpected exit")
    server.until("serves", 2)
    answering = server.ask()
    server.tell(SIGTERM)

    assert (server.end(), answering) == (0, server.workers("serves")[1])


def test_a_worker_that_crashes_again_at_once_ends_the_server(serve: Serve, tmp_path: Path) -> None:
    server = serve(2)
    (tmp_path / "broken").touch()

    os.kill(server.workers("serves")[0], SIGKILL)
    status = server.end()

    assert (status, len(server.workers("starts")), len(server.workers("ends"))) == (1, 3, 1)


@pytest.mark.slow
def test_hup_twice_replaces_the_worker_twice_and_leaves_one(serve: Serve) -> None:
    server = serve(1)

    server.tell(SIGHUP)
    server.until("starts", 2)
    server.tell(SIGHUP)
    server.until("ends", 2)
    answering = server.ask()
    server.tell(SIGTERM)

    assert (server.end(), answering) == (0, server.workers("serves")[2])
    assert (len(server.workers("starts")), len(server.workers("ends"))) == (3, 3)


@pytest.mark.slow
def test_hup_when_a_worker_has_just_crashed_replaces_them_all(serve: Serve) -> None:
    server = serve(2)
    old = set(server.workers("serves"))

    os.kill(min(old), SIGKILL)
    server.tell(SIGHUP)
    server.until("ends", 2)
    answering = {server.ask() for _ in range(20)}
    server.tell(SIGTERM)

    assert server.end() == 0
    assert answering.isdisjoint(old)
    assert len(server.workers("ends")) == len(server.workers("serves")) - 1
