"""Whose turn it is to write, among the processes that share a file.

SQLite's own lock is taken by whoever polls at the right moment: of two busy processes one waits for seconds. Here they
pass a turnstile: the next writer holds the turn while it waits for the lock, and who has just written queues for the
turn behind it. Both locks are whole files under `flock`, which the kernel lets go when a process dies.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from entaku.core.errors import Invalid, Unavailable

# How often somebody who waits looks again. The one that is next looks more often: it delays everybody else.
_NEXT_POLL_S = 0.0001
_QUEUE_POLL_S = 0.0005


class WriterLock:
    """Held by one writer of one process at a time. Used by one thread; never kept over an `await`."""

    def __init__(self, path: Path, wait_s: float) -> None:
        self._path = path
        self._wait_s = wait_s
        self._lock = _open(Path(f"{path}.lock"))
        try:
            self._turn = _open(Path(f"{path}.turn"))
        except Invalid:
            os.close(self._lock)
            raise

    def acquire(self) -> None:
        """Waits for a bounded time, then raises Unavailable."""
        give_up = time.monotonic() + self._wait_s
        self._wait(self._turn, _QUEUE_POLL_S, give_up)
        try:
            self._wait(self._lock, _NEXT_POLL_S, give_up)
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)

    def release(self) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def close(self) -> None:
        """Lets go of everything. Not safe to repeat."""
        os.close(self._turn)
        os.close(self._lock)

    def _wait(self, lock: int, poll_s: float, give_up: float) -> None:
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= give_up:
                    raise Unavailable(
                        f"other processes have kept the write lock of {self._path} for {self._wait_s:g} s; try again"
                    ) from None
            except OSError as error:
                raise Unavailable(f"the lock files of {self._path} cannot be locked: {error.strerror}") from error
            time.sleep(poll_s)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Invalid(f"the lock file {path} cannot be opened: {error.strerror}") from error
