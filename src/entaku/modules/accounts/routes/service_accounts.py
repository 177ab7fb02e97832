"""`/api/service-accounts`: users that are programs, and the keys they call with."""

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
from entaku.modules.accounts.bodies import NewApiKeyBody, NewServiceAccountBody, UserChangeBody
from entaku.modules.accounts.routes.dependencies import AccountsService
from entaku.modules.accounts.views import (
    ApiKeysView,
    MadeApiKeyView,
    ServiceAccountView,
    api_key_view,
    made_api_key_view,
    service_account_view,
)


@post("/service-accounts", responses=UNKNOWN_REFERENCE, tags=["Service accounts"], summary="Create a service account")
async def create_service_account(
    actor: CallingActor, accounts: AccountsService, data: JSONBody[NewServiceAccountBody], idempotency: SentIdempotency
) -> Response[ServiceAccountView]:
    """For administrators. It is a user that is a program: it owns libraries and is shared with as people are."""
    profile = await accounts.service_accounts.create(actor, data.new_user(), idempotency=idempotency)
    return reply(
        service_account_view(profile),
        version=profile.version,
        location=f"/api/service-accounts/{profile.user_id}",
        replayed=was_replayed(idempotency),
    )


@get("/service-accounts", opt=BODY_ETAG, tags=["Service accounts"], summary="List the service accounts")
async def list_service_accounts(
    actor: CallingActor, accounts: AccountsService, page: RequestedPage
) -> PageView[ServiceAccountView]:
    """For everybody of the tenant, by id."""
    found = await accounts.service_accounts.list(actor, limit=page.limit, after=page.cursor)
    return PageView(tuple(service_account_view(profile) for profile in found.items), found.cursor)


@get("/service-accounts/{user_id:str}", tags=["Service accounts"], summary="One service account")
async def get_service_account(
    actor: CallingActor, accounts: AccountsService, user_id: FromPath[str]
) -> Response[ServiceAccountView]:
    """For everybody of the tenant. People are not found here."""
    profile = await accounts.service_accounts.get(actor, user_id)
    return reply(service_account_view(profile), version=profile.version)


@patch("/service-accounts/{user_id:str}", tags=["Service accounts"], summary="Change a service account")
async def change_service_account(
    actor: CallingActor,
    accounts: AccountsService,
    user_id: FromPath[str],
    data: JSONBody[UserChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[ServiceAccountView]:
    """For administrators. Deactivating refuses all its keys, also after it is activated again: make new ones then."""
    profile = await accounts.service_accounts.change(
        actor, user_id, data.user_change(), expect=expected_version, idempotency=idempotency
    )
    return reply(service_account_view(profile), version=profile.version, replayed=was_replayed(idempotency))


@delete("/service-accounts/{user_id:str}", tags=["Service accounts"], summary="Delete a service account")
async def delete_service_account(
    actor: CallingActor, accounts: AccountsService, user_id: FromPath[str], expected_version: ExpectedVersion
) -> None:
    """For administrators. It must own nothing; its keys and shares with it go too."""
    await accounts.service_accounts.delete(actor, user_id, expect=expected_version)


@get(
    "/service-accounts/{user_id:str}/keys",
    opt=BODY_ETAG,
    tags=["Service accounts"],
    summary="The API keys of a service account",
)
async def list_keys(actor: CallingActor, accounts: AccountsService, user_id: FromPath[str]) -> ApiKeysView:
    """For administrators. What has expired is not shown."""
    keys = await accounts.service_accounts.list_keys(actor, user_id)
    return ApiKeysView(items=tuple(api_key_view(key) for key in keys))


@post("/service-accounts/{user_id:str}/keys", tags=["Service accounts"], summary="Make an API key")
async def create_key(
    actor: CallingActor, accounts: AccountsService, user_id: FromPath[str], data: JSONBody[NewApiKeyBody]
) -> Response[MadeApiKeyView]:
    """For administrators. The answer holds the key, once: where it was lost, delete the key and make another."""
    made = await accounts.service_accounts.create_key(actor, user_id, data.new_api_key())
    answer = reply(made_api_key_view(made), version=None)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@delete("/service-accounts/{user_id:str}/keys/{key_id:str}", tags=["Service accounts"], summary="Revoke an API key")
async def delete_key(
    actor: CallingActor, accounts: AccountsService, user_id: FromPath[str], key_id: FromPath[str]
) -> None:
    """For administrators. It is refused from the next request on, by every worker."""
    await accounts.service_accounts.delete_key(actor, user_id, key_id)


SERVICE_ACCOUNT_HANDLERS = [
    create_service_account,
    list_service_accounts,
    get_service_account,
    change_service_account,
    delete_service_account,
    list_keys,
    create_key,
    delete_key,
]
