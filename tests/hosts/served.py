"""A server with worker processes, started and signalled as a service manager does, and everything that it says."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests.hosts.reporting_app import FOLDER

ROOT_FOLDER = Path(__file__).parents[2]
SERVE = """
import sys
from entaku.hosts.local import ServeSettings, serve

def announce(address):
    print(f"{address}\\n", end="", flush=True)

settings = ServeSettings(port=0, workers=int(sys.argv[1]))
serve("tests.hosts.reporting_app:application", settings, announce=announce)
"""


class Served:
    """The processes of one server. What they say and log comes through one pipe, which ends with the last of them."""

    def __init__(self, folder: Path, *, workers: int) -> None:
        self.folder = folder
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(workers)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, FOLDER: str(folder), "PYTHONPATH": f"{ROOT_FOLDER / 'src'}{os.pathsep}{ROOT_FOLDER}"},
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._count = workers
        self._port = 0

    def start(self) -> Served:
        """Returns when all workers serve."""
        self._port = int(self.until_logged("http://").rpartition(":")[2])
        self.until("serves", self._count)
        return self

    def workers(self, word: str) -> list[int]:
        """Those that said the word, in its order."""
        return [int(line.split()[1]) for line in self.said if line.startswith(f"{word} ")]

    def until(self, word: str, count: int) -> None:
        """Reads on until so many workers said the word."""
        while len(self.workers(word)) < count:
            self._read_on(f"{word} {count} times")

    def until_logged(self, words: str) -> str:
        """Reads on to a line with these words."""
        while words not in self._read_on(words):
            pass
        return self.said[-1]

    def tell(self, *signals: signal.Signals) -> None:
        for each in signals:
            self._process.send_signal(each)

    def tell_all(self, what: signal.Signals) -> None:
        """Every process at once, as a terminal does and most service managers do."""
        os.killpg(self.pid, what)

    def end(self) -> int:
        """Reads until no process is left that could say anything; the exit status."""
        while self._read():
            pass
        return self._process.wait()

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, path: str = "/") -> int:
        """Which process answers."""
        while not self.listens():  # A worker serves a moment after it said so.
            pass
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            connection.request("GET", path)
            return int(connection.getresponse().read())

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=60).close()
        except ConnectionRefusedError:
            return False
        return True

    def kill(self) -> None:
        """Whatever is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.communicate()

    def _read_on(self, wanted: str) -> str:
        line = self._read()
        assert line, f"it ended without {wanted}: {self.said}"
        return line

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            self.said.append(line.rstrip())
        return line


class SlowRequest:
    """A request that is being answered until it is let go."""

    def __init__(self, server: Served) -> None:
        self._answers: list[int] = []
        self._leave = server.folder / "leave"
        os.mkfifo(self._leave)
        self._asking = threading.Thread(target=lambda: self._answers.append(server.ask("/slow")))
        self._asking.start()
        server.until("answers", 1)

    def finish(self) -> list[int]:
        """The one process that answered, or none where the answer did not come."""
        self._leave.write_text("go")
        self._asking.join()
        return self._answers
