"""Lists are cut within bounds and walked to their end; what is sent twice is done once."""

from __future__ import annotations

import pytest

from entaku.api.in_process import Answer, InProcess
from tests.api.conftest import ANN


async def create(api: InProcess, title: str, key: str | None = None, who: str = "ann@acme") -> Answer:
    headers = {"Authorization": f"Bearer {who}"} | ({} if key is None else {"Idempotency-Key": key})
    return await api.call("POST", "/api/notes", headers=headers, body={"title": title})


async def test_walking_pages_returns_everything_once(api: InProcess) -> None:
    for number in range(5):
        await create(api, str(number))

    titles: list[str] = []
    cursor = ""
    while cursor is not None:
        target = "/api/notes?limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = (await api.call("GET", target, headers=ANN)).json()
        titles += [note["title"] for note in page["items"]]
        cursor = page["next_cursor"]

    assert titles == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "9" * 30])
async def test_a_limit_out_of_range_is_told_the_range(api: InProcess, limit: str) -> None:
    answer = await api.call("GET", f"/api/notes?limit={limit}", headers=ANN)

    assert answer.status == 400
    assert answer.json()["flaws"][0]["path"] == "limit"


@pytest.mark.parametrize("query", ["limit=x", "limit=", "limit=1.5", "cursor=", "cursor=" + "a" * 5000])
async def test_what_is_no_page_is_invalid(api: InProcess, query: str) -> None:
    answer = await api.call("GET", f"/api/notes?{query}", headers=ANN)

    assert (answer.status, answer.json()["code"]) == (400, "invalid")


async def test_the_same_key_creates_once_and_says_so(api: InProcess) -> None:
    first = await create(api, "milk", "k1")
    again = await create(api, "milk", "k1")

    assert (first.status, again.status, first.body) == (201, 201, again.body)
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")


async def test_the_same_key_for_another_body_is_a_conflict(api: InProcess) -> None:
    await create(api, "milk", "k1")

    assert (await create(api, "tea", "k1")).status == 409


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
async def test_the_same_key_under_another_condition_is_a_conflict(api: InProcess, name: str) -> None:
    headers = {**ANN, "Idempotency-Key": "k1"}
    await api.call("POST", "/api/notes", headers={**headers, name: '"1"'}, body={"title": "milk"})

    answer = await api.call("POST", "/api/notes", headers={**headers, name: '"2"'}, body={"title": "milk"})

    assert answer.status == 409


async def test_the_same_key_of_another_user_is_a_conflict(api: InProcess) -> None:
    await create(api, "milk", "k1")

    assert (await create(api, "milk", "k1", who="bob@acme")).status == 409


@pytest.mark.parametrize("key", ["", "k" * 129, "a\tb", "é"])
async def test_what_is_no_key_is_invalid(api: InProcess, key: str) -> None:
    assert (await create(api, "milk", key)).status == 400
