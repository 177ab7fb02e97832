"""The thread that writes: it takes what waits, commits it in one transaction, and answers after the commit.

One commit for many lists is what makes many writers cheap; a savepoint for each list is what keeps them apart. The
event loop is woken once for a whole group.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import apsw

from entaku.core.errors import EntakuError, Unavailable
from entaku.table.drivers.sqlite.connections import Connection, translated
from entaku.table.drivers.sqlite.lock import WriterLock

T = TypeVar("T")

# A group ends when nothing waits, or at the first of these. The time bounds what other processes wait for.
GROUP_LISTS_MAX = 64
GROUP_S = 0.02

QUEUE_LISTS_MAX = 10_000

# A loop that is never idle lets go of the interpreter lock only for moments, too short for another thread to wake up
# in: writes have been seen to wait for seconds. Where no answer has come for so long, the loop stands still for a
# moment, again and again until one comes.
OVERDUE_S = 0.005
GIVE_WAY_S = 0.0002
GIVE_WAY_EVERY_S = 0.001

CHECKPOINT_PAGES = 1000
"""The log is copied back to the file whenever it has grown by so many pages (8 MB)."""

LOG_PAGES_MAX = 4 * CHECKPOINT_PAGES
"""From here on the writers stand still for a moment, so that the log can begin anew."""

_RESTART_WAIT_MS = 200


# What says more about the file than about the list: no list of the group can be committed.
_FAILS_EVERYBODY = (
    apsw.IOError,
    apsw.FullError,
    apsw.NoMemError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.InterruptError,
)


class _Job(NamedTuple):
    work: Callable[[Connection], Any]
    answer: asyncio.Future[Any]


class _Outcome(NamedTuple):
    answer: asyncio.Future[Any]
    result: Any
    error: Exception | None


class Writer:
    """Runs work on the writing connection. Begun on the event loop's thread; the thread starts with the first work."""

    def __init__(self, connection: Connection, lock: WriterLock, path: Path, wait_s: float) -> None:
        self._connection = connection
        self._lock = lock
        self._path = path
        self._wait_ms = round(wait_s * 1000)
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._accepted = 0
        self._answered = 0
        self._answered_before = 0
        self._is_watched = False
        self._log_pages = 0
        self._checkpoint_at = CHECKPOINT_PAGES
        connection.set_wal_hook(self._note_log_pages)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """The result of the work, once it is committed; what it raises, once it is undone. It must not wait.

        Raises Unavailable when the work could not be done. Cancelling the caller does not undo it.
        """
        if self._closed:
            raise Unavailable(f"{self._path} has been closed; open it again")
        if self._queue.qsize() >= QUEUE_LISTS_MAX:
            raise Unavailable(f"{QUEUE_LISTS_MAX} writes to {self._path} are waiting already; try again later")
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._loop = loop
            # A daemon: a program that forgets to close may still end, and the kernel lets go of the lock.
            self._thread = threading.Thread(target=self._serve, name=f"entaku writer of {self._path.name}", daemon=True)
            self._thread.start()
        answer: asyncio.Future[Any] = loop.create_future()
        self._queue.put(_Job(work, answer))
        self._accepted += 1
        if not self._is_watched:
            self._is_watched = True
            loop.call_later(OVERDUE_S, self._watch, loop)
        return await answer

    async def close(self) -> None:
        """Finishes what was accepted, copies the log back and closes the connection. Safe to repeat, one at a time."""
        if self._closed:
            return
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
        with contextlib.suppress(apsw.Error):
            self._connection.wal_checkpoint()
        self._connection.close()
        self._lock.close()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the loop, while there is something to answer: gives way to the thread when its answers do not come."""
        if self._answered == self._accepted:
            self._is_watched = False
            return
        is_overdue = self._answered == self._answered_before
        if is_overdue:
            time.sleep(GIVE_WAY_S)
        self._answered_before = self._answered
        loop.call_later(GIVE_WAY_EVERY_S if is_overdue else OVERDUE_S, self._watch, loop)

    def _deliver(self, outcomes: list[_Outcome]) -> None:
        """On the loop."""
        self._answered += len(outcomes)
        for answer, result, error in outcomes:
            if answer.done():
                continue
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)

    def _serve(self) -> None:
        while (job := self._queue.get()) is not None:
            last = self._commit_group(job)
            self._checkpoint_when_due()
            if last:
                return

    def _commit_group(self, first: _Job) -> bool:
        """Does the job and what waits behind it. True when the queue said that nothing follows."""
        jobs, outcomes, last = [first], list[_Outcome](), False
        try:
            self._lock.acquire()
        except Unavailable as error:
            last = self._take_waiting(jobs)
            self._answer([_Outcome(job.answer, None, self._failure(error)) for job in jobs])
            return last
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            ends = time.monotonic() + GROUP_S
            outcomes.append(self._do(first))
            while len(jobs) < GROUP_LISTS_MAX and time.monotonic() < ends:
                try:
                    job = self._queue.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    last = True
                    break
                jobs.append(job)
                outcomes.append(self._do(job))
            self._commit()
        except (apsw.Error, Unavailable) as error:
            self._roll_back()
            outcomes = [_Outcome(job.answer, None, self._failure(error)) for job in jobs]
        finally:
            self._lock.release()
        self._answer(outcomes)
        return last

    def _do(self, job: _Job) -> _Outcome:
        """One list in its savepoint. Raises apsw.Error when the group as a whole cannot go on."""
        run = self._connection.execute
        run("SAVEPOINT list")
        try:
            result = job.work(self._connection)
        except _FAILS_EVERYBODY:
            raise
        except Exception as error:
            run("ROLLBACK TO list")
            run("RELEASE list")
            failure = translated(error, self._path) if isinstance(error, apsw.Error) else error
            return _Outcome(job.answer, None, failure)
        run("RELEASE list")
        return _Outcome(job.answer, result, None)

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except apsw.IOError as error:
            # The frames may be in the log in full, and the next process that recovers it would find them committed.
            raise Unavailable(
                f"the commit to {self._path} failed: {error}; look whether the write happened before doing it again",
                outcome_unknown=True,
            ) from error

    def _roll_back(self) -> None:
        """Unless SQLite has done it already, as it does after some errors."""
        with contextlib.suppress(apsw.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _failure(self, error: apsw.Error | Unavailable) -> EntakuError:
        """One for each list: an exception that several tasks raise collects the traces of all."""
        if isinstance(error, Unavailable):
            failure = Unavailable(error.message, outcome_unknown=error.outcome_unknown)
        else:
            failure = translated(error, self._path)
        failure.__cause__ = error
        return failure

    def _take_waiting(self, jobs: list[_Job]) -> bool:
        with contextlib.suppress(queue.Empty):
            while True:
                job = self._queue.get_nowait()
                if job is None:
                    return True
                jobs.append(job)
        return False

    def _answer(self, outcomes: list[_Outcome]) -> None:
        assert self._loop is not None
        # A loop that was closed meanwhile has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._deliver, outcomes)

    def _note_log_pages(self, connection: Connection, name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint_when_due(self) -> None:
        """Copies the log back to the file, after the answers and without the lock unless the log has become too long.

        A failure costs nothing but room: the log stays complete, and the next attempt is made when it has grown again.
        """
        if self._log_pages < CHECKPOINT_PAGES:
            self._checkpoint_at = CHECKPOINT_PAGES
        if self._log_pages < self._checkpoint_at:
            return
        self._checkpoint_at = self._log_pages + CHECKPOINT_PAGES
        with contextlib.suppress(apsw.Error, Unavailable):
            if self._log_pages < LOG_PAGES_MAX:
                self._connection.wal_checkpoint()
            else:
                self._begin_log_anew()

    def _begin_log_anew(self) -> None:
        self._lock.acquire()
        try:
            self._connection.set_busy_timeout(_RESTART_WAIT_MS)
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
            self._checkpoint_at = CHECKPOINT_PAGES
        finally:
            self._connection.set_busy_timeout(self._wait_ms)
            self._lock.release()
