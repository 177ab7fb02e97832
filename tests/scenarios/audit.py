"""Scenarios of the audit trail."""

from __future__ import annotations

from tests.scenarios.scenario import Caller, Scenario

SCENARIOS = [
    Scenario(
        method="GET",
        route="/api/audit",
        target="/api/audit?target=user:ben",
        caller=Caller.ADMIN,
        contains=("user_changed", "user_created", "MARK"),
    ),
    Scenario(
        method="GET",
        route="/api/audit",
        target="/api/audit?target=group:designers",
        caller=Caller.ADMIN,
        before=(("PATCH", "/api/groups/designers", {"name": "Another name"}),),
        contains=("group_changed", "Another name"),
    ),
    Scenario(
        method="GET",
        route="/api/audit",
        target="/api/audit?actor=ann",
        caller=Caller.ADMIN,
        contains=("library_created", "MARK"),
    ),
    Scenario(
        method="GET",
        route="/api/audit",
        target="/api/audit?day=2026-04-01&from=2026-04-01T00:00:00Z",
        caller=Caller.ADMIN,
        contains=("library_created", "MARK"),
    ),
]
