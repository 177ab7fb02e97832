"""Scenarios of the life of a library: archived, deleted, restored, handed over. `ben`, the member, owns the guide."""

from __future__ import annotations

from typing import Any

from tests.scenarios.scenario import Caller, Scenario

LIBRARY = "/api/libraries/{library_id}"
UNKNOWN = {Caller.MEMBER: 404}
"""Who may not know of a library hears that there is none."""

Step = tuple[str, str, Any]
GUIDE_ARCHIVED: tuple[Step, ...] = (("POST", "/api/libraries/guide/archive", None),)
GUIDE_DELETED: tuple[Step, ...] = (("DELETE", "/api/libraries/guide", None),)
ATLAS_DELETED: tuple[Step, ...] = (("DELETE", "/api/libraries/atlas?reason=old", None),)

SCENARIOS = [
    Scenario(
        method="POST",
        route=LIBRARY + "/archive",
        target="/api/libraries/guide/archive",
        contains=('"state":"archived"', "Guide MARK", '"share_count":3'),
    ),
    Scenario(
        method="POST",
        route=LIBRARY + "/archive",
        target="/api/libraries/handbook/archive",
        caller=Caller.ADMIN,
        contains=('"state":"archived"',),
    ),
    Scenario(
        method="POST",
        route=LIBRARY + "/unarchive",
        target="/api/libraries/guide/unarchive",
        before=GUIDE_ARCHIVED,
        contains=('"state":"active"',),
    ),
    Scenario(
        method="POST",
        route=LIBRARY + "/restore",
        target="/api/libraries/guide/restore",
        before=GUIDE_DELETED,
        contains=('"state":"active"', '"deleted_at":null', "Guide MARK"),
    ),
    Scenario(
        method="POST",
        route=LIBRARY + "/restore",
        target="/api/libraries/atlas/restore",
        caller=Caller.ADMIN,
        before=ATLAS_DELETED,
        contains=('"owner":"cleo"', '"share_count":2'),
        refusals=UNKNOWN,
    ),
    Scenario(
        method="POST",
        route=LIBRARY + "/transfer",
        target="/api/libraries/guide/transfer",
        body={"owner": "cleo", "keep": ["read", "write"], "reason": "A new desk."},
        contains=('"owner":"cleo"', '"share_count":3'),
    ),
    Scenario(
        method="POST",
        route=LIBRARY + "/transfer",
        target="/api/libraries/handbook/transfer",
        caller=Caller.ADMIN,
        body={"owner": "dan"},
        contains=('"owner":"dan"', '"share_count":1'),
    ),
    Scenario(
        method="DELETE",
        route=LIBRARY,
        target="/api/libraries/guide?permanently=true",
        status=204,
    ),
    Scenario(
        method="DELETE",
        route=LIBRARY,
        target="/api/libraries/atlas?permanently=true",
        caller=Caller.ADMIN,
        before=ATLAS_DELETED,
        status=204,
        refusals=UNKNOWN,
    ),
    Scenario(
        method="GET",
        route="/api/libraries",
        target="/api/libraries?state=deleted",
        before=(*GUIDE_DELETED, *ATLAS_DELETED),
        contains=("Guide MARK", '"state":"deleted"', '"purge_at":"'),
    ),
    Scenario(
        method="GET",
        route="/api/libraries",
        target="/api/libraries?state=archived",
        caller=Caller.ADMIN,
        before=GUIDE_ARCHIVED,
        contains=("Guide MARK", '"state":"archived"'),
    ),
]
