"""Scenarios of AuthZEN, on the libraries that the scenarios of sharing furnish."""

from __future__ import annotations

from typing import Any

from tests.scenarios.scenario import Caller, Scenario


def question(user_id: str, action: str, library_id: str) -> dict[str, Any]:
    return {
        "subject": {"type": "user", "id": user_id},
        "action": {"name": action},
        "resource": {"type": "library", "id": library_id},
    }


SCENARIOS = [
    Scenario(
        method="POST",
        route="/access/v1/evaluation",
        body=question("ben", "read", "handbook"),
        contains=('"decision":true', "Handbook MARK"),
    ),
    Scenario(
        method="POST",
        route="/access/v1/evaluation",
        caller=Caller.ADMIN,
        body=question("cleo", "write", "handbook"),
        contains=('"decision":false', '"reason_admin":'),
    ),
    Scenario(
        method="POST",
        route="/access/v1/evaluations",
        body={
            **question("ben", "read", "handbook"),
            "evaluations": [{}, {"action": {"name": "write"}}, {"resource": {"type": "library", "id": "atlas"}}],
        },
        contains=('"evaluations":[{"decision":true', '{"decision":false}]}'),
    ),
    Scenario(
        method="POST",
        route="/access/v1/search/subject",
        body={**question("ben", "write", "guide"), "subject": {"type": "user"}},
        contains=('"id":"ben"', '"id":"cleo"', '"id":"dan"', '"next_token":""'),
    ),
    Scenario(
        method="POST",
        route="/access/v1/search/resource",
        body={**question("ben", "write", ""), "resource": {"type": "library"}},
        contains=('"results":[{"type":"library","id":"guide"}]',),
    ),
    Scenario(
        method="POST",
        route="/access/v1/search/action",
        caller=Caller.ADMIN,
        body={"subject": {"type": "user", "id": "dan"}, "resource": {"type": "library", "id": "atlas"}},
        contains=('"results":[{"name":"read"},{"name":"write"}]', '"next_token":""'),
    ),
    Scenario(
        method="GET",
        route="/.well-known/authzen-configuration",
        caller=Caller.NOBODY,
        is_same_for_all=True,
        contains=("/access/v1/search/resource",),
    ),
]
