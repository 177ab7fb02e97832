"""`/api/users`: the people of a tenant."""

from __future__ import annotations

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.references import UNKNOWN_REFERENCE
from entaku.api.replies import reply
from entaku.modules.accounts.bodies import NewUserBody, UserChangeBody
from entaku.modules.accounts.routes.dependencies import AccountsService, Search
from entaku.modules.accounts.views import GroupMembershipView, UserView, group_memberships, user_view


@post("/users", responses=UNKNOWN_REFERENCE, tags=["Users"], summary="Create a user")
async def create_user(
    actor: CallingActor, accounts: AccountsService, data: JSONBody[NewUserBody], idempotency: SentIdempotency
) -> Response[UserView]:
    """For administrators. The user is in all groups named, or is not created."""
    profile = await accounts.users.create(actor, data.new_user(), idempotency=idempotency)
    return reply(
        user_view(profile),
        version=profile.version,
        location=f"/api/users/{profile.user_id}",
        replayed=was_replayed(idempotency),
    )


@get("/users", opt=BODY_ETAG, tags=["Users"], summary="List the users")
async def list_users(
    actor: CallingActor, accounts: AccountsService, page: RequestedPage, q: Search = ""
) -> PageView[UserView]:
    """For everybody of the tenant, by name. A page of a search may be short; its cursor goes on."""
    found = await accounts.users.list(actor, limit=page.limit, after=page.cursor, q=q)
    return PageView(tuple(user_view(profile) for profile in found.items), found.cursor)


@get("/users/{user_id:str}", tags=["Users"], summary="One user")
async def get_user(actor: CallingActor, accounts: AccountsService, user_id: FromPath[str]) -> Response[UserView]:
    """For everybody of the tenant."""
    profile = await accounts.users.get(actor, user_id)
    return reply(user_view(profile), version=profile.version)


@patch("/users/{user_id:str}", tags=["Users"], summary="Change a user")
async def change_user(
    actor: CallingActor,
    accounts: AccountsService,
    user_id: FromPath[str],
    data: JSONBody[UserChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[UserView]:
    """For administrators. Profile and memberships change together; a change holds 60 memberships."""
    profile = await accounts.users.change(
        actor, user_id, data.user_change(), expect=expected_version, idempotency=idempotency
    )
    return reply(user_view(profile), version=profile.version, replayed=was_replayed(idempotency))


@delete("/users/{user_id:str}", tags=["Users"], summary="Delete a user")
async def delete_user(
    actor: CallingActor, accounts: AccountsService, user_id: FromPath[str], expected_version: ExpectedVersion
) -> None:
    """For administrators. The user must own nothing; shares with the user go too."""
    await accounts.users.delete(actor, user_id, expect=expected_version)


@get("/users/{user_id:str}/groups", opt=BODY_ETAG, tags=["Users"], summary="The groups a user is in, and how")
async def list_groups_of_user(
    actor: CallingActor, accounts: AccountsService, user_id: FromPath[str]
) -> PageView[GroupMembershipView]:
    """Directly and through other groups, nearest first, each with one shortest path. All in one page."""
    profile = await accounts.users.get(actor, user_id)
    hierarchy = await accounts.directory.hierarchy(actor)
    return PageView(group_memberships(hierarchy.memberships(profile), hierarchy))


USER_HANDLERS = [create_user, list_users, get_user, change_user, delete_user, list_groups_of_user]
