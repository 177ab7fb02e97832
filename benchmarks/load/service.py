"""A real service to measure: the command line's own `serve`, in processes of its own, on a data folder of its own.

Processor time comes from /proc/PID/stat (ticks of 10 ms, all threads), memory from /proc/PID/smaps_rollup; on systems
without them those figures are None.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

START_S = 60.0
END_S = 40.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


def entaku_command() -> list[str]:
    """How to call the program: as installed beside this interpreter, or from where Python finds the package."""
    installed = Path(sys.executable).with_name("entaku")
    if installed.is_file():
        return [str(installed)]
    return [sys.executable, "-c", "import sys; from entaku.cli import main; sys.exit(main())"]


def run_entaku(*arguments: str) -> str:
    """Runs one command to its end; its standard output. Fails with what it complained about."""
    done = subprocess.run([*entaku_command(), *arguments], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise SystemExit(f"entaku {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
    return done.stdout


class Usage(msgspec.Struct, frozen=True):
    """What the service's processes have used, at one moment."""

    cpu_s: float
    cpu_s_by_worker: tuple[float, ...]


class Service:
    """Serves from `start` to `stop`. Its standard error, with a line of log for each request, goes to a file."""

    def __init__(
        self,
        data: Path,
        *,
        workers: int,
        demo: bool = False,
        command: Sequence[str] = (),
        settings: dict[str, str] | None = None,
    ) -> None:
        """`command` is called instead of `entaku serve`: it prints its address, and its workers are its children."""
        serve = [*entaku_command(), "serve", "--port", "0", "--workers", str(workers)]
        self._command = list(command) or [*serve, *(["--demo"] if demo else [])]
        self._workers = workers
        self._environment = {**os.environ, "ENTAKU_DATA": str(data), **(settings or {})}
        self._log = data.with_name(f"{data.name}.log")
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when it said where it listens."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                text=True,
            )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := _ADDRESS.search(line):
                self.port = int(found[1])
                return
        raise SystemExit(f"the service did not start:\n{self._log.read_text(encoding='utf-8')[-2000:]}")

    def stop(self) -> None:
        """Ends it as an operator would, and after a while as the kernel would."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=END_S)
        except subprocess.TimeoutExpired:
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)
            self._process.communicate()
        self._process = None

    def wait_for_workers(self) -> None:
        """The first worker that listens is announced; this returns when as many processes as asked for are there."""
        give_up_at = time.monotonic() + START_S
        while self._workers_listening() < self._workers:
            if time.monotonic() > give_up_at:
                raise SystemExit(
                    f"only {self._workers_listening()} of {self._workers} workers listen after {START_S} s"
                )
            time.sleep(0.02)

    def _workers_listening(self) -> int:
        try:
            lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            time.sleep(2)
            return self._workers
        ours = f"0100007F:{self.port:04X}"
        return sum(1 for line in lines if (fields := line.split())[1] == ours and fields[3] == "0A")

    def pids(self) -> list[int]:
        """The process that was started, and its workers."""
        assert self._process is not None, "start it first"
        main = self._process.pid
        return [main, *_children(main)]

    def usage(self) -> Usage | None:
        """None where the system does not tell."""
        try:
            by_process = [_cpu_s(pid) for pid in self.pids()]
        except OSError:
            return None
        return Usage(sum(by_process), tuple(by_process[1:]))

    def pss_bytes(self) -> list[int] | None:
        """Memory of each process, pages that several share counted in parts; the main process first."""
        try:
            return [_pss_bytes(pid) for pid in self.pids()]
        except OSError:
            return None

    def forget_log(self) -> None:
        """Keeps the folder small: what was logged so far is of no more use."""
        os.truncate(self._log, 0)


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _cpu_s(pid: int) -> float:
    # The name in the second field may hold anything, spaces and brackets included.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/{pid}/smaps_rollup has no Pss line")
