"""A running application with tenants to try things in: what tests of a module send their requests to.

    async with open_world([documents], folder) as world:
        maru = await world.tenant("maru")
        answer = await maru.as_("ann").call("GET", "/api/me")

A *land* is three tenants. `home` is the one that a scenario is about; `twin` has things of the very same ids, with its
own word in every name; `stranger` has nothing but its own two people. A request meant for `home` and sent by one of the
others must not show the word of `home`, and must leave every item of `home` as it was.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from entaku.core.clock import Clock
from entaku.core.config import Config
from entaku.core.context import AccessLevel, Actor
from entaku.main import App, build
from entaku.modules import Module
from entaku.modules.accounts import NewTenant, NewUser
from entaku.table.driver import Item, ItemKey
from entaku.testing.clock import ManualClock
from entaku.testing.scenario import Caller, Scenario

if TYPE_CHECKING:
    from entaku.api.http import HttpApplication
    from entaku.api.in_process import Answer, InProcess

Furnish = Callable[[App, Actor, str], Awaitable[Mapping[str, str] | None]]
"""Makes a module's things in the tenant of the actor, an administrator. Every name holds the word given. Answers the
words that scenarios may use beside `TENANT`: ids that are known only now, as in `{"DOCUMENT": "01kn…"}`."""

PLATFORM, OPERATOR_ID = "platform", "root"
ADMIN_ID, MEMBER_ID = "ann", "ben"
STRANGERS = "mallory", "eve"
WALKED_AT_ONCE = 500
SECRET_LENGTH_MIN = 20
"""Words of a furnisher from this length on are taken for ids that nobody else has."""


class Client:
    """Sends requests as one person."""

    def __init__(self, client: InProcess, token: str) -> None:
        self._client = client
        self.token = token

    async def call(
        self, method: str, target: str, *, body: Any = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request, answered in full. A `body` that is no bytes is sent as JSON."""
        sent = {"authorization": f"Bearer {self.token}", **(headers or {})}
        return await self._client.call(method, target, headers=sent, body=body)


class Side:
    """One tenant: `ann`, who administers it, `ben`, a member, and whoever else was made."""

    def __init__(self, app: App, client: InProcess, tenant_id: str, mark: str, people: Mapping[Caller, str]) -> None:
        self._app, self._client = app, client
        self.tenant_id, self.mark, self.people = tenant_id, mark, people
        self.words: dict[str, str] = {}
        """What stands in scenarios for what is known only now."""

    @property
    def secrets(self) -> list[str]:
        """What nobody else may be told: its mark, and ids that were made by chance."""
        return [self.mark, *(word for word in self.words.values() if len(word) >= SECRET_LENGTH_MIN)]

    @property
    def admin(self) -> Actor:
        """Its administrator, for calls of services."""
        return Actor(tenant_id=self.tenant_id, user_id=self.people[Caller.ADMIN], level=AccessLevel.TENANT_ADMIN)

    def actor(self, user_id: str) -> Actor:
        """A member, for calls of services."""
        return Actor(tenant_id=self.tenant_id, user_id=user_id)

    async def person(self, user_id: str) -> Client:
        """Makes another member, and is their client."""
        await self._app.accounts.users.create(self.admin, NewUser(user_id=user_id, name=f"{user_id} {self.mark}"))
        return self.as_(user_id)

    def as_(self, user_id: str) -> Client:
        """The client of a person of this tenant."""
        return Client(self._client, self._app.tokens.mint(self.tenant_id, user_id))

    def token(self, caller: Caller) -> str | None:
        """The access token of one of its callers; None for nobody."""
        if caller is Caller.NOBODY:
            return None
        tenant_id = PLATFORM if caller is Caller.OPERATOR else self.tenant_id
        return self._app.tokens.mint(tenant_id, self.people[caller])


class Land(msgspec.Struct, frozen=True):
    """The three tenants of one attack."""

    home: Side
    twin: Side
    stranger: Side


class World:
    """The running application, in which every test has tenants of its own."""

    def __init__(self, app: App, http: HttpApplication, client: InProcess) -> None:
        self.app, self.http, self.client = app, http, client
        self.sides: list[Side] = []
        """Every tenant that was made here."""

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of all routes."""
        return self.http.openapi_document()

    def advance(self, *, seconds: float) -> datetime:
        """Moves the clock of the application, back too, and says what time it is then. Raises TypeError for a clock
        that nobody can move."""
        clock = self.app.clock
        if not isinstance(clock, ManualClock):
            raise TypeError(f"{type(clock).__name__} goes by itself; build the application with a ManualClock")
        return clock.advance(timedelta(seconds=seconds))

    async def tenant(
        self, tenant_id: str, *, furnish: Furnish | None = None, people: tuple[str, str] = (ADMIN_ID, MEMBER_ID)
    ) -> Side:
        """A new tenant with an administrator and a member, and what the furnisher makes."""
        admin_id, member_id = people
        mark = f"{tenant_id}-word"
        callers = {Caller.ADMIN: admin_id, Caller.MEMBER: member_id, Caller.OPERATOR: OPERATOR_ID}
        side = Side(self.app, self.client, tenant_id, mark, callers)
        self.sides.append(side)
        accounts, operator = self.app.accounts, self.app.operator(tenant_id)
        await accounts.tenants.create(operator, NewTenant(tenant_id=tenant_id, name=f"Tenant {mark}"))
        admin = NewUser(user_id=admin_id, name=f"Admin {mark}", level=AccessLevel.TENANT_ADMIN)
        await accounts.users.create(operator, admin)
        await accounts.users.create(operator, NewUser(user_id=member_id, name=f"Member {mark}"))
        if furnish is not None:
            side.words |= await furnish(self.app, side.admin, mark) or {}
        return side

    async def land(self, furnish: Furnish | None) -> Land:
        """Three new tenants."""
        number = len(self.sides)
        return Land(
            await self.tenant(f"maru{number}", furnish=furnish),
            await self.tenant(f"kumo{number}", furnish=furnish),
            await self.tenant(f"tori{number}", people=STRANGERS),
        )

    async def prepare(self, scenario: Scenario, side: Side) -> None:
        """Sends what has to happen before."""
        for method, target, body in scenario.before:
            step = Scenario(method=method, route=target, body=body)
            path, content = step.path(side.tenant_id, side.words), step.content(side.tenant_id, side.words)
            answer = await Client(self.client, side.token(Caller.ADMIN) or "").call(method, path, body=content)
            assert answer.status < 300, f"before {scenario.name}: {step.name}: {answer.status} {answer.body.decode()}"

    async def items(self, tenant_id: str) -> dict[ItemKey, tuple[int, str]]:
        """Every item of a tenant with its version and the write it comes from."""
        return {ItemKey(item.pk, item.sk): (item.version, item.write_id) for item in await self.walk(tenant_id)}

    async def walk(self, tenant_id: str) -> list[Item]:
        """Every item of a tenant, and its entry in the registry."""
        entry, prefix = f"TENANT#{tenant_id}", f"TENANT#{tenant_id}#"
        # The embedded engine walks in the order of keys, so what belongs to one tenant lies together there.
        is_ordered = self.app.config.is_embedded
        found: list[Item] = []
        after: ItemKey | None = ItemKey(entry, "") if is_ordered else None
        while True:
            part = await self.app.table.driver.walk(0, 1, after=after, limit=WALKED_AT_ONCE)
            own = [item for item in part if item.pk == entry or item.pk.startswith(prefix)]
            found += own
            if len(part) < WALKED_AT_ONCE or (is_ordered and len(own) < len(part)):
                return found
            after = ItemKey(part[-1].pk, part[-1].sk)


@asynccontextmanager
async def open_world(
    modules: Sequence[Module], folder: Path, *, clock: Clock | None = None, **settings: Any
) -> AsyncGenerator[World]:
    """The application with these modules on a new data folder, with a clock that stands still and an operator."""
    chosen: dict[str, Any] = {"request_log": False, **settings}
    app = await build(Config(data=folder, **chosen), clock=clock or ManualClock(), modules=modules)
    try:
        async with world_of(app) as world:
            yield world
    finally:
        await app.close()


@asynccontextmanager
async def world_of(app: App) -> AsyncGenerator[World]:
    """The world of an application that is open, and stays so."""
    from entaku.api.in_process import in_process

    operator = app.operator(PLATFORM)
    await app.accounts.tenants.create(operator, NewTenant(tenant_id=PLATFORM, name="Platform"))
    root = NewUser(user_id=OPERATOR_ID, name="Root", level=AccessLevel.OPERATOR)
    await app.accounts.users.create(operator, root)
    http = app.http()
    async with in_process(http) as client:
        yield World(app, http, client)
