"""Versions over HTTP: nobody overwrites what they have not seen, and nobody loads what they already have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.api.etags import body_etag, if_match_version, is_unchanged, version_etag
from entaku.api.in_process import InProcess
from entaku.core.errors import Invalid
from tests.api.conftest import ANN


async def create(api: InProcess, title: str = "milk") -> str:
    answer = await api.call("POST", "/api/notes", headers=ANN, body={"title": title})
    return answer.headers["location"]


async def test_a_created_thing_says_where_it_is_and_its_version(api: InProcess) -> None:
    answer = await api.call("POST", "/api/notes", headers=ANN, body={"title": "milk"})

    assert (answer.status, answer.headers["location"], answer.headers["etag"]) == (201, "/api/notes/n1", '"1"')


async def test_the_expected_version_is_replaced(api: InProcess) -> None:
    note = await create(api)

    answer = await api.call("PATCH", note, headers={**ANN, "If-Match": '"1"'}, body={"title": "tea"})

    assert (answer.status, answer.headers["etag"]) == (200, '"2"')


async def test_a_stale_version_fails_its_precondition(api: InProcess) -> None:
    note = await create(api)

    answer = await api.call("PATCH", note, headers={**ANN, "If-Match": '"9"'}, body={"title": "tea"})

    assert (answer.status, answer.json()["current_version"]) == (412, 1)


async def test_a_change_without_a_version_is_a_conflict_that_names_the_header(api: InProcess) -> None:
    note = await create(api)

    answer = await api.call("PATCH", note, headers=ANN, body={"title": "tea"})

    assert answer.status == 409
    assert "If-Match" in answer.json()["detail"]


async def test_any_version_may_be_asked_for(api: InProcess) -> None:
    note = await create(api)

    answer = await api.call("PATCH", note, headers={**ANN, "If-Match": "*"}, body={"title": "tea"})

    assert answer.status == 200


@pytest.mark.parametrize("sent", ["1", '"0"', '"01"', '"-1"', 'W/"1"', '"1", "2"', '""', '"1"x', '"' + "9" * 30 + '"'])
def test_a_malformed_expectation_is_invalid(sent: str) -> None:
    with pytest.raises(Invalid, match="If-Match"):
        if_match_version(sent)


@given(st.integers(1, 10**18 - 1))
def test_every_version_survives_its_etag(version: int) -> None:
    assert if_match_version(version_etag(version)) == version
    assert is_unchanged(version_etag(version), version_etag(version))


@given(st.binary())
def test_the_tag_of_a_body_is_no_version(body: bytes) -> None:
    with pytest.raises(Invalid):
        if_match_version(body_etag(body))


@given(st.text())
def test_any_text_may_be_sent_as_if_none_match(sent: str) -> None:
    assert is_unchanged(sent, '"7"') in (True, False)


@pytest.mark.parametrize("sent", ['"1"', 'W/"1"', '"9", "1"', "*"])
async def test_a_reader_who_has_it_is_sent_nothing(api: InProcess, sent: str) -> None:
    note = await create(api)

    answer = await api.call("GET", note, headers={**ANN, "If-None-Match": sent})

    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"1"')
    assert "content-length" not in answer.headers


async def test_a_list_is_tagged_by_its_body(api: InProcess) -> None:
    first = await api.call("GET", "/api/notes", headers=ANN)
    again = await api.call("GET", "/api/notes", headers={**ANN, "If-None-Match": first.headers["etag"]})
    await create(api)
    changed = await api.call("GET", "/api/notes", headers={**ANN, "If-None-Match": first.headers["etag"]})

    assert (first.status, again.status, changed.status) == (200, 304, 200)


@pytest.mark.parametrize("more", [{}, {"If-Match": '"1"'}, {"If-Match": "*"}])
async def test_a_write_to_what_must_not_be_there_fails_its_precondition(api: InProcess, more: dict[str, str]) -> None:
    note = await create(api)

    answer = await api.call("PATCH", note, headers={**ANN, **more, "If-None-Match": "*"}, body={"title": "tea"})

    assert (answer.status, answer.json()["current_version"]) == (412, 1)
    assert "If-None-Match" in answer.json()["detail"]
    assert (await api.call("GET", note, headers=ANN)).json()["title"] == "milk"


async def test_what_is_not_there_is_not_found_whatever_must_not_match(api: InProcess) -> None:
    answer = await api.call("DELETE", "/api/notes/n9", headers={**ANN, "If-None-Match": "*"})

    assert answer.status == 404


@pytest.mark.parametrize("sent", ['"1"', '"2"', 'W/"1"', "1", ""])
async def test_a_write_cannot_be_guarded_by_what_it_must_not_match(api: InProcess, sent: str) -> None:
    note = await create(api)

    headers = {**ANN, "If-Match": '"1"', "If-None-Match": sent}
    answer = await api.call("PATCH", note, headers=headers, body={"title": "tea"})

    assert answer.status == 400
    assert "If-Match" in answer.json()["detail"]
