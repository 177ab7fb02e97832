"""Logs as lines of JSON, written by a thread of their own: whoever logs only puts a record in a queue.

The thread writes what has gathered ten times a second, not each record as it comes: waking it for every request costs
forty microseconds of switching to and fro, more than the answer. When lines come faster than they can be written, the
newest are dropped and their number is told: a server that answers without a log beats one that waits for its terminal.
A line that cannot be made says so in its place; lines that cannot be written, as on a full disk, are counted too.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Any

import msgspec

LINES_WAITING_MAX = 50_000
WRITTEN_EVERY_S = 0.1


class LogLines:
    """Sends everything the process logs, from `level` on, to a stream, until it is stopped."""

    def __init__(self, stream: IO[str], *, level: int = logging.INFO, waiting_max: int = LINES_WAITING_MAX) -> None:
        self._stream = stream
        self._waiting = _Waiting(waiting_max)
        self._stopping = threading.Event()
        self._root = logging.getLogger()
        self._root.addHandler(self._waiting)
        self._root.setLevel(level)
        # What no line shows need not be looked up for every record (see the logging how-to, "Optimization").
        logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
        self._writer = threading.Thread(target=self._write_on, name="log lines", daemon=True)
        self._writer.start()

    def stop(self) -> None:
        """Writes what is waiting, and ends. Stop it before the process ends, or its last lines are lost."""
        self._root.removeHandler(self._waiting)
        self._stopping.set()
        self._waiting.arrived.set()
        self._writer.join()

    def _write_on(self) -> None:
        while not self._stopping.is_set():
            self._waiting.arrived.wait()
            self._stopping.wait(WRITTEN_EVERY_S)
            self._write_waiting()
        self._write_waiting()

    def _write_waiting(self) -> None:
        self._waiting.arrived.clear()
        taken = self._waiting.take()
        if not taken:
            return
        try:
            self._stream.write("".join(f"{said if isinstance(said, str) else log_line(said)}\n" for said in taken))
            self._stream.flush()
        except (OSError, ValueError) as error:
            # A full disk, a terminal that has gone, a stream that was closed: this thread must outlive them.
            self._waiting.tell_unwritten(len(taken), str(error))
        else:
            self._waiting.tell_written()


class _Waiting(logging.Handler):
    """The queue. A deque's ends are atomic, so the handler's own lock is not taken."""

    def __init__(self, waiting_max: int) -> None:
        super().__init__()
        self._waiting_max = waiting_max
        self.arrived = threading.Event()
        self._said: deque[logging.LogRecord | str] = deque()
        self._dropped = 0
        # Touched by the writing thread only.
        self._unwritten, self._why_unwritten = 0, ""

    def handle(self, record: logging.LogRecord) -> bool:
        if len(self._said) >= self._waiting_max:
            self._dropped += 1
            return False
        # Structs, which are many, become lines at once: a thousand together would hold up requests for milliseconds.
        self._said.append(log_line(record) if isinstance(record.msg, msgspec.Struct) else record)
        if not self.arrived.is_set():
            self.arrived.set()
        return True

    def take(self) -> list[logging.LogRecord | str]:
        taken = [self._said.popleft() for _ in range(len(self._said))]
        dropped, self._dropped = self._dropped, 0
        if dropped:
            taken.append(_own_record(f"{dropped} log lines were dropped: they came faster than they could be written"))
        if self._unwritten:
            taken.append(_own_record(f"{self._unwritten} log lines could not be written: {self._why_unwritten}"))
        return taken

    def tell_written(self) -> None:
        self._unwritten = 0

    def tell_unwritten(self, lines: int, why: str) -> None:
        # The line that told of earlier ones was among these.
        self._unwritten += lines - (1 if self._unwritten else 0)
        self._why_unwritten = why


def _own_record(message: str) -> logging.LogRecord:
    return logging.LogRecord("entaku.log", logging.WARNING, "", 0, message, None, None)


def log_line(record: logging.LogRecord) -> str:
    """One record as one line of JSON. A struct that was logged becomes fields of its own. Never raises: a record that
    cannot be told is told of."""
    try:
        return _line(record)
    except Exception as error:
        where, why = f"{record.pathname}:{record.lineno}", f"{type(error).__name__}: {error}"
        told = ("the line logged at %s cannot be told: %s", (where, why))
        return _line(logging.LogRecord(record.name, record.levelno, "", 0, *told, None))


def _line(record: logging.LogRecord) -> str:
    seconds, fraction = divmod(record.created, 1)
    at = f"{_second(int(seconds))}.{int(fraction * 1000):03}+00:00"
    said: object = record.msg
    if isinstance(said, msgspec.Struct):
        return f'{{"time":"{at}","level":"{record.levelname.lower()}",{_ENCODER.encode(said).decode()[1:]}'
    line: dict[str, Any] = {
        "time": at,
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _as_utf8(record.getMessage()),
    }
    if request_id := getattr(record, "request_id", None):
        line["request_id"] = request_id
    if record.exc_info:
        line["error"] = _as_utf8(_FORMATTER.formatException(record.exc_info))
    return _ENCODER.encode(line).decode()


def _as_utf8(text: str) -> str:
    """The text; halves of characters, as file names may hold, become escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


@lru_cache(8)
def _second(since_1970: int) -> str:
    return datetime.fromtimestamp(since_1970, UTC).isoformat().removesuffix("+00:00")


_ENCODER = msgspec.json.Encoder()
_FORMATTER = logging.Formatter()
