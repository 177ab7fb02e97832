"""The operations of jobs, case by case."""

from __future__ import annotations

from tests.modules.calls.operation import Operation

RUNS = (
    Operation("sharing.jobs.list", "", lambda w: w.sharing.jobs.list(w.actor())),
    Operation("sharing.jobs.get", "", lambda w: w.sharing.jobs.get(w.actor(), "drift")),
    Operation("sharing.jobs.start", "until it is begun", lambda w: w.sharing.jobs.start(w.actor(), "drift")),
    Operation(
        "sharing.jobs.run", "ended shares, of which there are none", lambda w: w.sharing.jobs.run(w.actor(), "expiry")
    ),
    Operation("sharing.rows.pending", "", lambda w: w.sharing.rows.pending(w.actor())),
)
