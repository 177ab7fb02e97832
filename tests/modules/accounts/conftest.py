"""A tenant with an administrator, another tenant beside it, and the services of accounts over the embedded engine."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

import pytest

from entaku.core.context import AccessLevel, Actor
from entaku.main import model as whole_model
from entaku.modules.accounts import TIERS, Accounts, NewTenant, NewUser, Principal, StillDeleted
from entaku.modules.audit import Audit
from entaku.table import Model, Table


def operator(tenant_id: str = "") -> Actor:
    """Whoever sits at the machine."""
    return Actor(tenant_id=tenant_id, user_id="@operator", level=AccessLevel.OPERATOR)


OPERATOR = operator()
ANN = Actor(tenant_id="acme", user_id="ann", level=AccessLevel.TENANT_ADMIN, request_id="r1")
BEN = Actor(tenant_id="acme", user_id="ben")
OTHER = Actor(tenant_id="other", user_id="ann", level=AccessLevel.TENANT_ADMIN)


class Referring:
    """In the place of the modules that refer to people: remembers whom it let go of, and may do something meanwhile."""

    def __init__(self) -> None:
        self.released: list[Principal] = []
        self.owned: str | None = None
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def release(self, actor: Actor, principal: Principal, still: StillDeleted) -> int:
        self.released.append(principal)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return 0

    async def find_owned(self, actor: Actor, user_id: str) -> str | None:
        return self.owned


@pytest.fixture
def model() -> Model:
    return whole_model()


@pytest.fixture
def referring() -> Referring:
    return Referring()


@pytest.fixture
async def accounts(table: Table, referring: Referring) -> Accounts:
    return await furnished(table, referring)


async def furnished(table: Table, referring: Referring) -> Accounts:
    """The services, with two tenants that have an administrator and a member each."""
    services = Accounts(table, Audit(table, secrets.token_bytes), TIERS)
    services.join(releaser=referring, owned=referring)
    for actor in (ANN, OTHER):
        await services.tenants.create(OPERATOR, NewTenant(tenant_id=actor.tenant_id, name=actor.tenant_id.title()))
        ann = NewUser(user_id="ann", name="Ann", level=AccessLevel.TENANT_ADMIN)
        await services.users.create(operator(actor.tenant_id), ann)
        await services.users.create(actor, NewUser(user_id="ben", name="Ben"))
    return services
