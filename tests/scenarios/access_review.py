"""Scenarios of access reviews. The clock stands still: what has happened at 9:30 is all there is."""

from __future__ import annotations

from tests.scenarios.scenario import Caller, Scenario

ROUTE = "/api/access-review"
AT = "at=2026-04-01T09:30:00Z"

SCENARIOS = [
    Scenario(
        method="GET",
        route=ROUTE,
        target=f"{ROUTE}?{AT}",
        caller=Caller.ADMIN,
        contains=('"user_id":"dan"', "Handbook MARK", "Atlas MARK", '"via":["individual:dan"]', '"next_cursor":null'),
    ),
    Scenario(
        method="GET",
        route=ROUTE,
        target=f"{ROUTE}?at=2026-04-01T18:30:00%2B09:00&user=dan&resource=library:guide",
        caller=Caller.ADMIN,
        contains=('"user_id":"dan"', "Guide MARK", '"users":1'),
    ),
    Scenario(
        method="GET",
        route=ROUTE,
        target=f"{ROUTE}?{AT}&resource=library:atlas",
        caller=Caller.ADMIN,
        before=(("DELETE", "/api/libraries/atlas", None),),
        contains=('"accesses":[]',),
    ),
    Scenario(
        method="GET",
        route=f"{ROUTE}/document",
        target=f"{ROUTE}/document?{AT}&resource=library:guide",
        caller=Caller.ADMIN,
        contains=('{"review":{', '"format":"entaku access review 1"', "Guide MARK", '"summary":{', '"signature":"'),
    ),
]
