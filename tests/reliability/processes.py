"""Processes that work on a data folder, say what was acknowledged, and are killed.

They are forked from a server that has only imported the program: a driver does not survive a fork, and importing anew
for each of several hundred processes would take longer than what they do.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from entaku.core.config import Config
from entaku.main import App, build

Say = Callable[[Any], None]
"""Tells the parent something; when it returns, the kernel has it, and no kill takes it back."""
Work = Callable[[App, Say, Any], Awaitable[None]]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.reliability.preload"])


class Killable:
    """A process that runs one piece of work on one data folder."""

    def __init__(self, work: Work, data: Path, *, argument: Any) -> None:
        """`work` is a function of a module, for it is found again by its name. `argument` is sent to the process."""
        self._saying, saying = _CONTEXT.Pipe(duplex=False)
        self._process: ForkServerProcess = _CONTEXT.Process(
            target=_run, args=(work, data, argument, saying), daemon=True
        )
        self._process.start()
        saying.close()
        self._said: list[Any] = []
        self._has_ended = False
        self._something_was_said = threading.Condition()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    async def until_said(self, count: int) -> None:
        """Waits until it has said so many things, or has ended."""

        def wait() -> None:
            with self._something_was_said:
                self._something_was_said.wait_for(lambda: len(self._said) >= count or self._has_ended)

        await asyncio.to_thread(wait)

    async def kill(self) -> list[Any]:
        """Kill it without a warning, and everything that it has said before."""
        self._process.kill()
        return await self.end()

    async def end(self) -> list[Any]:
        """Wait for its end, and everything that it has said."""
        await asyncio.to_thread(self._process.join)
        await asyncio.to_thread(self._listening.join)
        self._saying.close()
        return self._said

    @property
    def exit_status(self) -> int | None:
        """As the system tells it: 0 when the work was done, -9 when it was killed."""
        return self._process.exitcode

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                said = self._saying.recv()
                with self._something_was_said:
                    self._said.append(said)
                    self._something_was_said.notify_all()
        with self._something_was_said:
            self._has_ended = True
            self._something_was_said.notify_all()


def _run(work: Work, data: Path, argument: Any, saying: Connection) -> None:
    """In the process of its own."""

    async def main() -> None:
        app = await build(Config(data=data))
        try:
            await work(app, saying.send, argument)
        finally:
            await app.close()

    with contextlib.suppress(BrokenPipeError):
        asyncio.run(main())
