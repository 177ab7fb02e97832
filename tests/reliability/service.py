"""`entaku serve` as processes of their own on a free port of this machine, and what an operator may do to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import msgspec

PROGRAM = (sys.executable, "-c", "import sys; from entaku.cli import main; sys.exit(main())")
END_S = 45


class Service:
    """Serves from `start` to `end`. What it logs goes to a file beside the data folder."""

    def __init__(self, data: Path, *, workers: int) -> None:
        self._data, self._workers = data, workers
        self.log = data.with_name(f"{data.name}.log")
        self._process: asyncio.subprocess.Process | None = None
        self.port = 0

    async def start(self) -> Service:
        """Returns when it said where it listens."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *PROGRAM,
                *("--json", "serve", "--port", "0", "--workers", str(self._workers)),
                env={**os.environ, "ENTAKU_DATA": str(self._data), "ENTAKU_REQUEST_LOG": "false"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        said = b""
        while not said.rstrip().endswith(b"}"):
            line = await self._process.stdout.readline()
            assert line, f"the service did not start: {self.log.read_text()}"
            said += line
        self.port = int(msgspec.json.decode(said)["address"].rpartition(":")[2])
        return self

    def workers(self) -> list[int]:
        """The processes that answer."""
        pid = self._pid()
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_worker(self) -> None:
        """Kill the oldest worker without a warning; the others go on, and the service starts a new one."""
        os.kill(min(self.workers()), signal.SIGKILL)

    def reload(self) -> None:
        os.kill(self._pid(), signal.SIGHUP)

    async def end(self) -> int:
        """Tell it to end, wait until it has drained, and say its exit status."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), END_S)

    def kill(self) -> None:
        """Whatever is left of it. Safe to repeat."""
        if self._process is None or self._process.returncode is not None:
            return
        for pid in [*self.workers(), self._pid()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid


async def run_entaku(data: Path, *arguments: str) -> tuple[int, str]:
    """Runs one command to its end: its exit status, and what it printed on both streams."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        env={**os.environ, "ENTAKU_DATA": str(data)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()
