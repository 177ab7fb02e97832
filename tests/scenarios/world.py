"""A small world to send requests to: the whole application, and for each test three fresh tenants.

`home` is the tenant that a scenario is about. `twin` has things of the very same ids, with its own word in every name.
`stranger` has nothing but its own two callers. A request meant for `home` and sent with a token of one of the others
must not show the word of `home`, and must leave every item of `home` as it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from entaku.api.http import HttpApplication
from entaku.api.in_process import Answer, InProcess, in_process
from entaku.core.context import AccessLevel, Actor
from entaku.main import App
from entaku.modules.accounts import NewTenant, NewUser
from entaku.testing import ManualClock
from tests.scenarios.inventory import BUILDERS, Inventory, Items
from tests.scenarios.scenario import Caller, Scenario

Furnish = Callable[[App, Actor, str], Awaitable[None]]
"""Makes a module's things in the tenant of the actor, an administrator; every name holds the word given."""

PLATFORM = "platform"
ADMIN_ID, MEMBER_ID = "ann", "ben"
ACTIONS = {"archive", "unarchive", "restore", "transfer"}
"""Ends of paths that change the thing which the path before them names."""


class Side(msgspec.Struct, frozen=True):
    """One tenant of a world and the tokens of its callers."""

    tenant_id: str
    mark: str
    tokens: dict[Caller, str]


class Land(msgspec.Struct, frozen=True):
    """The three tenants of one test."""

    home: Side
    twin: Side
    stranger: Side


class World:
    """The running application. It serves all tests of a file, and each of them has tenants of its own."""

    def __init__(
        self,
        app: App,
        http: HttpApplication,
        client: InProcess,
        inventory: Inventory,
        operator_token: str,
        furnishers: Sequence[Furnish],
    ) -> None:
        self.app, self.http, self.client, self._inventory = app, http, client, inventory
        self._operator_token, self._furnishers = operator_token, furnishers
        self._tenants = 0

    async def home(self) -> Side:
        """A fresh tenant that has everything."""
        self._tenants += 1
        number = self._tenants
        return await self._side(f"maru{number}", f"maru-{number}-word", ADMIN_ID, MEMBER_ID, furnished=True)

    async def land(self) -> Land:
        """Three fresh tenants."""
        home = await self.home()
        number = self._tenants
        twin = await self._side(f"kumo{number}", f"kumo-{number}-word", ADMIN_ID, MEMBER_ID, furnished=True)
        stranger = await self._side(f"tori{number}", f"tori-{number}-word", "mallory", "eve", furnished=False)
        return Land(home, twin, stranger)

    async def _side(self, tenant_id: str, mark: str, admin_id: str, member_id: str, *, furnished: bool) -> Side:
        accounts, actor = self.app.accounts, self.app.operator(tenant_id)
        await accounts.tenants.create(actor, NewTenant(tenant_id=tenant_id, name=f"Tenant {mark}"))
        admin = NewUser(user_id=admin_id, name=f"Admin {mark}", level=AccessLevel.TENANT_ADMIN)
        await accounts.users.create(actor, admin)
        await accounts.users.create(actor, NewUser(user_id=member_id, name=f"Member {mark}"))
        if furnished:
            acting = Actor(tenant_id=tenant_id, user_id=admin_id, level=AccessLevel.TENANT_ADMIN)
            for furnish in self._furnishers:
                await furnish(self.app, acting, mark)
        tokens = {
            Caller.ADMIN: self.app.tokens.mint(tenant_id, admin_id),
            Caller.MEMBER: self.app.tokens.mint(tenant_id, member_id),
            Caller.OPERATOR: self._operator_token,
        }
        return Side(tenant_id, mark, tokens)

    async def send(
        self,
        scenario: Scenario,
        about: Side,
        *,
        sender: Side | None = None,
        caller: Caller | None = None,
        headers: dict[str, str] | None = None,
        query: str = "",
        body_suffix: bytes = b"",
    ) -> Answer:
        """The scenario's request about one tenant, sent with a token of the same or of another."""
        token = (sender or about).tokens.get(caller or scenario.caller)
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        target = scenario.path(about.tenant_id)
        if query:
            target += ("&" if "?" in target else "?") + query
        body = scenario.content(about.tenant_id)
        if body != b"":
            sent["Content-Type"] = "application/json"
            body = msgspec.json.encode(body) + body_suffix
        return await self.client.call(scenario.method, target, headers=sent, body=body)

    async def tag(self, scenario: Scenario, side: Side) -> str:
        """The ETag that a reader of what the scenario changes has got. What is in the bin is read in the list of it."""
        path, _, action = scenario.path(side.tenant_id).partition("?")[0].rpartition("/")
        here = path if action in ACTIONS else f"{path}/{action}"
        reading = Scenario(method="GET", route=here, caller=scenario.caller)
        answer = await self.send(reading, side)
        if answer.status != 404:
            return answer.headers["etag"]
        collection, _, thing_id = here.rpartition("/")
        listing = Scenario(method="GET", route=f"{collection}?state=deleted", caller=scenario.caller)
        items = (await self.send(listing, side)).json()["items"]
        return next(f'"{item["version"]}"' for item in items if thing_id in item.values())

    async def prepare(self, scenario: Scenario, side: Side) -> None:
        """Sends what has to happen before."""
        for method, target, body in scenario.before:
            step = Scenario(method=method, route=target, body=body, caller=_least(target))
            answer = await self.send(step, side)
            assert answer.status < 300, f"{step.name}: {answer.status} {answer.body.decode()}"

    async def items(self, tenant_id: str) -> Items:
        """Every item of a tenant, and its entry in the registry, with its version and the write it comes from.

        What was begun in the background is done by then.
        """
        await self.app.sharing.jobs.settled()
        found = await self._inventory.items(tenant_id)
        assert found, f"tenant {tenant_id} has items"
        return found


def _least(target: str) -> Caller:
    """Who may do the steps before: the registry is the operator's, everything else an administrator's."""
    return Caller.OPERATOR if target.startswith("/api/tenants") else Caller.ADMIN


@asynccontextmanager
async def start_world(
    folder: Path, furnishers: Sequence[Furnish], *, engine: str = "sqlite", **settings: Any
) -> AsyncIterator[World]:
    """The application on a new data folder and a new table, with a clock that stands still and an operator."""
    app, inventory = await BUILDERS[engine](folder, ManualClock(), settings)
    actor = app.operator(PLATFORM)
    await app.accounts.tenants.create(actor, NewTenant(tenant_id=PLATFORM, name="Platform"))
    await app.accounts.users.create(actor, NewUser(user_id="root", name="Root", level=AccessLevel.OPERATOR))
    try:
        http = app.http()
        async with in_process(http) as client:
            yield World(app, http, client, inventory, app.tokens.mint(PLATFORM, "root"), furnishers)
            await app.sharing.jobs.settled()
        await inventory.check()
    finally:
        await app.close()
