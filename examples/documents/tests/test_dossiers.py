"""Dossiers are shared, checked, explained and listed as libraries are."""

from __future__ import annotations

import pytest

from entaku.testing import Side, World

SHARES = "/api/dossiers/newcomers/shares"
BEN = {"kind": "individual", "id": "ben"}


@pytest.fixture
async def maru(entaku_world: World) -> Side:
    """Ann has a dossier."""
    maru = await entaku_world.tenant("maru")
    body = {"dossier_id": "newcomers", "name": "Newcomers", "purpose": "For the first week."}
    assert (await maru.as_("ann").call("POST", "/api/dossiers", body=body)).status == 201
    return maru


async def test_nobody_but_its_owner_knows_of_it(maru: Side) -> None:
    assert (await maru.as_("ben").call("GET", "/api/dossiers/newcomers")).status == 404


async def test_a_share_opens_it_and_lists_it(maru: Side) -> None:
    shared = await maru.as_("ann").call("PATCH", SHARES, body={"add": [{"principal": BEN}]})

    opened = await maru.as_("ben").call("GET", "/api/dossiers/newcomers")
    listed = await maru.as_("ben").call("GET", "/api/users/ben/dossiers")

    assert (shared.status, opened.status) == (200, 200)
    assert [row["resource"] for row in listed.json()["items"]] == [{"kind": "dossier", "id": "newcomers"}]


async def test_a_share_that_ends_closes_it(maru: Side, entaku_world: World) -> None:
    ends = entaku_world.advance(seconds=60).isoformat()
    grant = {"principal": BEN, "expires_at": ends}
    entaku_world.advance(seconds=-60)
    await maru.as_("ann").call("PATCH", SHARES, body={"add": [grant]})
    before = await maru.as_("ben").call("GET", "/api/dossiers/newcomers")

    entaku_world.advance(seconds=60)

    assert before.status == 200
    assert (await maru.as_("ben").call("GET", "/api/dossiers/newcomers")).status == 404


async def test_why_is_told_in_a_sentence(maru: Side) -> None:
    await maru.as_("ann").call("PATCH", SHARES, body={"add": [{"principal": {"kind": "organisation"}}]})

    answer = await maru.as_("ben").call("GET", "/api/dossiers/newcomers/access/ben")

    assert "in dossier 'Newcomers': it is shared with the organisation" in answer.json()["why"]["sentence"]


async def test_a_check_names_it_as_a_resource(maru: Side) -> None:
    await maru.as_("ann").call("PATCH", SHARES, body={"add": [{"principal": BEN}]})
    dossier = {"kind": "dossier", "id": "newcomers"}
    asked = [{"user_id": "ben", "resource": dossier, "permission": may} for may in ("read", "write")]

    answer = await maru.as_("ben").call("POST", "/api/checks", body={"checks": asked})

    assert answer.json()["results"] == [True, False]


async def test_a_library_of_the_same_id_is_another_thing(maru: Side) -> None:
    await maru.as_("ann").call("POST", "/api/libraries", body={"library_id": "newcomers", "name": "A library"})
    await maru.as_("ann").call("PATCH", SHARES, body={"add": [{"principal": BEN}]})

    library = await maru.as_("ben").call("GET", "/api/libraries/newcomers")
    listed = await maru.as_("ben").call("GET", "/api/users/ben/libraries")

    assert (library.status, listed.json()["total"]) == (404, 0)


async def test_a_deleted_one_leaves_every_list(maru: Side) -> None:
    await maru.as_("ann").call("PATCH", SHARES, body={"add": [{"principal": BEN}]})

    deleted = await maru.as_("ann").call("DELETE", "/api/dossiers/newcomers")

    assert deleted.status == 204
    assert (await maru.as_("ben").call("GET", "/api/users/ben/dossiers")).json()["items"] == []


async def test_a_deleted_one_is_listed_and_comes_back_with_its_shares(maru: Side) -> None:
    await maru.as_("ann").call("PATCH", SHARES, body={"add": [{"principal": BEN}]})
    await maru.as_("ann").call("DELETE", "/api/dossiers/newcomers")
    listed = await maru.as_("ann").call("GET", "/api/dossiers?state=deleted")

    restored = await maru.as_("ann").call("POST", "/api/dossiers/newcomers/restore")

    assert [dossier["dossier_id"] for dossier in listed.json()["items"]] == ["newcomers"]
    assert (restored.status, restored.json()["state"]) == (200, "active")
    assert (await maru.as_("ben").call("GET", "/api/dossiers/newcomers")).status == 200


async def test_removed_for_good_its_id_is_free(maru: Side) -> None:
    taken = await maru.as_("ann").call("POST", "/api/dossiers", body={"dossier_id": "newcomers", "name": "Other"})

    await maru.as_("ann").call("DELETE", "/api/dossiers/newcomers?permanently=true")

    again = await maru.as_("ben").call("POST", "/api/dossiers", body={"dossier_id": "newcomers", "name": "Other"})
    assert (taken.status, again.status) == (409, 201)


async def test_an_archived_one_is_read_and_not_filled(maru: Side) -> None:
    archived = await maru.as_("ann").call("POST", "/api/dossiers/newcomers/archive")

    refused = await maru.as_("ann").call("PATCH", "/api/dossiers/newcomers", body={"name": "Other"})

    assert (archived.json()["state"], refused.status) == ("archived", 409)
    assert (await maru.as_("ann").call("GET", "/api/dossiers/newcomers")).status == 200


async def test_handed_over_the_old_owner_keeps_what_is_kept(maru: Side) -> None:
    body = {"owner": "ben", "keep": ["read"]}

    await maru.as_("ann").call("POST", "/api/dossiers/newcomers/transfer", body=body)

    assert (await maru.as_("ben").call("GET", "/api/users/ben/dossiers")).json()["items"][0]["owner"] == "ben"
    assert (await maru.as_("ann").call("GET", "/api/dossiers/newcomers")).status == 200


async def test_a_dossier_names_documents_within_bounds(maru: Side) -> None:
    entries = [{"library_id": "handbook", "document_id": f"d{number}"} for number in range(51)]

    refused = await maru.as_("ann").call("PATCH", "/api/dossiers/newcomers", body={"entries": entries})
    filled = await maru.as_("ann").call("PATCH", "/api/dossiers/newcomers", body={"entries": entries[:50]})

    assert (refused.status, filled.status) == (400, 200)
    assert len(filled.json()["entries"]) == 50
