"""A request that works for every route, and what has to be there for them."""

from __future__ import annotations

from documents import Documents, Dossier, NewDocument, NewDossier

from entaku import App
from entaku.core.context import Actor
from entaku.modules.accounts import ORGANISATION, individual
from entaku.modules.sharing import Grant, NewLibrary, Permission
from entaku.testing import Caller, Scenario

IN_LIBRARY = "/api/libraries/{library_id}/documents"
DOCUMENT = f"{IN_LIBRARY}/{{document_id}}"
DOSSIER = "/api/dossiers/{dossier_id}"
SHARES = "/api/dossiers/{resource_id}/shares"
ANY_VERSION = {"If-Match": "*"}


async def furnish(app: App, admin: Actor, mark: str) -> dict[str, str]:
    """A library with two documents and two dossiers; the administrator owns them, and ben may do everything."""
    documents, dossiers = app.parts.get(Documents), app.sharing.of(Dossier)
    to_ben = [Grant(principal=individual("ben"), permissions=frozenset(Permission))]
    await app.sharing.libraries.create(admin, NewLibrary(library_id="handbook", name=f"Handbook {mark}"))
    await app.sharing.shares.change(admin, "handbook", add=to_ben)
    ben = Actor(tenant_id=admin.tenant_id, user_id="ben")
    rota = await documents.create(ben, "handbook", NewDocument(title=f"Rota {mark}", text=f"We of {mark} take turns."))
    await documents.create(ben, "handbook", NewDocument(title=f"Menu {mark}"))
    for dossier_id in ("newcomers", "leavers"):
        await documents.dossiers.create(admin, NewDossier(dossier_id=dossier_id, name=f"{dossier_id} {mark}"))
        everybody = [Grant(principal=ORGANISATION)] if dossier_id == "newcomers" else []
        await dossiers.shares.change(admin, dossier_id, add=[*to_ben, *everybody])
    return {"ROTA": rota.document_id}


DOCUMENTS = [
    Scenario(
        method="POST",
        route=IN_LIBRARY,
        target="/api/libraries/handbook/documents",
        body={"title": "Parking", "text": "Behind the house."},
        status=201,
        contains=('"title":"Parking"', '"text_length":17'),
    ),
    Scenario(
        method="GET",
        route=IN_LIBRARY,
        target="/api/libraries/handbook/documents",
        contains=("Rota MARK", "Menu MARK"),
    ),
    Scenario(
        method="GET",
        route=IN_LIBRARY,
        target="/api/libraries/handbook/documents?sort=changed",
        contains=("Rota MARK", "Menu MARK"),
    ),
    Scenario(method="GET", route="/api/me/documents", contains=("Rota MARK", "Menu MARK")),
    Scenario(
        method="GET",
        route=DOCUMENT,
        target="/api/libraries/handbook/documents/ROTA",
        contains=("Rota MARK", "We of MARK take turns."),
    ),
    Scenario(
        method="PATCH",
        route=DOCUMENT,
        target="/api/libraries/handbook/documents/ROTA",
        headers=ANY_VERSION,
        body={"text": "Everybody, in turn."},
        contains=('"text_length":19', "Rota MARK"),
    ),
    Scenario(
        method="DELETE",
        route=DOCUMENT,
        target="/api/libraries/handbook/documents/ROTA",
        status=204,
    ),
]

DOSSIERS = [
    Scenario(method="POST", route="/api/dossiers", body={"name": "Travel"}, status=201, contains=('"name":"Travel"',)),
    Scenario(method="GET", route=DOSSIER, target="/api/dossiers/newcomers", contains=("newcomers MARK",)),
    Scenario(
        method="PATCH",
        route=DOSSIER,
        target="/api/dossiers/newcomers",
        caller=Caller.ADMIN,
        body={"entries": [{"library_id": "handbook", "document_id": "ROTA"}]},
        contains=('"entries":[{"library_id":"handbook"',),
    ),
    Scenario(method="DELETE", route=DOSSIER, target="/api/dossiers/newcomers", caller=Caller.ADMIN, status=204),
    Scenario(
        method="GET",
        route="/api/dossiers",
        target="/api/dossiers?state=deleted",
        caller=Caller.ADMIN,
        before=(("DELETE", "/api/dossiers/newcomers", None), ("DELETE", "/api/dossiers/leavers", None)),
        contains=("newcomers MARK", "leavers MARK"),
    ),
    Scenario(
        method="POST",
        route="/api/dossiers/{resource_id}/restore",
        target="/api/dossiers/newcomers/restore",
        caller=Caller.ADMIN,
        before=(("DELETE", "/api/dossiers/newcomers", None),),
        contains=('"state":"active"', "newcomers MARK"),
    ),
    Scenario(
        method="POST",
        route="/api/dossiers/{resource_id}/archive",
        target="/api/dossiers/newcomers/archive",
        caller=Caller.ADMIN,
        contains=('"state":"archived"', "newcomers MARK"),
    ),
    Scenario(
        method="POST",
        route="/api/dossiers/{resource_id}/unarchive",
        target="/api/dossiers/newcomers/unarchive",
        caller=Caller.ADMIN,
        before=(("POST", "/api/dossiers/newcomers/archive", None),),
        contains=('"state":"active"',),
    ),
    Scenario(
        method="POST",
        route="/api/dossiers/{resource_id}/transfer",
        target="/api/dossiers/newcomers/transfer",
        caller=Caller.ADMIN,
        body={"owner": "ben", "keep": ["read"]},
        contains=('"owner":"ben"',),
    ),
    Scenario(method="GET", route=SHARES, target="/api/dossiers/newcomers/shares", contains=("Member MARK",)),
    Scenario(
        method="POST",
        route=f"{SHARES}/preview",
        target="/api/dossiers/newcomers/shares/preview",
        caller=Caller.ADMIN,
        body={"remove": [{"kind": "individual", "id": "ben"}]},
        contains=("Member MARK may read in dossier",),
    ),
    Scenario(
        method="POST",
        route="/api/dossiers/{resource_id}/preview",
        target="/api/dossiers/leavers/preview",
        caller=Caller.ADMIN,
        body={"move": "archive"},
        contains=("Member MARK may read in dossier",),
    ),
    Scenario(
        method="PATCH",
        route=SHARES,
        target="/api/dossiers/newcomers/shares",
        caller=Caller.ADMIN,
        body={"remove": [{"kind": "organisation"}]},
        contains=('"removed":[{"kind":"organisation"',),
    ),
    Scenario(
        method="GET",
        route="/api/dossiers/{resource_id}/access/{user_id}",
        target="/api/dossiers/newcomers/access/ben",
        contains=("dossier 'newcomers MARK'", '"delete"'),
    ),
    Scenario(
        method="GET",
        route="/api/dossiers/{resource_id}/users",
        target="/api/dossiers/newcomers/users",
        caller=Caller.ADMIN,
        contains=('"resource":{"kind":"dossier","id":"newcomers"}', '"user_id":"ben"', '"access_type":"owner"'),
    ),
    Scenario(
        method="GET",
        route="/api/users/{user_id}/dossiers",
        target="/api/users/ben/dossiers",
        contains=("newcomers MARK", "leavers MARK", '"total":2'),
    ),
]

SCENARIOS = [*DOCUMENTS, *DOSSIERS]
