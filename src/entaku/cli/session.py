"""Opens the system for one command, on the data folder that was named, and chooses the tenant."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from entaku.cli.commands import data_folder, named_tenant
from entaku.cli.folder_rights import refusal
from entaku.core.config import DATA_DEFAULT, PREFIX
from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound

if TYPE_CHECKING:
    from entaku.core.config import Config
    from entaku.main import App
    from entaku.modules.accounts import Tenant

T = TypeVar("T")

TENANTS_NAMED_MAX = 20
GONE = ("deleted", "purging")
"""States of tenants that nobody means without naming them."""


def chosen_folder() -> Path:
    """The data folder: that of --data, else that of the environment, else the default."""
    return data_folder() or Path(os.environ.get(f"{PREFIX}DATA") or DATA_DEFAULT)


def configured(given: Mapping[str, str] | None = None) -> Config:
    """The configuration of the data folder. Raises Invalid, and Forbidden for a folder that is not this user's.

    `given` are settings of the command line, under their names in the environment; they win.
    """
    from entaku.main import configure

    problem = refusal(chosen_folder())
    if problem is not None:
        raise Forbidden(problem)
    return configure(chosen_folder(), {**os.environ, **(given or {})})


def with_app(work: Callable[[App], Awaitable[T]], *, founds: bool = False) -> T:
    """Runs the work on the open system, and closes it.

    Only what `founds` a data folder makes a new one: a mistyped --data is told, not answered with emptiness.
    """
    from entaku.main import build

    config = configured()
    if config.is_embedded and not founds and not config.database.exists():
        raise NotFound(
            f"nothing is kept in folder {config.data} yet; name another with --data or ENTAKU_DATA, or begin with"
            " 'entaku tenants create' or 'entaku serve --demo'"
        )

    async def opened() -> T:
        app = await build(config, founds=founds)
        try:
            return await work(app)
        finally:
            await app.close()

    return asyncio.run(opened())


def in_tenant(work: Callable[[App, Actor], Awaitable[T]]) -> T:
    """Runs the work as the local operator of the tenant that was named, or of the only one there is."""

    async def chosen(app: App) -> T:
        return await work(app, app.operator(await tenant_of(app, named_tenant())))

    return with_app(chosen)


async def tenant_of(app: App, named: str | None) -> str:
    """The id of the tenant to act in. Raises NotFound for one that is not there, Conflict for one that was deleted,
    Invalid when it could be several."""
    if named is not None:
        try:
            tenant = await app.accounts.tenants.get(app.operator(), named)
        except NotFound as error:
            ways = "'entaku tenants list' shows those there are, 'entaku tenants create TENANT' makes one"
            raise NotFound(f"{error.message}; {ways}") from error
        check_there(tenant)
        return tenant.tenant_id
    tenant_ids: list[str] = []
    cursor: str | None = None
    while len(tenant_ids) <= TENANTS_NAMED_MAX:
        page = await app.accounts.tenants.list(app.operator(), limit=TENANTS_NAMED_MAX + 1, after=cursor)
        tenant_ids += [tenant.tenant_id for tenant in page.items if tenant.state not in GONE]
        cursor = page.cursor
        if cursor is None:
            break
    if not tenant_ids:
        raise NotFound("there is no tenant yet; make one with 'entaku tenants create TENANT'")
    if len(tenant_ids) > 1:
        named_ids = ", ".join(tenant_ids[:TENANTS_NAMED_MAX])
        more = " and more" if len(tenant_ids) > TENANTS_NAMED_MAX else ""
        raise Invalid(f"which tenant? name one with --tenant; there are {named_ids}{more}")
    return tenant_ids[0]


def check_there(tenant: Tenant) -> None:
    """Raises Conflict for a tenant that was deleted: nobody means to work on what is about to be erased."""
    if tenant.state == "deleted":
        way_out = f"bring it back first: entaku tenants resume {tenant.tenant_id}"
        raise Conflict(f"tenant {tenant.tenant_id!r} is deleted; {way_out}")
    if tenant.state == "purging":
        raise Conflict(
            f"tenant {tenant.tenant_id!r} is being purged; finish it: entaku tenants purge {tenant.tenant_id}"
        )
