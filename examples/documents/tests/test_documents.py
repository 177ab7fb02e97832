"""Documents through the front door: who may read, write and delete, and that nobody's text is lost."""

from __future__ import annotations

import pytest

from entaku.testing import Client, Side, World

HERE = "/api/libraries/handbook/documents"


@pytest.fixture
async def maru(entaku_world: World) -> Side:
    """Ann has a library, which ben may read."""
    maru = await entaku_world.tenant("maru")
    ann = maru.as_("ann")
    await ann.call("POST", "/api/libraries", body={"library_id": "handbook", "name": "Handbook"})
    await share(ann, "read")
    return maru


async def share(owner: Client, *permissions: str) -> None:
    body = {"add": [{"principal": {"kind": "individual", "id": "ben"}, "permissions": permissions}]}
    answer = await owner.call("PATCH", "/api/libraries/handbook/shares", body=body, headers={"If-Match": "*"})
    assert answer.status == 200, answer.body


async def write(client: Client, title: str, text: str = "") -> str:
    """Its address."""
    answer = await client.call("POST", HERE, body={"title": title, "text": text})
    assert answer.status == 201, answer.body
    return answer.headers["location"]


async def test_a_reader_of_the_library_reads_its_documents(maru: Side) -> None:
    rota = await write(maru.as_("ann"), "Rota", "We take turns.")

    read = await maru.as_("ben").call("GET", rota)

    assert (read.status, read.json()["text"]) == (200, "We take turns.")


async def test_who_does_not_reach_the_library_finds_no_document(maru: Side) -> None:
    rota = await write(maru.as_("ann"), "Rota")
    cleo = await maru.person("cleo")

    answers = [await cleo.call("GET", target) for target in (rota, HERE)]

    assert [answer.status for answer in answers] == [404, 404]


async def test_a_reader_may_not_write(maru: Side) -> None:
    answer = await maru.as_("ben").call("POST", HERE, body={"title": "Menu"})

    assert (answer.status, answer.json()["code"]) == (403, "forbidden")


async def test_a_writer_may_not_delete(maru: Side) -> None:
    rota = await write(maru.as_("ann"), "Rota")
    await share(maru.as_("ann"), "read", "write")

    answer = await maru.as_("ben").call("DELETE", rota)

    assert answer.status == 403
    assert (await maru.as_("ann").call("GET", rota)).status == 200


async def test_an_administrator_manages_a_library_and_reads_nothing_in_it(maru: Side) -> None:
    await share(maru.as_("ann"), "read", "write")
    created = await maru.as_("ben").call("POST", "/api/libraries", body={"library_id": "diary", "name": "Diary"})
    assert created.status == 201

    answer = await maru.as_("ann").call("GET", "/api/libraries/diary/documents")

    assert answer.status == 403


async def test_a_text_changed_meanwhile_is_not_overwritten(maru: Side) -> None:
    ann = maru.as_("ann")
    rota = await write(ann, "Rota", "one")
    seen = (await ann.call("GET", rota)).headers["etag"]
    await ann.call("PATCH", rota, body={"text": "two"}, headers={"If-Match": seen})

    answer = await ann.call("PATCH", rota, body={"text": "three"}, headers={"If-Match": seen})

    assert answer.status == 412
    assert (await ann.call("GET", rota)).json()["text"] == "two"


async def test_a_change_needs_the_version_it_was_made_from(maru: Side) -> None:
    rota = await write(maru.as_("ann"), "Rota")

    answer = await maru.as_("ann").call("PATCH", rota, body={"title": "Menu"})

    assert (answer.status, answer.json()["code"]) == (409, "conflict")


async def test_a_repeated_request_writes_one_document(maru: Side) -> None:
    ann, key = maru.as_("ann"), {"Idempotency-Key": "once"}
    first = await ann.call("POST", HERE, body={"title": "Rota"}, headers=key)

    again = await ann.call("POST", HERE, body={"title": "Rota"}, headers=key)

    assert again.json() == first.json()
    assert len((await ann.call("GET", HERE)).json()["items"]) == 1


async def test_every_document_is_on_one_page(maru: Side) -> None:
    ann = maru.as_("ann")
    written = [await write(ann, f"Document {number}") for number in range(5)]

    found: list[str] = []
    target: str | None = f"{HERE}?limit=2"
    while target is not None:
        page = (await ann.call("GET", target)).json()
        found += [f"{HERE}/{document['document_id']}" for document in page["items"]]
        target = f"{HERE}?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else None

    assert sorted(found) == sorted(written)


async def test_the_last_changed_comes_first(maru: Side, entaku_world: World) -> None:
    ann = maru.as_("ann")
    rota = await write(ann, "Rota")
    await write(ann, "Menu")
    entaku_world.advance(seconds=1)
    await ann.call("PATCH", rota, body={"text": "new"}, headers={"If-Match": "*"})

    page = (await ann.call("GET", f"{HERE}?sort=changed")).json()

    assert [document["title"] for document in page["items"]] == ["Rota", "Menu"]


async def test_ones_own_list_leaves_out_what_one_may_not_read_any_more(maru: Side) -> None:
    await share(maru.as_("ann"), "read", "write")
    await write(maru.as_("ben"), "Rota")
    own = await maru.as_("ben").call("GET", "/api/me/documents")

    await maru.as_("ann").call("PATCH", "/api/libraries/handbook/shares", body={"remove": [BEN]})

    assert [document["title"] for document in own.json()["items"]] == ["Rota"]
    assert (await maru.as_("ben").call("GET", "/api/me/documents")).json()["items"] == []


BEN = {"kind": "individual", "id": "ben"}


async def test_a_new_library_of_an_old_id_begins_empty(maru: Side, entaku_world: World) -> None:
    ann = maru.as_("ann")
    rota = await write(ann, "Rota")
    await ann.call("DELETE", "/api/libraries/handbook?permanently=true")
    entaku_world.advance(seconds=1)
    await ann.call("POST", "/api/libraries", body={"library_id": "handbook", "name": "Another"})

    listed = await ann.call("GET", HERE)

    assert (listed.status, listed.json()["items"]) == (200, [])
    assert (await ann.call("GET", rota)).status == 404


async def test_an_archived_library_is_read_and_not_written_in(maru: Side) -> None:
    ann = maru.as_("ann")
    rota = await write(ann, "Rota", "We take turns.")
    await ann.call("POST", "/api/libraries/handbook/archive")

    refused = await ann.call("POST", HERE, body={"title": "Menu"})

    assert (refused.status, "is archived" in refused.json()["detail"]) == (403, True)
    assert (await maru.as_("ben").call("GET", rota)).json()["text"] == "We take turns."


async def test_a_restored_library_has_its_documents(maru: Side) -> None:
    ann = maru.as_("ann")
    rota = await write(ann, "Rota")
    await ann.call("DELETE", "/api/libraries/handbook")
    closed = await ann.call("GET", rota)

    await ann.call("POST", "/api/libraries/handbook/restore")

    assert (closed.status, (await maru.as_("ben").call("GET", rota)).status) == (404, 200)


async def test_a_long_text_comes_back_whole(maru: Side) -> None:
    text = "円卓 " * 20_000

    rota = await write(maru.as_("ann"), "Rota", text)

    assert (await maru.as_("ben").call("GET", rota)).json()["text"] == text
