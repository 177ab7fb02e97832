"""A whole application and issuers beside it, for tests of signing in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from entaku.core.context import AccessLevel, Actor
from entaku.main import App
from entaku.modules.accounts import IssuerRule, NewTenant, NewUser
from entaku.testing import ManualClock
from tests.building import build_on
from tests.emulators.scripted_issuer import ScriptedIssuer
from tests.modules.accounts.conftest import ANN, OPERATOR, OTHER

AUDIENCE = "entaku-app"


@asynccontextmanager
async def sign_in_app(engine: str, folder: Path, clock: ManualClock | None) -> AsyncIterator[App]:
    """Two tenants, `acme` and `other`, with an administrator `ann` and a member `ben` each."""
    app = await build_on(engine, folder, clock, base_domain="example.com")
    for actor in (ANN, OTHER):
        await app.accounts.tenants.create(OPERATOR, NewTenant(tenant_id=actor.tenant_id, name=actor.tenant_id))
        here = app.operator(actor.tenant_id)
        await app.accounts.users.create(here, NewUser(user_id="ann", name="Ann", level=AccessLevel.TENANT_ADMIN))
        ben = NewUser(user_id="ben", name="Ben", email="Ben@Acme.example")
        await app.accounts.users.create(here, ben)
    yield app
    await app.close()


class SigningIn:
    """Signs people in to the application with tokens of one issuer. Its clock stands still and is the issuer's too."""

    def __init__(self, app: App, issuer: ScriptedIssuer, clock: ManualClock) -> None:
        self.app, self.issuer, self.clock = app, issuer, clock

    async def trust(self, tenant_id: str = "acme", **fields: Any) -> IssuerRule:
        """The tenant takes tokens of the issuer."""
        rule = IssuerRule(**{"issuer_id": "staff", "issuer": self.issuer.issuer, "audience": AUDIENCE, **fields})
        return await self.app.accounts.issuers.put(OPERATOR, tenant_id, rule)

    def claims(self, **more: Any) -> dict[str, Any]:
        """Of a good token of `ben`. What is None is left out."""
        now = int(self.clock.now().timestamp())
        claims = {"iss": self.issuer.issuer, "aud": AUDIENCE, "sub": "ben", "iat": now, "exp": now + 3600, **more}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, **more: Any) -> str:
        return self.issuer.token(self.claims(**more))

    async def enter(self, token: str, host: str = "localhost", tenant: str | None = None) -> Actor:
        return await self.app.authentication.authenticate(token, host=host, tenant_header=tenant, request_id="r1")

    async def enter_as(self, **more: Any) -> Actor:
        return await self.enter(self.token(**more))

    def wait(self, **span: int) -> None:
        self.clock.advance(timedelta(**span))
