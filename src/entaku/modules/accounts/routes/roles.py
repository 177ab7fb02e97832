"""`/api/roles`: job titles."""

from __future__ import annotations

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.replies import reply
from entaku.modules.accounts.bodies import NewRoleBody, RoleChangeBody
from entaku.modules.accounts.model import Role
from entaku.modules.accounts.principals import Principal, PrincipalKind
from entaku.modules.accounts.routes.dependencies import AccountsService
from entaku.modules.accounts.views import MemberView, RoleView, member_view, role_view


def role(role_id: str) -> Principal:
    return Principal(PrincipalKind.ROLE, role_id)


@post("/roles", tags=["Directory"], summary="Create a role")
async def create_role(
    actor: CallingActor, accounts: AccountsService, data: JSONBody[NewRoleBody], idempotency: SentIdempotency
) -> Response[RoleView]:
    """For administrators."""
    new = Role(role_id=data.role_id, name=data.name)
    created = await accounts.directory.create(actor, new, idempotency=idempotency)
    return reply(
        role_view(created),
        version=created.version,
        location=f"/api/roles/{created.role_id}",
        replayed=was_replayed(idempotency),
    )


@get("/roles", opt=BODY_ETAG, tags=["Directory"], summary="List the roles")
async def list_roles(actor: CallingActor, accounts: AccountsService, page: RequestedPage) -> PageView[RoleView]:
    """For everybody of the tenant, by id."""
    found = await accounts.directory.list_roles(actor, limit=page.limit, after=page.cursor)
    return PageView(tuple(role_view(each) for each in found.items), found.cursor)


@get("/roles/{role_id:str}", tags=["Directory"], summary="One role")
async def get_role(actor: CallingActor, accounts: AccountsService, role_id: FromPath[str]) -> Response[RoleView]:
    """For everybody of the tenant."""
    found = await accounts.directory.get_role(actor, role_id)
    return reply(role_view(found), version=found.version)


@get("/roles/{role_id:str}/members", opt=BODY_ETAG, tags=["Directory"], summary="Who has it")
async def list_members_of_role(
    actor: CallingActor, accounts: AccountsService, role_id: FromPath[str], page: RequestedPage
) -> PageView[MemberView]:
    """For everybody of the tenant, by user id."""
    found = await accounts.users.list_members(actor, role(role_id), limit=page.limit, after=page.cursor)
    return PageView(tuple(member_view(profile) for profile in found.items), found.cursor)


@patch("/roles/{role_id:str}", tags=["Directory"], summary="Rename a role")
async def change_role(
    actor: CallingActor,
    accounts: AccountsService,
    role_id: FromPath[str],
    data: JSONBody[RoleChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[RoleView]:
    """For administrators."""
    changed: Role = await accounts.directory.change(
        actor, role(role_id), data.entry_change(), expect=expected_version, idempotency=idempotency
    )
    return reply(role_view(changed), version=changed.version, replayed=was_replayed(idempotency))


@delete("/roles/{role_id:str}", tags=["Directory"], summary="Delete a role that nobody has")
async def delete_role(
    actor: CallingActor, accounts: AccountsService, role_id: FromPath[str], expected_version: ExpectedVersion
) -> None:
    """For administrators. Shares with it go too."""
    await accounts.directory.delete(actor, role(role_id), expect=expected_version)


ROLE_HANDLERS = [create_role, list_roles, get_role, list_members_of_role, change_role, delete_role]
