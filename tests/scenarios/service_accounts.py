"""Scenarios of service accounts and their API keys. A key is told only to who may make one, and only once."""

from __future__ import annotations

from entaku.core.context import Actor, Scope
from entaku.main import App
from entaku.modules.accounts import NewApiKey, NewUser
from tests.scenarios.scenario import Caller, Scenario

ACCOUNTS = "/api/service-accounts"
ACCOUNT = f"{ACCOUNTS}/{{user_id}}"


async def furnish(app: App, actor: Actor, mark: str) -> None:
    """Two service accounts, the first of which has two keys."""
    services = app.accounts.service_accounts
    for user_id in ("robot", "scraper"):
        await services.create(actor, NewUser(user_id=user_id, name=f"{user_id.title()} {mark}"))
    for key_id in ("ci", "cd"):
        await services.create_key(actor, "robot", NewApiKey(key_id=key_id, scopes=frozenset({Scope.READ})))


SCENARIOS = [
    Scenario(
        method="POST",
        route=ACCOUNTS,
        caller=Caller.ADMIN,
        body={"user_id": "night-job", "name": "Night job", "groups": ["staff"]},
        status=201,
        contains=('"is_service":true', '"groups":["staff"]'),
    ),
    Scenario(method="GET", route=ACCOUNTS, contains=("Robot MARK", "scraper", '"is_service":true')),
    Scenario(method="GET", route=ACCOUNT, target=f"{ACCOUNTS}/robot", contains=("Robot MARK",)),
    Scenario(
        method="PATCH",
        route=ACCOUNT,
        target=f"{ACCOUNTS}/scraper",
        caller=Caller.ADMIN,
        body={"name": "Reader", "is_active": False},
        contains=('"name":"Reader"', '"state":"deactivated"'),
    ),
    Scenario(method="DELETE", route=ACCOUNT, target=f"{ACCOUNTS}/robot", caller=Caller.ADMIN, status=204),
    Scenario(
        method="GET",
        route=f"{ACCOUNT}/keys",
        target=f"{ACCOUNTS}/robot/keys",
        caller=Caller.ADMIN,
        contains=('"key_id":"ci"', '"scopes":["read"]', '"last_used_on":null'),
    ),
    Scenario(
        method="POST",
        route=f"{ACCOUNT}/keys",
        target=f"{ACCOUNTS}/robot/keys",
        caller=Caller.ADMIN,
        body={"key_id": "next", "scopes": ["write", "read"], "replaces": "ci"},
        status=201,
        contains=('"scopes":["read","write"]', '"api_key":"entaku_'),
    ),
    Scenario(
        method="DELETE",
        route=f"{ACCOUNT}/keys/{{key_id}}",
        target=f"{ACCOUNTS}/robot/keys/ci",
        caller=Caller.ADMIN,
        status=204,
    ),
]
