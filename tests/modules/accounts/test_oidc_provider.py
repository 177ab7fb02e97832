"""Signing in with a provider that others have written: the whole code flow, as a browser and an application do it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from entaku.api.in_process import Answer, InProcess, in_process
from entaku.main import App
from entaku.modules.accounts import IssuerRule
from tests.emulators.emulator_process import skipping
from tests.emulators.oidc_provider import OidcProvider
from tests.modules.accounts.conftest import OPERATOR
from tests.modules.accounts.sign_in_world import AUDIENCE, sign_in_app


@pytest.fixture
def providers() -> Iterator[list[OidcProvider]]:
    """One provider, running; the last of the list is stopped at the end."""
    with skipping():
        started = [OidcProvider()]
    yield started
    started[-1].stop()


@pytest.fixture
async def app(engine: str, tmp_path: Path, providers: list[OidcProvider]) -> AsyncIterator[App]:
    """By the clock of the machine, which is the provider's."""
    async with sign_in_app(engine, tmp_path / "data", None) as built:
        rule = IssuerRule(
            issuer_id="mock",
            issuer=providers[0].issuer,
            audience=AUDIENCE,
            provisions=True,
            name_claim="name",
            email_claim="email",
        )
        await built.accounts.issuers.put(OPERATOR, "acme", rule)
        yield built


@pytest.fixture
async def client(app: App) -> AsyncIterator[InProcess]:
    async with in_process(app.http()) as started:
        yield started


async def me(client: InProcess, token: str) -> Answer:
    return await client.call("GET", "/api/me", headers={"Authorization": f"Bearer {token}"})


async def test_who_signs_in_there_is_somebody_here(client: InProcess, providers: list[OidcProvider]) -> None:
    token = providers[0].sign_in(
        "yamada.hanako", AUDIENCE, name="山田 花子", email="hanako@acme.example", email_verified=True
    )

    answers = [await me(client, token) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200], answers[0].body
    user = answers[1].json()["user"]
    assert (user["user_id"], user["name"], user["email"], user["level"]) == (
        *("yamada.hanako", "山田 花子", "hanako@acme.example", "member"),
    )


async def test_a_token_for_another_application_is_refused(client: InProcess, providers: list[OidcProvider]) -> None:
    token = providers[0].sign_in("yamada.hanako", "another-app")

    assert (await me(client, token)).status == 401


async def test_after_a_restart_with_another_key_its_tokens_are_told_apart(
    client: InProcess, providers: list[OidcProvider]
) -> None:
    before = providers[0].sign_in("hanako", AUDIENCE)
    providers.append(providers[0].rotated())

    after = providers[-1].sign_in("hanako", AUDIENCE)

    assert [(await me(client, token)).status for token in (after, before)] == [200, 401]
