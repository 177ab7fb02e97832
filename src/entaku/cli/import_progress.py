"""How far long work is, on standard error: a bar on a terminal, a line for each finished phase everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from entaku.cli.exit_status import say

if TYPE_CHECKING:
    from rich.progress import TaskID

    from entaku.table.progress import Tell

LINE_EVERY = 1_000
"""Things of one phase between two plain lines."""
LABELS = {"shares": "libraries shared"}
"""Phases that count something else than their name says."""

INTERRUPTED = "interrupted; what was written stays, and the same command again finishes it"


@contextmanager
def watched(interrupted: str = INTERRUPTED) -> Generator[Tell]:
    """Gives what is told the phase, how much of it is done, and how much it is in all. Says how to go on when the
    person interrupts."""
    try:
        with _bars() if sys.stderr is not None and sys.stderr.isatty() else nullcontext(_Lines().tell) as tell:
            yield lambda phase, done, total: tell(LABELS.get(phase, phase), done, total)
    except KeyboardInterrupt:
        say(interrupted)
        raise


@contextmanager
def _bars() -> Generator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def tell(phase: str, done: int, total: int | None) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done, total=total)

        yield tell


class _Lines:
    """Writes a line when a phase is done, and now and then in a long one."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def tell(self, phase: str, done: int, total: int | None) -> None:
        last = self._told.get(phase, 0)
        if done > last and (done == total or done - last >= LINE_EVERY):
            self._told[phase] = done
            say(f"{phase}: {done}" if total is None else f"{phase}: {done} of {total}")
