"""Scenarios of previews: what a change would do, beside each change that can be previewed.

The things are those of the scenarios of sharing and of accounts. One preview is kept: of the handbook, shared with
everybody.
"""

from __future__ import annotations

from entaku.core.context import Actor
from entaku.core.ids import new_id
from entaku.main import App
from entaku.modules.sharing import Previews, Resource, SharesChange
from entaku.testing import ManualClock
from tests.modules.sharing.world import grant
from tests.scenarios.scenario import Caller, Scenario
from tests.scenarios.sharing import UNKNOWN

SHARES = "/api/libraries/{library_id}/shares/preview"
LIBRARY = "/api/libraries/{library_id}/preview"
USER = "/api/users/{user_id}/preview"
DEPARTMENT = "/api/departments/{department_id}/preview"
GROUP = "/api/groups/{group_id}/preview"
KEPT = new_id(ManualClock().now(), bytes)


async def furnish(app: App, actor: Actor, mark: str) -> None:
    """A preview that took several steps: of so few pairs that there is more than one. Its id is made without chance."""
    previews = Previews(
        *(app.table, app.accounts.hierarchies, app.sharing.kinds, app.audit, app.sharing.rows.pendings),
        owned=app.sharing.libraries,
        clock=app.clock,
        randomness=bytes,
        pairs_at_once=1,
    )
    change = SharesChange(resource=Resource("library", "handbook"), add=(grant("organisation"),))
    page = await previews.preview(actor, change)
    while page.preview.state == "running":
        page = await previews.get(actor, page.preview.preview_id, limit=1)


SCENARIOS = [
    Scenario(
        method="POST",
        route=SHARES,
        target="/api/libraries/guide/shares/preview",
        body={
            "add": [{"principal": {"kind": "individual", "id": "cleo"}, "expires_at": "2027-01-01T00:00:00Z"}],
            "remove": [{"kind": "individual", "id": "dan"}],
        },
        contains=("Cleo MARK", "Dan MARK loses access to library", '"complete":true', '"token":"'),
    ),
    Scenario(
        method="POST",
        route=SHARES,
        target="/api/libraries/handbook/shares/preview",
        caller=Caller.ADMIN,
        body={"add": [{"principal": {"kind": "organisation"}}]},
        contains=("Robot MARK gains access to library", '"gains":'),
    ),
    Scenario(
        method="POST",
        route=SHARES,
        target="/api/libraries/atlas/shares/preview?at=2027-01-01T00:00:00Z",
        caller=Caller.ADMIN,
        body={},
        contains=('"at":"2027-01-01T00:00:00Z"', "Nobody can do more or less."),
        refusals=UNKNOWN,
    ),
    Scenario(
        method="POST",
        route=LIBRARY,
        target="/api/libraries/guide/preview",
        body={"move": "transfer", "owner": "cleo", "keep": ["read"]},
        contains=("Member MARK may read in library", "Cleo MARK may"),
    ),
    Scenario(
        method="POST",
        route=LIBRARY,
        target="/api/libraries/atlas/preview",
        caller=Caller.ADMIN,
        body={"move": "delete"},
        contains=("Dan MARK loses access to library",),
        refusals=UNKNOWN,
    ),
    Scenario(
        method="POST",
        route=USER,
        target="/api/users/dan/preview",
        caller=Caller.ADMIN,
        body={"is_active": False},
        contains=("Dan MARK loses access to library", '"loses":3'),
    ),
    Scenario(
        method="POST",
        route=DEPARTMENT,
        target="/api/departments/sales/preview",
        caller=Caller.ADMIN,
        body={"parent": None},
        contains=('"state":"done"', '"resource":null'),
    ),
    Scenario(
        method="POST",
        route=GROUP,
        target="/api/groups/staff/preview",
        caller=Caller.ADMIN,
        body={"join": ["robot"]},
        contains=("Robot MARK gains access to library",),
    ),
    Scenario(
        method="POST",
        route="/api/tenant/preview",
        caller=Caller.ADMIN,
        body={"sharing_policy": "union"},
        contains=("Nobody can do more or less.",),
    ),
    Scenario(
        method="GET",
        route="/api/previews/{preview_id}",
        target=f"/api/previews/{KEPT}",
        caller=Caller.ADMIN,
        contains=("Robot MARK gains access to library", '"state":"done"'),
        refusals=UNKNOWN,
    ),
]
