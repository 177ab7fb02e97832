"""Scenarios of everyone who reaches a library, and of the lists of many users at once.

`ben`, the member, owns the guide and may read the handbook; of the atlas he knows nothing.
"""

from __future__ import annotations

from tests.scenarios.scenario import Caller, Scenario

USERS = "/api/libraries/{library_id}/users"
LISTS = "/api/lists"

SCENARIOS = [
    Scenario(
        method="GET",
        route=USERS,
        target="/api/libraries/guide/users",
        contains=('"user_id":"ben"', '"access_type":"owner","via":null', "Cleo MARK", '"total":3', '"complete":true'),
    ),
    Scenario(
        method="GET",
        route=USERS,
        target="/api/libraries/guide/users?sort=name&q=DAN&permission=write&total=exact",
        contains=('"via":{"kind":"individual","id":"dan"}', '"total":1', '"next_cursor":null'),
    ),
    Scenario(
        method="GET",
        route=USERS,
        target="/api/libraries/handbook/users",
        caller=Caller.ADMIN,
        contains=("Dan MARK", '"via":{"kind":"group","id":"staff"}'),
    ),
    Scenario(
        method="GET",
        route=USERS,
        target="/api/libraries/atlas/users",
        caller=Caller.ADMIN,
        contains=("Dan MARK",),
        refusals={Caller.MEMBER: 404},
    ),
    Scenario(
        method="POST",
        route=LISTS,
        body={"users": ["ben"]},
        contains=('"lists":[{"user_id":"ben"', "Guide MARK", '"missing":[]'),
    ),
    Scenario(
        method="POST",
        route=LISTS,
        caller=Caller.ADMIN,
        body={"users": ["dan", "ben", "nobody"], "limit": 1, "sort": "id", "q": "TLAS", "permission": "write"},
        contains=('"total":1', '"total":0', "Atlas MARK", '"missing":["nobody"]', '"response_time_ms":'),
    ),
    Scenario(
        method="GET",
        route="/api/users/{user_id}/libraries",
        target="/api/users/dan/libraries?permission=write&sort=id",
        caller=Caller.ADMIN,
        contains=('"total":3', '"read_access":[]'),
    ),
]
