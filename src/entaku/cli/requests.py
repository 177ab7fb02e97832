"""`entaku requests`: access asked for, and answered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import click

from entaku.cli.commands import EntakuGroup
from entaku.cli.instants import read_instant
from entaku.cli.listing import Part, collect, list_options, wanted
from entaku.cli.output import Column, show_done, show_list
from entaku.cli.session import in_tenant
from entaku.cli.share import permissions_of
from entaku.core.context import Actor
from entaku.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from entaku.main import App
    from entaku.modules.sharing import AccessRequestView, Approved, RequestsPage

Listed: TypeAlias = "Part[AccessRequestView]"

EVERYTHING = wanted(1, everything=True, cursor=None)

COLUMNS = (
    Column("request", lambda view: view.request_id),
    Column("of", lambda view: view.user_id),
    Column("for", lambda view: view.resource),
    Column("permissions", lambda view: view.permissions),
    Column("until", lambda view: view.expires_at),
    Column("state", lambda view: view.state),
    Column("message", lambda view: view.message),
    Column("reason", lambda view: view.reason),
    Column("asked", lambda view: view.asked_at, is_spare=True),
    Column("ends", lambda view: view.open_until, is_spare=True),
)


@click.group(cls=EntakuGroup)
def requests() -> None:
    """Requests: access that people ask for, and the answers."""


@requests.command(
    "list", example="entaku requests list\nentaku requests list handbook\nentaku requests list --asked-by kimura.aoi"
)
@click.argument("library_id", metavar="[LIBRARY]", required=False)
@click.option("--asked-by", "user_id", metavar="USER", help="What this user has asked for, as they see it.")
@list_options
def list_requests(
    library_id: str | None, user_id: str | None, limit: int, everything: bool, cursor: str | None
) -> None:
    """List what waits to be decided, oldest first: in the tenant, or about a library."""
    if library_id is not None and user_id is not None:
        raise Invalid("name a library or --asked-by USER, not both")
    part = wanted(limit, everything, cursor)

    async def work(app: App, actor: Actor) -> Listed:
        reading = app.sharing.requests.reading

        async def fetch(size: int, after: str | None) -> RequestsPage:
            if user_id is not None:
                return await reading.list_asked(_as_user(actor, user_id), limit=size, after=after)
            if library_id is None:
                return await reading.list_waiting(actor, limit=size, after=after)
            from entaku.modules.sharing import library_resource

            return await reading.list_of(actor, library_resource(library_id), limit=size, after=after)

        return await collect(fetch, part)

    show_list(in_tenant(work), COLUMNS, what="requests")


@requests.command("ask", example="entaku requests ask handbook kimura.aoi read,write --message 'For the new series'")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("user_id", metavar="USER")
@click.argument("permissions", metavar="[PERMISSIONS]", default="read")
@click.option("--until", "expires_at", type=read_instant, metavar="INSTANT", help="Until when it is wanted.")
@click.option("--message", help="To whoever decides.")
def ask(library_id: str, user_id: str, permissions: str, expires_at: datetime | None, message: str | None) -> None:
    """Ask for a library in the name of a user.

    PERMISSIONS are read, write, delete and share, joined by commas; read by default. Whether there is such a library is
    not told. Asking again is the same request anew.
    """
    granted = permissions_of(permissions)

    async def work(app: App, actor: Actor) -> AccessRequestView:
        from entaku.modules.sharing import Wanted, library_resource

        asked = Wanted(permissions=granted, message=message, expires_at=expires_at)
        return await app.sharing.requests.asking.ask(actor, library_resource(library_id), asked, user_id=user_id)

    view = in_tenant(work)
    if view.request_id is None:
        show_done(f"{user_id} has that access to library {library_id} already; there is nothing to ask for", view)
    else:
        show_done(f"request {view.request_id} of {user_id} for library {library_id} is {view.state}", view)


@requests.command(
    "approve",
    example=(
        "entaku requests approve 01kn52z8k6w3v9c1m7hq0r4txe\n"
        "entaku requests approve handbook kimura.aoi --permissions read --until 2027-03-31T18:00+09:00"
    ),
)
@click.argument("request", metavar="REQUEST|LIBRARY")
@click.argument("user_id", metavar="[USER]", required=False)
@click.option("--permissions", help="What to grant, where it is not what was asked for.")
@click.option("--until", "expires_at", type=read_instant, metavar="INSTANT", help="When the share ends.")
@click.option("--reason", help="Why, for the audit trail and for who asked.")
def approve(
    request: str, user_id: str | None, permissions: str | None, expires_at: datetime | None, reason: str | None
) -> None:
    """Approve a request: the share that was asked for is made at once.

    Name the request by its id, or by the library and the user who asks for it.
    """
    granted = None if permissions is None else permissions_of(permissions)

    async def work(app: App, actor: Actor) -> Approved:
        from entaku.modules.sharing import Approval

        approval = Approval()
        if granted is not None:
            approval = Approval(permissions=granted)
        if expires_at is not None:
            approval = Approval(permissions=approval.permissions, expires_at=expires_at)
        request_id = await _waiting(app, actor, request, user_id)
        return await app.sharing.requests.deciding.approve(actor, request_id, approval, reason=reason)

    view = in_tenant(work).request
    undo = "" if view.change_id is None else f"; 'entaku undo {view.change_id}' takes the share back"
    show_done(f"request {view.request_id} of {view.user_id} for {view.resource} is approved{undo}", view)


@requests.command("deny", example="entaku requests deny handbook kimura.aoi --reason 'Ask again in April'")
@click.argument("request", metavar="REQUEST|LIBRARY")
@click.argument("user_id", metavar="[USER]", required=False)
@click.option("--reason", required=True, help="Why, for the audit trail and for who asked.")
def deny(request: str, user_id: str | None, reason: str) -> None:
    """Deny a request, named by its id, or by the library and the user who asks for it."""

    async def work(app: App, actor: Actor) -> AccessRequestView:
        request_id = await _waiting(app, actor, request, user_id)
        return await app.sharing.requests.deciding.deny(actor, request_id, reason=reason)

    view = in_tenant(work)
    show_done(f"request {view.request_id} of {view.user_id} for {view.resource} is denied", view)


@requests.command("withdraw", example="entaku requests withdraw handbook kimura.aoi")
@click.argument("request", metavar="REQUEST|LIBRARY")
@click.argument("user_id", metavar="[USER]", required=False)
def withdraw(request: str, user_id: str | None) -> None:
    """Take a request back, named by its id, or by the library and the user who asked; what was granted stays."""

    async def work(app: App, actor: Actor) -> str:
        request_id = request if user_id is None else await _asked(app, _as_user(actor, user_id), request)
        await app.sharing.requests.asking.withdraw(actor, request_id)
        return request_id

    request_id = in_tenant(work)
    show_done(f"request {request_id} is withdrawn", {"request_id": request_id})


async def _waiting(app: App, actor: Actor, request: str, user_id: str | None) -> str:
    """The id of the request that is named. Raises NotFound for one that waits for nobody."""
    if user_id is None:
        return request
    from entaku.modules.sharing import library_resource

    reading, resource = app.sharing.requests.reading, library_resource(request)
    part = await collect(lambda size, after: reading.list_of(actor, resource, limit=size, after=after), EVERYTHING)
    found = next((view.request_id for view in part.items if view.user_id == user_id), None)
    if found is None:
        raise NotFound(f"nothing that {user_id} asked for waits to be decided about library {request}")
    return found


async def _asked(app: App, asker: Actor, library_id: str) -> str:
    """The id of what a user has asked for a library. Raises NotFound."""
    reading = app.sharing.requests.reading
    part = await collect(lambda size, after: reading.list_asked(asker, limit=size, after=after), EVERYTHING)
    found = next((view.request_id for view in part.items if view.resource.id == library_id), None)
    if found is None:
        raise NotFound(f"{asker.user_id} has not asked for library {library_id}")
    return found


def _as_user(actor: Actor, user_id: str) -> Actor:
    """Who looks at their own requests. On the machine of the service its operator may look over their shoulder."""
    return Actor(tenant_id=actor.tenant_id, user_id=user_id, request_id=actor.request_id)
