"""Nobody is let in by accident: every route asks for a token unless it says that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar import get

from entaku.api.auth import Authenticator, bearer_token, host_name
from entaku.api.http import HttpApplication, create_http
from entaku.api.in_process import InProcess, call
from entaku.core.context import Actor
from entaku.core.errors import Unauthenticated
from entaku.modules.accounts import NewTenant, NewUser
from tests.api.conftest import ANN, ROOT
from tests.api.toy_app import QUIET
from tests.building import build_on


class Recording:
    """Lets everyone in, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None, str]] = []

    async def authenticate(self, token: str, *, host: str, tenant_header: str | None, request_id: str) -> Actor:
        self.asked.append((token, host, tenant_header, request_id))
        return Actor(tenant_id="acme", user_id="ann", request_id=request_id)


@get("/forgetful")
async def forgetful() -> str:
    return "it never asked who calls"


def app_with(authenticator: Authenticator) -> HttpApplication:
    return create_http(routes=[forgetful], authenticator=authenticator, settings=QUIET)


async def test_a_route_that_forgets_its_caller_stays_closed() -> None:
    answer = await call(app_with(Recording()), "GET", "/forgetful")

    assert answer.status == 401


@pytest.mark.parametrize("path", ["/healthz", "/schema", "/schema/openapi.json", "/errors"])
async def test_what_explains_the_service_needs_no_token(api: InProcess, path: str) -> None:
    assert (await api.call("GET", path)).status == 200


async def test_the_authenticator_sees_host_tenant_and_request_id() -> None:
    recording = Recording()
    headers = {**ANN, "Host": "Acme.Example.com:8443", "X-Tenant": "acme", "X-Request-Id": "r-1"}

    await call(app_with(recording), "GET", "/forgetful", headers=headers)

    assert recording.asked == [("ann@acme", "acme.example.com", "acme", "r-1")]


async def test_another_tenant_in_the_header_is_refused(api: InProcess) -> None:
    answer = await api.call("GET", "/api/notes", headers={**ANN, "X-Tenant": "globex"})

    assert answer.status == 401


@pytest.mark.parametrize("sent", [b"", b"Bearer", b"Bearer ", b"Basic YTpi", b"Bearer a b", "Bearer ä".encode()])
def test_what_is_no_bearer_token_is_refused(sent: bytes) -> None:
    with pytest.raises(Unauthenticated):
        bearer_token(sent)


def test_a_refusal_never_repeats_the_token() -> None:
    with pytest.raises(Unauthenticated) as refused:
        bearer_token(b"Bearer secret half")

    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (b"A.b:80", "a.b"),
        (b"a.b", "a.b"),
        (b"[::1]:80", "[::1]"),
        (b"[::1]", "[::1]"),
        (b"", ""),
        (b"a.b.", "a.b"),
        (b"a.b..:80", "a.b"),
        (b"a.b:80:80", "a.b"),
        (b"[::1", "[::1"),
    ],
)
def test_a_host_is_its_name_without_port_or_final_dots(host: bytes, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("acme.example.com.:8443", 200),
        ("ACME.example.com", 200),
        ("other.example.com.", 401),
        ("Other.Example.com:1", 401),
    ],
)
async def test_no_spelling_of_a_host_leads_round_its_tenant(
    engine: str, tmp_path: Path, host: str, status: int
) -> None:
    app = await build_on(engine, tmp_path, base_domain="example.com")
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id="acme", name="Acme"))
    await app.accounts.users.create(app.operator("acme"), NewUser(user_id="ann", name="Ann"))
    headers = {"Authorization": f"Bearer {app.tokens.mint('acme', 'ann')}", "Host": host}

    answer = await call(app.http(), "GET", "/api/me", headers=headers)

    assert answer.status == status
    await app.close()


async def test_figures_are_for_operators(api: InProcess) -> None:
    member = await api.call("GET", "/metrics", headers=ANN)
    operator = await api.call("GET", "/metrics", headers=ROOT)

    assert (member.status, operator.status) == (403, 200)
