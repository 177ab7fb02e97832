"""Scenarios of jobs: what there is to run, how far it is, and runs in the background."""

from __future__ import annotations

from tests.scenarios.scenario import Caller, Scenario

JOB = "/api/jobs/{name}"

SCENARIOS = [
    Scenario(
        method="GET",
        route="/api/jobs",
        caller=Caller.ADMIN,
        contains=('"name":"drift"', '"state":"not_run"', '"pending":{"count":'),
    ),
    Scenario(
        method="GET",
        route=JOB,
        target="/api/jobs/statistics",
        caller=Caller.ADMIN,
        is_same_for_all=True,
        contains=('"name":"statistics"', '"summary":""'),
    ),
    Scenario(
        method="POST",
        route=JOB + "/runs",
        target="/api/jobs/drift/runs",
        caller=Caller.ADMIN,
        is_same_for_all=True,
        status=202,
        contains=('"name":"drift"', '"state":"running"', '"asked_by":"ann"'),
    ),
]
