"""Which worker processes there are: those that crash are replaced, on HUP all are, one by one, and after TERM none is.

The library brings a loop for this, but one that sleeps while it replaces workers, so that TERM waits for the end of a
reload; that ends the service when a worker crashes in the middle of one; and whose signal handlers take a lock that
two signals at once never let go of. This loop looks ten times a second, and its handlers only leave a note.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from typing import Any, cast

from granian.server.mp import MPServer, WorkerProcess

SUPERVISOR_LOGGER = __name__
log = logging.getLogger(SUPERVISOR_LOGGER)

LOOK_EVERY_S = 0.1
DRAIN_S = 30
DRAIN_LOOK_EVERY_S = 0.01
RELOAD_OVERLAP_S = 3.5
"""How long a new worker has to start before the one it replaces stops accepting."""
CRASH_LOOP_S = 5.5
"""A worker that crashes again so soon after it was replaced ends the service: starting it once more is no help."""


class Supervisor(MPServer):
    """The main process. The first `workers` of its processes serve; the one that leaves, if there is one, is the last.

    It leaves in two steps: its successor gets time to start, then it is told to end and gets time to drain.
    """

    announcing: threading.Thread
    wrks: list[WorkerProcess]
    interrupt_children: list[int]

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        library = cast("Any", super())
        library.startup(spawn_target, target_loader)
        # Only now, when all workers are forked: a child would inherit whatever lock this thread held at that moment.
        self.announcing.start()

    def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
        self.interrupt_signal = True
        # A signal to the whole process group has reached the workers too: that they end now is no crash.
        for worker in self.wrks:
            worker.interrupt_by_parent = True

    def signal_handler_reload(self, *args: object, **kwargs: object) -> None:
        self.reload_signal = True

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        self._make_worker = partial(cast("Any", self)._spawn_worker, target=spawn_target, callback_loader=target_loader)
        self._due: list[int] = []
        self._replaced_at: dict[int, float] = {}
        self._leaving: WorkerProcess | None = None
        while not self.interrupt_signal:
            if self.reload_signal:
                # Also in the middle of a reload: what that one has started may be out of date by now.
                self.reload_signal, self._due = False, list(range(self.workers))
            crashed = next((worker for worker in self.wrks[: self.workers] if not worker.is_alive()), None)
            if crashed is not None:
                if not self._replace_crashed(crashed):
                    # The library then ends with status 1.
                    self.interrupt_children.append(crashed.idx)
                    return
            elif self._leaving is not None:
                self._go_on_leaving(self._leaving)
            elif self._due:
                self._begin_to_replace(self.wrks[self._due.pop(0)])
            time.sleep(LOOK_EVERY_S)
        # Crashes of the past, which have been dealt with.
        self.interrupt_children.clear()

    def _stop_workers(self) -> None:
        """Tells all to end, and kills those that have not drained in time.

        The library joins each of them here and in a thread of its own. One of the two then cannot learn how the process
        ended, and may report and kill one that had long gone.
        """
        for worker in self.wrks:
            worker.terminate()
        due_at = time.monotonic() + DRAIN_S
        while (left := [worker for worker in self.wrks if worker.is_alive()]) and time.monotonic() < due_at:
            time.sleep(DRAIN_LOOK_EVERY_S)
        for worker in left:
            log.warning("worker %d is killed: it has not drained within %d s", worker.idx + 1, DRAIN_S)
            worker.kill()
        self.wrks.clear()

    def _replace_crashed(self, worker: WorkerProcess) -> bool:
        """False when that would go on for ever."""
        old = self._leaving
        if old is not None and old.idx == worker.idx and not self._is_told_to_end and old.is_alive():
            log.error("worker %d ended while it started; the reload stops, and the old worker serves on", old.idx + 1)
            self.wrks.remove(old)
            self.wrks[old.idx] = old
            self._leaving = None
            self._due.clear()
            return True
        now = time.monotonic()
        if now - self._replaced_at.get(worker.idx, -CRASH_LOOP_S) <= CRASH_LOOP_S:
            log.error("worker %d ended again as soon as it was replaced; the service ends", worker.idx + 1)
            return False
        self._replaced_at[worker.idx] = now
        self.wrks[worker.idx] = self._started(worker.idx) or worker
        return True

    def _begin_to_replace(self, old: WorkerProcess) -> None:
        new = self._started(old.idx)
        if new is None:
            log.error("the reload stops, and the old workers serve on")
            self._due.clear()
            return
        self.wrks[old.idx] = new
        self.wrks.append(old)
        self._leaving, self._is_told_to_end = old, False
        self._next_step_at = time.monotonic() + RELOAD_OVERLAP_S

    def _go_on_leaving(self, old: WorkerProcess) -> None:
        if not old.is_alive():
            self.wrks.remove(old)
            self._leaving = None
        elif time.monotonic() >= self._next_step_at:
            if self._is_told_to_end:
                log.warning("the old worker %d is killed: it has not drained within %d s", old.idx + 1, DRAIN_S)
                old.kill()
            else:
                old.terminate()
            self._is_told_to_end = True
            self._next_step_at = time.monotonic() + DRAIN_S

    def _started(self, idx: int) -> WorkerProcess | None:
        worker: WorkerProcess = self._make_worker(idx=idx)
        try:
            worker.start()
        except OSError as error:
            log.error("a new worker %d cannot be started: %s", idx + 1, error)
            return None
        return worker
