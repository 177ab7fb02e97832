"""Sentences over REST: in the language that is asked for, and nothing that is kept mixes two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from entaku.api.in_process import Answer, in_process
from tests.modules.sharing.world import World

Call = Callable[..., Awaitable[Answer]]
WHY = "/api/libraries/handbook/access/bob"
SHARES = "/api/libraries/handbook/shares"
BODY = {"add": [{"principal": {"kind": "individual", "id": "bob"}, "permissions": ["read"]}]}


@pytest.fixture
async def call(world: World) -> AsyncIterator[Call]:
    """In Ann's name. Bob is in the group of designers, which may write her handbook."""
    await world.group("designers")
    await world.user("ann")
    await world.user("bob", groups="designers")
    await world.library("handbook")
    await world.share("handbook", "group:designers", "read write")
    token = world.app.tokens.mint("acme", "ann")
    async with in_process(world.app.http()) as client:

        async def send(method: str, path: str, language: str | None = None, **more: object) -> Answer:
            headers = {
                "Authorization": f"Bearer {token}",
                **({} if language is None else {"Accept-Language": language}),
            }
            headers |= {name.replace("_", "-"): str(value) for name, value in more.items() if name != "body"}
            return await client.call(method, path, headers=headers, body=more.get("body", b""))

        yield send


@pytest.mark.parametrize(
    ("wanted", "language", "start"),
    [
        (None, "en", "Bob may read and write in library 'Handbook': "),
        ("ja", "ja", "Bobさんはライブラリ「Handbook」を閲覧・編集できます。"),
        ("fr-FR, ja-JP;q=0.8, en;q=0.5", "ja", "Bobさんは"),
        ("fr", "en", "Bob may"),
    ],
)
async def test_why_is_answered_in_the_language_that_is_liked_best(
    call: Call, wanted: str | None, language: str, start: str
) -> None:
    answer = await call("GET", WHY, wanted)

    assert answer.json()["why"]["sentence"].startswith(start)
    assert answer.headers["content-language"] == language
    assert "Accept-Language" in answer.headers["vary"]


async def test_the_data_are_the_same_in_every_language(call: Call) -> None:
    english, japanese = [(await call("GET", WHY, language)).json() for language in ("en", "ja")]

    assert english["why"].pop("sentence") != japanese["why"].pop("sentence")
    assert english == japanese


async def test_a_repeated_change_is_told_in_the_language_of_the_repetition(call: Call) -> None:
    first, again = [
        await call("PATCH", SHARES, language, body=BODY, Idempotency_Key="once") for language in ("en", "ja")
    ]

    assert again.headers["idempotency-replayed"] == "true"
    sentences = [answer.json()["warnings"][0]["sentence"] for answer in (first, again)]
    assert sentences[0].startswith(
        "Bob (bob) reaches the library through group 'Designers' too and will not have write"
    )
    assert sentences[1].startswith("Bobさん(bob)はグループ「Designers」を通じてもライブラリを利用できますが、")
    assert again.headers["content-language"] == "ja"


async def test_the_data_of_a_warning_name_what_is_lost_and_through_whom(call: Call) -> None:
    (warning,) = (await call("PATCH", SHARES, body=BODY)).json()["warnings"]

    assert (warning["kind"], warning["lost"], warning["others"]) == ("lowers", ["write"], 0)
    assert warning["principal"] == {"principal": {"kind": "individual", "id": "bob"}, "name": "Bob"}
    assert warning["through"] == [{"principal": {"kind": "group", "id": "designers"}, "name": "Designers"}]


async def test_an_answer_without_sentences_has_no_language(call: Call) -> None:
    answer = await call("GET", "/api/libraries/handbook", "ja")

    assert "content-language" not in answer.headers
