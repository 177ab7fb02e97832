"""Scenarios of what the transport kit answers itself."""

from __future__ import annotations

from tests.scenarios.scenario import Caller, Scenario

SCENARIOS = [
    Scenario(method="GET", route="/healthz", caller=Caller.NOBODY, contains=('"status":"ok"',)),
    Scenario(method="GET", route="/errors", caller=Caller.NOBODY, contains=("not_found", "conflict")),
    Scenario(method="GET", route="/schema", caller=Caller.NOBODY, contains=("/schema/openapi.json",)),
    Scenario(method="GET", route="/schema/openapi.json", caller=Caller.NOBODY, contains=('"openapi":"3.1',)),
    Scenario(method="GET", route="/schema/openapi-explorer.min.js", caller=Caller.NOBODY),
    Scenario(method="GET", route="/metrics", caller=Caller.OPERATOR, contains=("entaku_",)),
]
