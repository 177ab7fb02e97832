"""A serving process that is started in a moment and killed without a warning: the application that `entaku serve` runs.

It is forked from a server that has imported everything already. One port belongs to it for as long as the test runs:
whoever calls while it is down is refused, and calls again.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import time
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_PRELOADED = ["tests.reliability.preload", "tests.reliability.preload_serving"]
READY_S = 60
KNOCKS_EVERY_S = 0.02


class Served:
    """One process on a data folder, again and again."""

    def __init__(self, data: Path, **settings: str) -> None:
        """`settings` are those of the environment, without their prefix: `rows_threshold="0"`."""
        self._environment = {f"ENTAKU_{name.upper()}": value for name, value in settings.items()}
        self._environment["ENTAKU_DATA"] = str(data)
        self._log = data.with_name(f"{data.name}.log")
        self.port = _free_port()
        self._process: ForkServerProcess | None = None

    def start(self) -> None:
        """Returns at once; `until_open` waits until it answers."""
        _CONTEXT.set_forkserver_preload(_PRELOADED)
        process = _CONTEXT.Process(target=_serve, args=(self._environment, self.port, self._log), daemon=True)
        process.start()
        self._process = process

    async def until_open(self) -> None:
        """Raises AssertionError for one that ends by itself, or does not open in time."""
        assert self._process is not None
        give_up_at = time.monotonic() + READY_S
        while True:
            assert self._process.is_alive(), f"it ended with {self._process.exitcode}: {self.logged()}"
            assert time.monotonic() < give_up_at, f"it did not open within {READY_S} s: {self.logged()}"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(KNOCKS_EVERY_S)
                continue
            writer.close()
            return

    async def kill(self) -> int | None:
        """Without a warning; how it ended. Safe to repeat."""
        if self._process is None:
            return None
        self._process.kill()
        await asyncio.to_thread(self._process.join)
        return self._process.exitcode

    def logged(self) -> str:
        """What all its lives have logged."""
        return self._log.read_text() if self._log.exists() else ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _serve(environment: Mapping[str, str], port: int, log: Path) -> None:
    """In the process of its own."""
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    from entaku.hosts.asgi import application

    os.environ.update(environment)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)

    async def serve() -> None:
        server = Server(
            application(),
            port=port,
            interface=Interfaces.ASGI,
            http=HTTPModes.http1,
            log_level=LogLevels.warning,
        )
        await server.serve()

    asyncio.run(serve())
