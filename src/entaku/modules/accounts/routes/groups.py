"""`/api/groups`: people put together for a purpose, and groups inside groups."""

from __future__ import annotations

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.references import UNKNOWN_REFERENCE
from entaku.api.replies import reply
from entaku.modules.accounts.bodies import GroupChangeBody, NewGroupBody
from entaku.modules.accounts.model import Group
from entaku.modules.accounts.principals import Principal, PrincipalKind
from entaku.modules.accounts.profiles import UserChange
from entaku.modules.accounts.routes.dependencies import AccountsService
from entaku.modules.accounts.views import GroupView, MemberView, group_view, member_view


def group(group_id: str) -> Principal:
    return Principal(PrincipalKind.GROUP, group_id)


@post("/groups", responses=UNKNOWN_REFERENCE, tags=["Directory"], summary="Create a group")
async def create_group(
    actor: CallingActor, accounts: AccountsService, data: JSONBody[NewGroupBody], idempotency: SentIdempotency
) -> Response[GroupView]:
    """For administrators."""
    new = Group(group_id=data.group_id, name=data.name, description=data.description, parents=data.parents)
    created = await accounts.directory.create(actor, new, idempotency=idempotency)
    return reply(
        group_view(created),
        version=created.version,
        location=f"/api/groups/{created.group_id}",
        replayed=was_replayed(idempotency),
    )


@get("/groups", opt=BODY_ETAG, tags=["Directory"], summary="List the groups")
async def list_groups(actor: CallingActor, accounts: AccountsService, page: RequestedPage) -> PageView[GroupView]:
    """For everybody of the tenant, by id, each with the groups that contain it."""
    found = await accounts.directory.list_groups(actor, limit=page.limit, after=page.cursor)
    return PageView(tuple(group_view(each) for each in found.items), found.cursor)


@get("/groups/{group_id:str}", tags=["Directory"], summary="One group")
async def get_group(actor: CallingActor, accounts: AccountsService, group_id: FromPath[str]) -> Response[GroupView]:
    """For everybody of the tenant."""
    found = await accounts.directory.get_group(actor, group_id)
    return reply(group_view(found), version=found.version)


@get("/groups/{group_id:str}/children", opt=BODY_ETAG, tags=["Directory"], summary="The groups directly inside")
async def list_children_of_group(
    actor: CallingActor, accounts: AccountsService, group_id: FromPath[str], page: RequestedPage
) -> PageView[GroupView]:
    """For everybody of the tenant, by id. Their members are members of this group too."""
    found = await accounts.directory.list_children(actor, group(group_id), limit=page.limit, after=page.cursor)
    return PageView(tuple(group_view(each) for each in found.items), found.cursor)


@get("/groups/{group_id:str}/members", opt=BODY_ETAG, tags=["Directory"], summary="Who is directly in it")
async def list_members_of_group(
    actor: CallingActor, accounts: AccountsService, group_id: FromPath[str], page: RequestedPage
) -> PageView[MemberView]:
    """For everybody of the tenant, by user id."""
    found = await accounts.users.list_members(actor, group(group_id), limit=page.limit, after=page.cursor)
    return PageView(tuple(member_view(profile) for profile in found.items), found.cursor)


@put("/groups/{group_id:str}/members/{user_id:str}", status_code=204, tags=["Directory"], summary="Put a user in")
async def put_member(
    actor: CallingActor, accounts: AccountsService, group_id: FromPath[str], user_id: FromPath[str]
) -> None:
    """For administrators. Who is in already stays in."""
    await accounts.users.change(actor, user_id, UserChange(join=frozenset({group_id})))


@delete("/groups/{group_id:str}/members/{user_id:str}", tags=["Directory"], summary="Take a user out")
async def delete_member(
    actor: CallingActor, accounts: AccountsService, group_id: FromPath[str], user_id: FromPath[str]
) -> None:
    """For administrators. Who is out already stays out."""
    await accounts.users.change(actor, user_id, UserChange(leave=frozenset({group_id})))


@patch("/groups/{group_id:str}", tags=["Directory"], summary="Rename, describe or nest a group")
async def change_group(
    actor: CallingActor,
    accounts: AccountsService,
    group_id: FromPath[str],
    data: JSONBody[GroupChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[GroupView]:
    """For administrators. A group cannot come to contain itself."""
    changed: Group = await accounts.directory.change(
        actor, group(group_id), data.entry_change(), expect=expected_version, idempotency=idempotency
    )
    return reply(group_view(changed), version=changed.version, replayed=was_replayed(idempotency))


@delete("/groups/{group_id:str}", tags=["Directory"], summary="Delete an empty group")
async def delete_group(
    actor: CallingActor, accounts: AccountsService, group_id: FromPath[str], expected_version: ExpectedVersion
) -> None:
    """For administrators. It must have no members and no groups inside it; shares with it go too."""
    await accounts.directory.delete(actor, group(group_id), expect=expected_version)


GROUP_HANDLERS = [
    create_group,
    list_groups,
    get_group,
    list_children_of_group,
    list_members_of_group,
    put_member,
    delete_member,
    change_group,
    delete_group,
]
