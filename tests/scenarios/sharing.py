"""Scenarios of sharing: libraries, their shares, what somebody may do and why, and what somebody reaches.

`ben`, the member, owns the guide and may read the handbook; of the atlas he knows nothing.
"""

from __future__ import annotations

from entaku.core.context import Actor
from entaku.main import App
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import Grant, NewLibrary, Permission
from tests.scenarios.scenario import Caller, Scenario
from tests.scenarios.world import ADMIN_ID, MEMBER_ID

LIBRARY = "/api/libraries/{library_id}"
WRITING = frozenset({Permission.READ, Permission.WRITE})
UNKNOWN = {Caller.MEMBER: 404}
"""Who may not know of a library hears that there is none."""


async def furnish(app: App, actor: Actor, mark: str) -> None:
    """Three libraries of three owners, each shared with two principals."""
    owners = {"handbook": ADMIN_ID, "guide": MEMBER_ID, "atlas": "cleo"}
    for library_id, owner in owners.items():
        new = NewLibrary(name=f"{library_id.title()} {mark}", library_id=library_id, owner=owner)
        await app.sharing.libraries.create(actor, new)
    shared = {
        "handbook": [("group:staff", frozenset({Permission.READ})), ("individual:dan", WRITING)],
        "guide": [("individual:cleo", WRITING), ("individual:dan", WRITING)],
        "atlas": [("role:intern", frozenset({Permission.READ})), ("individual:dan", WRITING)],
    }
    for library_id, grants in shared.items():
        add = [Grant(principal=parse_principal(text), permissions=permissions) for text, permissions in grants]
        await app.sharing.shares.change(actor, library_id, add=add)


LIBRARIES = [
    Scenario(
        method="POST",
        route="/api/libraries",
        body={"name": "New", "library_id": "new", "description": "Fresh."},
        status=201,
        contains=('"owner":"ben"', '"is_shared":false'),
    ),
    Scenario(
        method="POST",
        route="/api/libraries",
        caller=Caller.ADMIN,
        body={"name": "For Cleo", "library_id": "new", "owner": "cleo", "is_discoverable": True},
        status=201,
        contains=('"owner":"cleo"', '"is_discoverable":true'),
    ),
    Scenario(
        method="GET", route="/api/libraries", caller=Caller.ADMIN, contains=("atlas", "guide", "handbook", "MARK")
    ),
    Scenario(
        method="GET",
        route="/api/libraries",
        target="/api/libraries?q=HAND",
        caller=Caller.ADMIN,
        contains=("Handbook MARK",),
    ),
    Scenario(
        method="GET",
        route=LIBRARY,
        target="/api/libraries/handbook",
        contains=("Handbook MARK", '"share_count":2'),
    ),
    Scenario(
        method="GET",
        route=LIBRARY,
        target="/api/libraries/atlas",
        caller=Caller.ADMIN,
        contains=("Atlas MARK",),
        refusals=UNKNOWN,
    ),
    Scenario(
        method="PATCH",
        route=LIBRARY,
        target="/api/libraries/guide",
        body={"name": "Travel guide", "description": "For travellers.", "is_discoverable": True},
        contains=("Travel guide", '"is_discoverable":true'),
    ),
    Scenario(
        method="PATCH",
        route=LIBRARY,
        target="/api/libraries/handbook",
        caller=Caller.ADMIN,
        body={"owner": "dan", "reason": "Ann has moved on."},
        contains=('"owner":"dan"', '"share_count":1'),
    ),
    Scenario(
        method="PATCH",
        route=LIBRARY,
        target="/api/libraries/atlas",
        caller=Caller.ADMIN,
        body={"name": "Map"},
        contains=('"name":"Map"',),
        refusals=UNKNOWN,
    ),
    Scenario(method="DELETE", route=LIBRARY, target="/api/libraries/guide", status=204),
    Scenario(method="DELETE", route=LIBRARY, target="/api/libraries/handbook", caller=Caller.ADMIN, status=204),
    Scenario(
        method="DELETE",
        route=LIBRARY,
        target="/api/libraries/atlas",
        caller=Caller.ADMIN,
        status=204,
        refusals=UNKNOWN,
    ),
    Scenario(
        method="GET",
        route=LIBRARY + "/audit",
        target="/api/libraries/guide/audit",
        contains=("library_created", "share_added", "individual:cleo", "MARK"),
    ),
    Scenario(
        method="GET",
        route=LIBRARY + "/audit",
        target="/api/libraries/handbook/audit",
        caller=Caller.ADMIN,
        contains=("group:staff", "MARK"),
    ),
    Scenario(
        method="GET",
        route=LIBRARY + "/audit",
        target="/api/libraries/atlas/audit",
        caller=Caller.ADMIN,
        contains=("role:intern",),
        refusals=UNKNOWN,
    ),
]

SHARES = [
    Scenario(
        method="GET",
        route=LIBRARY + "/shares",
        target="/api/libraries/guide/shares",
        contains=("Cleo MARK", '"permissions":["read","write"]', '"groups":[]'),
    ),
    Scenario(
        method="GET",
        route=LIBRARY + "/shares",
        target="/api/libraries/handbook/shares",
        caller=Caller.ADMIN,
        contains=("Staff MARK", "Dan MARK"),
    ),
    Scenario(
        method="GET",
        route=LIBRARY + "/shares",
        target="/api/libraries/atlas/shares",
        caller=Caller.ADMIN,
        contains=("Intern MARK",),
        refusals=UNKNOWN,
    ),
    Scenario(
        method="PATCH",
        route=LIBRARY + "/shares",
        target="/api/libraries/guide/shares",
        body={
            "add": [
                {"principal": {"kind": "organisation"}, "expires_at": "2027-01-01T00:00:00Z"},
                {"principal": {"kind": "department", "id": "sales"}, "permissions": ["read", "write"]},
            ],
            "remove": [{"kind": "individual", "id": "cleo"}, {"kind": "group", "id": "staff"}],
            "reason": "The trip is over.",
        },
        contains=('"added":[{"kind":"organisation"', '"removed":[{"kind":"individual"', '"unchanged":[{"kind":"group"'),
    ),
    Scenario(
        method="PATCH",
        route=LIBRARY + "/shares",
        target="/api/libraries/handbook/shares",
        caller=Caller.ADMIN,
        body={"add": [{"principal": {"kind": "individual", "id": "cleo"}}]},
        contains=('"added":[{"kind":"individual","id":"cleo"}]',),
    ),
    Scenario(
        method="PATCH",
        route=LIBRARY + "/shares",
        target="/api/libraries/atlas/shares",
        caller=Caller.ADMIN,
        body={"remove": [{"kind": "role", "id": "intern"}]},
        contains=('"removed":[{"kind":"role"',),
        refusals=UNKNOWN,
    ),
]

ACCESS = [
    Scenario(
        method="GET",
        route=LIBRARY + "/access/{user_id}",
        target="/api/libraries/handbook/access/ben",
        contains=("Member MARK may read in library", '"verdict":"shared"', '"path":["designers","staff"]'),
    ),
    Scenario(
        method="GET",
        route=LIBRARY + "/access/{user_id}",
        target="/api/libraries/guide/access/dan",
        contains=("Dan MARK may read and write in library",),
    ),
    Scenario(
        method="GET",
        route=LIBRARY + "/access/{user_id}",
        target="/api/libraries/handbook/access/dan",
        caller=Caller.ADMIN,
        contains=("Dan MARK may",),
    ),
    Scenario(
        method="GET",
        route=LIBRARY + "/access/{user_id}",
        target="/api/libraries/atlas/access/ben",
        caller=Caller.ADMIN,
        contains=('"verdict":"not_shared"', "Member MARK has no access"),
        refusals=UNKNOWN,
    ),
    Scenario(
        method="POST",
        route="/api/checks",
        body={
            "checks": [
                {"user_id": "ben", "library_id": "handbook"},
                {"user_id": "ben", "library_id": "handbook", "permission": "write"},
                {"user_id": "ben", "library_id": "atlas"},
                {"user_id": "ben", "library_id": "no-such-library"},
            ]
        },
        contains=('{"results":[true,false,false,false]}',),
    ),
    Scenario(
        method="POST",
        route="/api/checks",
        caller=Caller.ADMIN,
        body={"checks": [{"user_id": "dan", "library_id": "atlas", "permission": "write"}]},
        contains=('{"results":[true]}',),
    ),
    Scenario(
        method="GET",
        route="/api/users/{user_id}/libraries",
        target="/api/users/dan/libraries",
        caller=Caller.ADMIN,
        contains=('"total":3', '"owned":[]', "Handbook MARK"),
    ),
    Scenario(
        method="GET",
        route="/api/users/{user_id}/libraries",
        target="/api/users/dan/libraries?sort=owner&q=TLAS&include_expired=true",
        caller=Caller.ADMIN,
        contains=('"total":1', "Atlas MARK"),
    ),
]

SCENARIOS = [*LIBRARIES, *SHARES, *ACCESS]
