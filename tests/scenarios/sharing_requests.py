"""Scenarios of access requests and of changes taken back. Furnished after the libraries of `sharing`.

`ben`, the member, decides about the guide, which he owns, and has asked for the atlas, of which he knows nothing.
"""

from __future__ import annotations

from entaku.core.context import Actor
from entaku.main import App
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import Grant, Permission, Resource, Wanted
from entaku.modules.sharing.requests.model import AccessRequest, RequestPlace
from entaku.table import changed
from tests.scenarios.scenario import Caller, Scenario
from tests.scenarios.world import MEMBER_ID

REQUESTS = "/api/libraries/{library_id}/requests"
REQUEST = "/api/requests/{request_id}"
DELETING = frozenset({Permission.READ, Permission.DELETE})


async def furnish(app: App, actor: Actor, mark: str) -> None:
    """Four requests with ids that are known, and a change that can be undone."""
    await _ask(app, actor, "cleo", "guide", "cleo-guide", mark)
    await _ask(app, actor, "dan", "guide", "dan-guide", mark)
    await _ask(app, actor, MEMBER_ID, "atlas", "ben-atlas", mark)
    await _ask(app, actor, MEMBER_ID, "handbook", "ben-handbook", mark)
    grant = Grant(principal=parse_principal("role:intern"))
    await app.sharing.shares.change(actor, "guide", add=[grant], change_id="interns-in", reason=mark)


async def _ask(app: App, actor: Actor, user_id: str, library_id: str, request_id: str, mark: str) -> None:
    resource = Resource("library", library_id)
    wanted = Wanted(permissions=DELETING, message=f"Please, {mark}.")
    view = await app.sharing.requests.asking.ask(actor, resource, wanted, user_id=user_id)
    assert view.request_id is not None
    table = app.table.for_tenant(actor.tenant_id)
    request = await table.get(AccessRequest.at(user_id=user_id, resource=resource))
    place = await table.get(RequestPlace.at(request_id=view.request_id))
    async with table.transaction() as tx:
        tx.replace(changed(request, request_id=request_id))
        tx.delete(place)
        tx.create(RequestPlace(request_id=request_id, user_id=user_id, resource=resource, open_until=place.open_until))


SCENARIOS = [
    Scenario(
        method="POST",
        route=REQUESTS,
        target="/api/libraries/atlas/requests",
        body={"permissions": ["read", "write"], "message": "For the spring catalogue."},
        status=202,
        is_same_for_all=True,
        contains=('"state":"pending"', '"name":null', "spring catalogue"),
    ),
    Scenario(
        method="POST",
        route=REQUESTS,
        target="/api/libraries/nothing-of-the-kind/requests",
        body={"permissions": ["read", "write"], "message": "For the spring catalogue."},
        status=202,
        is_same_for_all=True,
        contains=('"state":"pending"', '"name":null', "spring catalogue"),
    ),
    Scenario(
        method="POST",
        route=REQUESTS,
        target="/api/libraries/guide/requests",
        body={},
        status=202,
        is_same_for_all=True,
        contains=('"state":"not_needed"',),
    ),
    Scenario(
        method="GET",
        route=REQUESTS,
        target="/api/libraries/guide/requests",
        contains=('"request_id":"cleo-guide"', '"request_id":"dan-guide"', "Cleo MARK", "Guide MARK"),
    ),
    Scenario(
        method="GET",
        route=REQUESTS,
        target="/api/libraries/atlas/requests",
        caller=Caller.ADMIN,
        refusals={Caller.MEMBER: 404},
        contains=("ben-atlas", "MARK"),
    ),
    Scenario(method="GET", route="/api/requests", contains=("cleo-guide", "MARK")),
    Scenario(
        method="GET",
        route="/api/requests",
        target="/api/requests?show=asked",
        contains=('"request_id":"ben-atlas"', '"name":null', "ben-handbook", "MARK"),
    ),
    Scenario(method="GET", route=REQUEST, target="/api/requests/cleo-guide", contains=("Guide MARK", "Cleo MARK")),
    Scenario(method="GET", route=REQUEST, target="/api/requests/ben-atlas", contains=('"name":null', "MARK")),
    Scenario(
        method="POST",
        route=REQUEST + "/approve",
        target="/api/requests/cleo-guide/approve",
        body={"permissions": ["read", "write", "delete"], "reason": "Of course."},
        contains=('"state":"approved"', '"decided_by":"ben"'),
    ),
    Scenario(
        method="POST",
        route=REQUEST + "/approve",
        target="/api/requests/ben-atlas/approve",
        caller=Caller.ADMIN,
        body={},
        refusals={Caller.MEMBER: 404},
        contains=('"state":"approved"', '"decided_by":"ann"'),
    ),
    Scenario(
        method="POST",
        route=REQUEST + "/deny",
        target="/api/requests/dan-guide/deny",
        body={"reason": "Not this year."},
        contains=('"state":"denied"', "Not this year."),
    ),
    Scenario(method="DELETE", route=REQUEST, target="/api/requests/ben-atlas", status=204),
    Scenario(
        method="POST",
        route="/api/changes/{change_id}/undo",
        target="/api/changes/interns-in/undo?dry_run=true",
        body={},
        contains=('"state":"would_be_undone"', '"role"'),
    ),
    Scenario(
        method="POST",
        route="/api/changes/{change_id}/undo",
        target="/api/changes/interns-in/undo",
        body={"reason": "Too early."},
        contains=('"state":"undone"', '"undoes":"interns-in"'),
    ),
]
