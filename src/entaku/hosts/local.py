"""Serves an ASGI application on this machine: granian, one port, as many worker processes as wanted.

TERM and INT drain: no new connections, running requests end, then the process does. HUP starts new workers, then
drains the old ones. Each worker makes its own application, so what the factory reads is read again on HUP.

It speaks HTTP/1.1 alone: of a connection that may also become HTTP/2 the server waits for the first bytes for ever.
"""

from __future__ import annotations

import gc
import importlib
import logging
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from entaku.api.log_lines import log_line
from entaku.api.metrics_folder import prepare_metrics_folder
from entaku.core.errors import Invalid, Unavailable
from entaku.core.limits import WORKERS_MAX
from entaku.hosts.supervisor import SUPERVISOR_LOGGER, Supervisor
from entaku.hosts.worker import hear_signals, hold_back_signals, load

START_S = 60
BACKLOG = 2048
SILENCE_S = 75.0
"""How long a connection may wait for the whole head of a request. More than the minute after which proxies usually drop
a connection that is idle: if the server were first, they would send requests into its closing."""

# Imported before workers are forked, so that they share the pages. Only what others wrote: our own code is imported by
# each worker, so that HUP also picks up a new version of it.
_SHARED_MODULES = ("litestar", "litestar.openapi", "prometheus_client.multiprocess", "asyncio", "uvloop", "apsw")


class ServeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to listen."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes a free one."""
    workers: int = 1
    silence_s: float = SILENCE_S
    """A connection is closed when no request has come on it for so long, or none has become whole."""
    metrics_folder: Path | None = None
    """Where the workers share their figures; needed for `/metrics` to be right with more than one worker."""
    writes_log: bool = True
    """Whether what the workers log goes to standard error, as lines of JSON."""


def serve(target: str, settings: ServeSettings, *, announce: Callable[[str], None] = print) -> None:
    """Serves until TERM or INT, then drains for at most 30 s. Call it from the main thread of its own process.

    `target` names a function without arguments that makes the application, as in `package.module:function`; it is
    called in each worker. `announce` is called once with the address, when a first connection was accepted. Raises
    Invalid for settings out of range and Unavailable where the port is taken.
    """
    if not 1 <= settings.workers <= WORKERS_MAX:
        raise Invalid(f"{settings.workers} workers are out of range: ask for 1 to {WORKERS_MAX}")
    module, _, function = target.partition(":")
    if not module or not function:
        raise Invalid(f"{target!r} names no function: write 'package.module:function'")
    port = _free_port(settings.host, settings.port)
    if settings.metrics_folder is not None:
        prepare_metrics_folder(settings.metrics_folder)
    _share_modules()
    os.register_at_fork(before=hold_back_signals, after_in_parent=hear_signals)
    server = Supervisor(
        target,
        address=settings.host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=round(settings.silence_s * 1000)),
        workers=settings.workers,
        backlog=BACKLOG,
        # The library divides its backlog by the workers; a worker of ours holds a waiting request cheaply.
        backpressure=BACKLOG,
        loop=Loops.uvloop if find_spec("uvloop") else Loops.asyncio,
        factory=True,
        log_level=LogLevels.warning,
        log_dictconfig=_server_log(),
    )
    server.announcing = threading.Thread(
        target=_announce_when_open, args=(settings.host, port, announce), name="announcing", daemon=True
    )
    server.serve(target_loader=partial(load, writes_log=settings.writes_log))


def _server_log() -> dict[str, Any]:
    """What the server itself has to say, in the form and at the place of what its workers log."""
    handler = {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}
    return {
        "formatters": {"lines": {"()": _Lines}},
        "handlers": {"stderr": handler},
        "loggers": {name: {"handlers": ["stderr"], "propagate": False} for name in ("_granian", SUPERVISOR_LOGGER)},
    }


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return log_line(record)


def _announce_when_open(host: str, port: int, announce: Callable[[str], None]) -> None:
    """Each worker binds the port for itself, after its application has started: so knock until one opens."""
    give_up_at = time.monotonic() + START_S
    while time.monotonic() < give_up_at:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            announce(f"http://{_in_url(host)}:{port}")
            return


def _share_modules() -> None:
    multiprocessing.set_start_method("fork", force=True)
    for name in _SHARED_MODULES:
        if find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    # What is alive now moves out of the collector's sight: its marks would otherwise copy each shared page.
    gc.collect()
    gc.freeze()


def _free_port(host: str, port: int) -> int:
    """The port itself if nobody listens there, or a free one for 0.

    Workers bind with SO_REUSEPORT, which would let a second server silently take half of the first one's requests.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"port {port} of {host} cannot be listened at: {error.strerror}; choose another"
            ) from error
        return int(probe.getsockname()[1])


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
