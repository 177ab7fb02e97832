"""Requests that nobody sends by accident: each is refused with a sentence, and nothing is written."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tests.scenarios.scenario import Caller
from tests.scenarios.world import Side, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = "x" * 10_000
DEEP = b"[" * 100_000 + b"]" * 100_000
JSON = {"Content-Type": "application/json"}
EMOJI = "👩‍👩‍👧"

STRANGE_IDS = {
    "10 kB": LONG,
    "a hash": "a#b",
    "a percent sign": "a%b",
    "an escaped separator": "a%23b",
    "a newline": "a\nb",
    "a space": "a b",
    "an emoji": EMOJI,
    "a tenant prefix": "TENANT#maru1#USER",
    "dots first": "..",
    "a private use letter": "\ue000",
    "the last letter": "\U0010ffff",
}
COLLECTIONS = ["/api/users", "/api/departments", "/api/roles", "/api/groups"]
ID_FIELDS = {"/api/users": "user_id", "/api/departments": "department_id", "/api/roles": "role_id"}
ID_FIELDS["/api/groups"] = "group_id"

EVA = {"user_id": "eva", "name": "Eva"}
ROLE = {"role_id": "a", "name": "A"}

BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "not UTF-8": (b'{"user_id":"eva","name":"\xff\xfe"}', 400),
    "half a surrogate pair": (b'{"user_id":"eva","name":"\\ud800"}', 400),
    "nested 100,000 deep": (DEEP, 400),
    "nested 100 deep in a field": (b'{"user_id":' + b"[" * 100 + b"]" * 100 + b"}", 400),
    "a list": (b"[]", 400),
    "null": (b"null", 400),
    "a number for a text": (b'{"user_id":"eva","name":7}', 400),
    "a text for a truth": (b'{"user_id":"eva","name":"Eva","is_service":"yes"}', 400),
    "an unknown field": (b'{"user_id":"eva","name":"Eva","tenant_id":"other"}', 400),
    "an unknown level": (b'{"user_id":"eva","name":"Eva","level":"god"}', 400),
    "a missing field": (b'{"user_id":"eva"}', 400),
    "an unknown level of 10 kB": (msgspec.json.encode({"user_id": "eva", "name": "Eva", "level": LONG}), 400),
    "an empty name": (b'{"user_id":"eva","name":""}', 400),
    "a name of spaces": (b'{"user_id":"eva","name":"   "}', 400),
    "a NUL in a name": (b'{"user_id":"eva","name":"a\\u0000b"}', 400),
    "an unknown group": (b'{"user_id":"eva","name":"Eva","groups":["nowhere"]}', 404),
    "a group that is no id": (b'{"user_id":"eva","name":"Eva","groups":["a#b"]}', 404),
    "10,000 groups": (
        msgspec.json.encode({"user_id": "eva", "name": "Eva", "groups": [str(n) for n in range(10**4)]}),
        400,
    ),
    "no e-mail address": (b'{"user_id":"eva","name":"Eva","email":"a@b"}', 400),
    "two megabytes": (b'{"user_id":"eva","name":"' + b"x" * 2_000_000 + b'"}', 413),
}

REQUESTS: dict[str, tuple[str, str, dict[str, str], Any, set[int]]] = {
    "a path of 10 kB": ("GET", f"/api/users/{LONG}", {}, b"", {414}),
    "a NUL in the path": ("GET", "/api/users/a%00b", {}, b"", {400}),
    "a slash in an id": ("GET", "/api/users/a%2Fb", {}, b"", {400}),
    "a path that is not UTF-8": ("GET", "/api/users/%ff", {}, b"", {400}),
    "a query that is not UTF-8": ("GET", "/api/users?q=%ff", {}, b"", {400}),
    "an unknown parameter": ("GET", "/api/users?tenant=other", {}, b"", {400}),
    "a parameter twice": ("GET", "/api/users?q=a&q=b", {}, b"", {400}),
    "a search of 5 kB": ("GET", f"/api/users?q={'x' * 5000}", {}, b"", {400}),
    "a page of none": ("GET", "/api/users?limit=0", {}, b"", {400}),
    "a page of 201": ("GET", "/api/users?limit=201", {}, b"", {400}),
    "a page of words": ("GET", "/api/users?limit=many", {}, b"", {400}),
    "a cursor of nonsense": ("GET", "/api/users?cursor=nonsense", {}, b"", {400}),
    "a cursor of emoji": ("GET", f"/api/users?cursor={quote(EMOJI)}", {}, b"", {400}),
    "a search cursor of nonsense": ("GET", "/api/users?q=a&cursor=nonsense", {}, b"", {400}),
    "an audit of nothing": ("GET", "/api/audit", {}, b"", {400}),
    "an audit of no target": ("GET", "/api/audit?target=ben", {}, b"", {400}),
    "an audit of a strange target": ("GET", f"/api/audit?target=user:{quote('a#b')}", {}, b"", {400}),
    "a method nobody knows": ("BREW", "/api/users", {}, b"", {405}),
    "a method it does not take": ("PUT", "/api/users", {}, b"{}", {405}),
    "a version of words": ("DELETE", "/api/users/dan", {"If-Match": '"latest"'}, b"", {400}),
    "a weak version": ("DELETE", "/api/users/dan", {"If-Match": 'W/"1"'}, b"", {400}),
    "an idempotency key of 129": ("POST", "/api/roles", {"Idempotency-Key": "k" * 129}, ROLE, {400}),
    "another tenant's name": ("GET", "/api/users", {"X-Tenant": "platform"}, b"", {401}),
    "a form": ("POST", "/api/users", {"Content-Type": "application/x-www-form-urlencoded"}, b"user_id=eva", {415}),
    "a member nobody knows": ("PUT", "/api/groups/staff/members/nobody", {}, b"", {404}),
    "a group nobody knows": ("DELETE", "/api/groups/nowhere/members/ben", {}, b"", {404}),
    "a department below itself": ("PATCH", "/api/departments/sales", {}, {"parent": "field"}, {400}),
    "a preview of 10 kB": ("POST", "/api/departments/sales/preview", {}, {"parent": LONG}, {404}),
    "a preview behind all times": (
        "POST", "/api/tenant/preview?at=9999-12-31T23:59:59-12:00", {}, {"sharing_policy": "union"}, {400}
    ),
    "a review before all times": ("GET", "/api/access-review?at=0001-01-01T00:00:00%2B14:00", {}, b"", {400}),
    "a group inside itself": ("PATCH", "/api/groups/staff", {}, {"parents": ["designers"]}, {400}),
    "joining and leaving at once": ("PATCH", "/api/users/dan", {}, {"join": ["staff"], "leave": ["staff"]}, {400}),
    "an operator made by an administrator": ("PATCH", "/api/users/dan", {}, {"level": "operator"}, {403}),
    "a department with members": ("DELETE", "/api/departments/field", {}, b"", {409}),
    "a department with others below it": ("DELETE", "/api/departments/sales", {}, b"", {409}),
    "a group with groups inside": ("DELETE", "/api/groups/staff", {}, b"", {409}),
    "a user twice": ("POST", "/api/users", {}, {"user_id": "ben", "name": "Ben"}, {409}),
    "an address twice": ("POST", "/api/users", {}, EVA | {"email": "CLEO@example.com"}, {409}),
}  # fmt: skip


async def refused(world: World, untouched: Side, method: str, target: str, headers: dict[str, str], body: Any) -> int:
    """Sends it as an administrator; the status, after it was checked that it is a refusal and nothing was written."""
    before = await world.items(untouched.tenant_id)
    sent = {"Authorization": f"Bearer {untouched.tokens[Caller.ADMIN]}", **headers}
    answer = await world.client.call(method, target, headers=sent, body=body)
    assert 400 <= answer.status < 500, answer.body.decode(errors="replace")
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) < 1_000
    assert await world.items(untouched.tenant_id) == before
    return answer.status


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_is_refused(world: World, untouched: Side, name: str) -> None:
    body, status = BODIES[name]

    assert await refused(world, untouched, "POST", "/api/users", JSON, body) == status


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_request_is_refused(world: World, untouched: Side, name: str) -> None:
    method, target, headers, body, statuses = REQUESTS[name]

    assert await refused(world, untouched, method, target, headers, body) in statuses


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("name", STRANGE_IDS)
async def test_a_strange_id_in_a_path_is_refused(world: World, untouched: Side, collection: str, name: str) -> None:
    target = f"{collection}/{quote(STRANGE_IDS[name], safe='')}"

    for method, body in (("GET", b""), ("PATCH", {"name": "New"}), ("DELETE", b"")):
        assert await refused(world, untouched, method, target, {}, body) in (400, 404, 414)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("name", STRANGE_IDS)
async def test_a_strange_id_in_a_body_is_refused(world: World, untouched: Side, collection: str, name: str) -> None:
    body = {ID_FIELDS[collection]: STRANGE_IDS[name], "name": "New"}

    assert await refused(world, untouched, "POST", collection, {}, body) == 400


@pytest.mark.parametrize("user_id", ["a.b", "a_b", "a@b", "a+b", "a-b", "0", "x" * 128])
async def test_every_letter_of_an_id_goes_through_a_path(world: World, home: Side, user_id: str) -> None:
    headers = {"Authorization": f"Bearer {home.tokens[Caller.ADMIN]}"}
    created = await world.client.call(
        "POST", "/api/users", headers=headers, body={"user_id": user_id, "name": "Somebody"}
    )

    found = await world.client.call("GET", created.headers["location"], headers=headers)
    bare = await world.client.call("GET", f"/api/users/{user_id}", headers=headers)

    assert (found.json()["user_id"], bare.json()["user_id"]) == (user_id, user_id)
