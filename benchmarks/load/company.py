"""Who else is at work on this machine: found out before a run, and during it.

A benchmark that shares its cores with a test run measures the test run. So a run can wait for a quiet moment, and each
reports how much of the machine others took while it went on.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

LOOK_S = 2.0
QUIET_CORES = 0.15
"""Of processor time that others may take and the machine still counts as quiet."""


def machine_busy_s() -> float | None:
    """Processor seconds of the whole machine since its start, idle ones left out; None where it does not tell."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    except OSError:
        return None
    user, nice, system, _idle, _waiting, hard, soft, stolen, *_ = (int(word) for word in line.split()[1:])
    return (user + nice + system + hard + soft + stolen) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet(patience_s: float) -> None:
    """Returns when nobody else worked for `LOOK_S`, or when patience is at its end."""
    give_up_at = time.monotonic() + patience_s
    while time.monotonic() < give_up_at:
        before = machine_busy_s()
        time.sleep(LOOK_S)
        after = machine_busy_s()
        if before is None or after is None or (after - before) / LOOK_S < QUIET_CORES:
            return
