"""API keys: good for what they say and no more, told once, and refused at once when anything about them ends."""

from __future__ import annotations

import string
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.api.in_process import Answer, InProcess, in_process
from entaku.core.context import AccessLevel, Actor, Scope
from entaku.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from entaku.main import App
from entaku.modules.accounts import NewApiKey, NewTenant, NewUser, Role, TenantChange, UserChange
from entaku.modules.accounts.api_key_text import KeyName, find_key_name, hash_of_key, is_key, write_key
from entaku.modules.sharing import LibraryChange, NewLibrary
from entaku.table.driver import Item
from entaku.testing import ManualClock
from tests.building import build_on
from tests.modules.accounts.conftest import ANN, OPERATOR
from tests.modules.sharing.world import grant

ALL = frozenset(Scope)
Deed = Callable[[App, Actor], Awaitable[Any]]
DEEDS: dict[str, Deed] = {
    "create a user": lambda app, a: app.accounts.users.create(a, NewUser(user_id="x", name="X")),
    "create a library": lambda app, a: app.sharing.libraries.create(a, NewLibrary(name="N", owner="robot")),
    "rename": lambda app, a: app.sharing.libraries.change(a, "l", LibraryChange(name="N")),
    "delete": lambda app, a: app.sharing.libraries.delete(a, "l"),
    "share": lambda app, a: app.sharing.shares.change(a, "l", add=[grant("individual:ann")]),
}
ASKING = {"/api/checks", "/api/lists"}
"""What has a body only because it asks for much."""
IDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=1).flatmap(
    lambda first: st.text(string.ascii_letters + string.digits + "._@+-", max_size=127).map(lambda rest: first + rest)
)


@pytest.fixture
async def app(engine: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    """The whole application, which remembers keys where it hears of changes; with a service account `robot`."""
    built = await build_on(engine, tmp_path / "data", clock, base_domain="example.com")
    await built.accounts.tenants.create(OPERATOR, NewTenant(tenant_id="acme", name="Acme"))
    ann = NewUser(user_id="ann", name="Ann", level=AccessLevel.TENANT_ADMIN)
    await built.accounts.users.create(built.operator("acme"), ann)
    robot = NewUser(user_id="robot", name="Robot", level=AccessLevel.TENANT_ADMIN)
    await built.accounts.service_accounts.create(ANN, robot)
    yield built
    await built.close()


@pytest.fixture
async def client(app: App) -> AsyncIterator[InProcess]:
    async with in_process(app.http()) as started:
        yield started


async def key_of(app: App, *scopes: Scope, **more: Any) -> str:
    new = NewApiKey(key_id="ci", scopes=frozenset(scopes or ALL), **more)
    return (await app.accounts.service_accounts.create_key(ANN, "robot", new)).text


async def enter(app: App, key: str) -> Actor:
    return await app.authentication.authenticate(key, host="localhost", tenant_header=None, request_id="r1")


async def everything(app: App) -> list[Item]:
    return await app.table.driver.walk(0, 1, after=None, limit=10_000)


async def send(client: InProcess, key: str, method: str, target: str, body: Any = b"") -> Answer:
    return await client.call(method, target, headers={"Authorization": f"Bearer {key}"}, body=body)


async def test_a_key_stands_for_its_account(app: App) -> None:
    actor = await enter(app, await key_of(app))

    assert (actor.tenant_id, actor.user_id, actor.level, actor.scopes) == (
        *("acme", "robot"),
        *(AccessLevel.TENANT_ADMIN, ALL),
    )


async def test_without_the_scope_admin_a_key_acts_as_a_member(app: App) -> None:
    actor = await enter(app, await key_of(app, Scope.READ, Scope.WRITE))

    assert actor.level is AccessLevel.MEMBER


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [
        ({Scope.READ}, [200, 403, 200, 403, 403]),
        ({Scope.WRITE}, [403, 201, 403, 403, 403]),
        ({Scope.READ, Scope.WRITE}, [200, 201, 200, 403, 403]),
        ({Scope.READ, Scope.ADMIN}, [200, 403, 200, 403, 200]),
        ({Scope.ADMIN}, [403, 403, 403, 403, 403]),
        (ALL, [200, 201, 200, 201, 200]),
    ],
)
async def test_a_key_is_good_for_its_scopes_only(
    app: App, client: InProcess, scopes: set[Scope], statuses: list[int]
) -> None:
    key = await key_of(app, *scopes)

    answers = [
        await send(client, key, "GET", "/api/me"),
        await send(client, key, "POST", "/api/libraries", {"name": "L", "library_id": "l"}),
        # Asks about a hundred things at once, and so has a body; but it changes nothing.
        await send(client, key, "POST", "/api/checks", {"checks": [{"user_id": "robot", "library_id": "l"}]}),
        await send(client, key, "POST", "/api/roles", {"role_id": "r", "name": "R"}),
        await send(client, key, "GET", "/api/service-accounts/robot/keys"),
    ]

    assert [answer.status for answer in answers] == statuses


@pytest.mark.parametrize("scope", [Scope.READ, Scope.WRITE])
async def test_no_operation_does_what_a_key_is_not_for(app: App, client: InProcess, scope: Scope) -> None:
    key = await key_of(app, scope, Scope.ADMIN)
    paths = app.http().openapi_document()["paths"]
    open_to_all = {("GET", "/healthz"), ("GET", "/.well-known/authzen-configuration")}
    operations = {(method.upper(), path) for path in paths for method in paths[path]} - open_to_all
    questions = {each for each in operations if each[1].startswith("/access/v1/") or each[1] in ASKING}
    reading = {*questions, *(each for each in operations if each[0] == "GET")}
    await enter(app, key)
    before = await everything(app)

    refused = {
        (method, path)
        for method, path in operations
        if (await send(client, key, method, path.replace("{", "").replace("}", ""))).status == 403
    }

    assert refused >= (operations - reading if scope is Scope.READ else reading)
    assert await everything(app) == before


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_a_key_for_reading_writes_by_no_other_edge_either(app: App, deed: Deed) -> None:
    await app.sharing.libraries.create(ANN, NewLibrary(library_id="l", name="L", owner="robot"))
    actor = await enter(app, await key_of(app, Scope.READ, Scope.ADMIN))
    before = await everything(app)

    with pytest.raises(Forbidden, match="'write'"):
        await deed(app, actor)

    assert await everything(app) == before


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_a_key_that_is_revoked_while_a_request_is_on_its_way_changes_nothing(app: App, deed: Deed) -> None:
    await app.sharing.libraries.create(ANN, NewLibrary(library_id="l", name="L", owner="robot"))
    actor = await enter(app, await key_of(app))
    await app.accounts.service_accounts.delete_key(ANN, "robot", "ci")
    before = await everything(app)

    with pytest.raises((Unauthenticated, Conflict)):
        await deed(app, actor)

    assert await everything(app) == before


async def test_an_operators_key_that_is_revoked_meanwhile_touches_no_tenant(app: App) -> None:
    accounts, operator = app.accounts, app.operator("acme")
    await accounts.users.change(operator, "robot", UserChange(level=AccessLevel.OPERATOR))
    made = await accounts.service_accounts.create_key(operator, "robot", NewApiKey(key_id="ci", scopes=ALL))
    actor = await enter(app, made.text)
    await accounts.service_accounts.delete_key(operator, "robot", "ci")

    with pytest.raises(Unauthenticated, match="'ci' was revoked"):
        await accounts.tenants.change(actor, "acme", TenantChange(name="Mine"))


async def test_a_key_may_revoke_itself_and_its_account(app: App) -> None:
    actor = await enter(app, await key_of(app))
    await app.accounts.service_accounts.create_key(actor, "robot", NewApiKey(key_id="next", replaces="ci"))
    await app.accounts.service_accounts.delete_key(actor, "robot", "ci")

    second = await enter(app, await key_of(app))
    await app.accounts.service_accounts.delete(second, "robot")

    with pytest.raises(NotFound):
        await app.accounts.service_accounts.get(ANN, "robot")


async def test_the_trail_names_the_key_that_a_change_was_made_with(app: App, client: InProcess) -> None:
    key = await key_of(app)
    await send(client, key, "POST", "/api/roles", {"role_id": "r", "name": "R"})
    await app.accounts.directory.create(ANN, Role(role_id="q", name="Q"))

    told = [
        (await send(client, key, "GET", f"/api/audit?target=role:{role}")).json()["items"][0] for role in ("r", "q")
    ]

    assert [(each["actor"], each["api_key"]) for each in told] == [("robot", "ci"), ("ann", None)]


@pytest.mark.parametrize("what", ["key deleted", "deactivated", "account deleted", "suspended", "revoked", "expired"])
async def test_a_key_that_was_good_is_refused_at_once(app: App, clock: ManualClock, what: str) -> None:
    key = await key_of(app, expires_at=clock.now() + timedelta(hours=1))
    await enter(app, key)
    clock.advance(timedelta(seconds=1))

    match what:
        case "key deleted":
            await app.accounts.service_accounts.delete_key(ANN, "robot", "ci")
        case "deactivated":
            await app.accounts.service_accounts.change(ANN, "robot", UserChange(is_active=False))
        case "account deleted":
            await app.accounts.service_accounts.delete(ANN, "robot")
        case "suspended":
            await app.accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
        case "revoked":
            await app.accounts.tenants.change(OPERATOR, "acme", TenantChange(revoke_tokens=True))
        case _:
            clock.advance(timedelta(hours=1))

    with pytest.raises(Unauthenticated):
        await enter(app, key)


async def test_a_key_is_not_the_next_accounts_of_that_id(app: App, clock: ManualClock) -> None:
    key = await key_of(app)
    clock.advance(timedelta(milliseconds=1))
    await app.accounts.service_accounts.delete(ANN, "robot")
    await app.accounts.service_accounts.create(ANN, NewUser(user_id="robot", name="Another"))

    assert await app.accounts.service_accounts.list_keys(ANN, "robot") == ()
    with pytest.raises(Unauthenticated):
        await enter(app, key)


async def test_a_key_made_again_under_its_id_is_another(app: App) -> None:
    first = await key_of(app)
    await enter(app, first)
    await app.accounts.service_accounts.delete_key(ANN, "robot", "ci")

    second = await key_of(app)

    assert (await enter(app, second)).user_id == "robot"
    with pytest.raises(Unauthenticated):
        await enter(app, first)


async def test_of_a_key_only_its_hash_is_kept(app: App) -> None:
    key = await key_of(app)
    secret = key.rpartition("_")[2]

    items = await app.table.driver.walk(0, 1, after=None, limit=10_000)

    kept = "".join(repr(item) for item in items)
    assert secret not in kept
    assert hash_of_key(key) in kept


async def test_the_last_day_of_use_is_noted_once_a_day(app: App, clock: ManualClock) -> None:
    key = await key_of(app)
    versions: list[int] = []
    days: set[str] = set()
    for _ in range(4):
        for _ in range(5):
            await enter(app, key)
        (kept,) = await app.accounts.service_accounts.list_keys(ANN, "robot")
        versions.append(kept.version)
        days.add(str(kept.last_used_on))
        clock.advance(timedelta(hours=24))

    assert [after - before for before, after in pairwise(versions)] == [1, 1, 1]
    assert len(days) == 4


async def test_the_tenant_of_host_and_header_must_be_that_of_the_key(app: App, client: InProcess) -> None:
    key = await key_of(app)

    statuses = [
        (await client.call("GET", "/api/me", headers={"Authorization": f"Bearer {key}", **more})).status
        for more in ({"Host": "acme.example.com"}, {"Host": "other.example.com"}, {"X-Tenant": "other"})
    ]

    assert statuses == [200, 401, 401]


@given(st.tuples(IDS, IDS, IDS), st.binary(min_size=32, max_size=32))
def test_every_key_is_read_as_it_was_written(ids: tuple[str, str, str], secret: bytes) -> None:
    text = write_key(KeyName(*ids), secret)

    assert find_key_name(text) == KeyName(*ids)
    assert is_key(text, hash_of_key(text))
    assert "@" not in text


@given(st.data())
def test_a_mistyped_key_is_told_without_asking_the_table(data: st.DataObject) -> None:
    text = write_key(KeyName("acme", "robot", "ci"), data.draw(st.binary(min_size=32, max_size=32)))
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(sorted(set(string.ascii_letters + string.digits) - {text[place]})))

    assert find_key_name(text[:place] + other + text[place + 1 :]) is None


@pytest.mark.parametrize(
    "text", ["entaku_", "entaku_a/b/c_" + "0" * 49, "entaku_" + "/" * 60, "entaku_ä/b/c_" + "0" * 49, "entaku_" * 900]
)
async def test_what_only_looks_like_a_key_is_refused(app: App, text: str) -> None:
    with pytest.raises(Unauthenticated, match="not good"):
        await enter(app, text)


async def test_a_key_of_the_right_form_with_another_secret_is_refused(app: App) -> None:
    await key_of(app)

    for name in (KeyName("acme", "robot", "ci"), KeyName("acme", "ann", "ci"), KeyName("nowhere", "robot", "ci")):
        with pytest.raises(Unauthenticated):
            await enter(app, write_key(name, bytes(32)))
