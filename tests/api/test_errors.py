"""Every error leaves as a problem with the status of its code, and says no more than it should."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from litestar.types import HTTPScope, Receive, Send

from entaku.api.bodies import decode_body
from entaku.api.errors import NARROWER, PROBLEM_MEDIA_TYPE, STATUS_BY_CODE
from entaku.api.http import create_http
from entaku.api.in_process import InProcess, call
from entaku.api.log_lines import log_line
from entaku.core.errors import CODES, Invalid
from tests.api.conftest import ANN
from tests.api.toy_app import QUIET, ToyTokens

ERRORS = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"


def test_every_code_has_its_status() -> None:
    assert set(STATUS_BY_CODE) == set(CODES)


@pytest.mark.parametrize("code", CODES)
async def test_an_error_leaves_with_its_status_and_code(api: InProcess, code: str) -> None:
    answer = await api.call("GET", f"/api/broken/{code}", headers=ANN)

    problem = answer.json()
    assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
    assert answer.status == problem["status"] == dict(STATUS_BY_CODE)[problem["code"]]
    assert (problem["code"], problem["type"]) == (code, f"/errors#{code}")
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_flaws_reach_the_caller_with_their_paths(api: InProcess) -> None:
    answer = await api.call("GET", "/api/broken/invalid", headers=ANN)

    assert answer.json()["flaws"] == [{"message": "is b", "path": "a"}]


async def test_a_refused_token_says_which_kind_is_wanted(api: InProcess) -> None:
    answer = await api.call("GET", "/api/notes")

    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="entaku"')


@pytest.mark.parametrize(("name", "seconds"), [("limited", "3"), ("unavailable", "1")])
async def test_who_may_try_again_learns_when(api: InProcess, name: str, seconds: str) -> None:
    answer = await api.call("GET", f"/api/broken/{name}", headers=ANN)

    assert answer.headers["retry-after"] == seconds


async def test_a_write_that_may_have_happened_says_so(api: InProcess) -> None:
    answer = await api.call("GET", "/api/broken/unavailable", headers=ANN)

    assert answer.json()["outcome_unknown"] is True
    assert "look before you send it again" in answer.json()["detail"]


async def test_a_moved_version_is_412_only_where_one_was_expected(api: InProcess) -> None:
    without = await api.call("GET", "/api/broken/conflict", headers=ANN)
    expecting = await api.call("GET", "/api/broken/conflict", headers={**ANN, "If-Match": '"6"'})

    assert (without.status, expecting.status) == (409, 412)
    assert without.json()["current_version"] == expecting.json()["current_version"] == 7


@pytest.mark.parametrize("name", ["internal", "unexpected", "stored"])
async def test_what_broke_inside_is_for_the_operator_alone(
    api: InProcess, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "entaku.api"):
        answer = await api.call("GET", f"/api/broken/{name}", headers={**ANN, "X-Request-Id": "r-1"})

    assert answer.status == 500
    assert b"42" not in answer.body
    assert "the secret is 42" in caplog.text
    assert "r-1" in caplog.text


class CutShort:
    """Begins an answer and breaks."""

    template = "/api/hot"

    def takes(self, method: str, path: str, query_string: bytes) -> bool:
        return path == self.template

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("the secret is 42")


async def test_what_breaks_half_an_answer_is_logged_under_its_request_id(caplog: pytest.LogCaptureFixture) -> None:
    app = create_http(routes=[], authenticator=ToyTokens(), fronts=[CutShort()], settings=QUIET)

    with pytest.raises(RuntimeError):
        await call(app, "GET", "/api/hot", headers={**ANN, "X-Request-Id": "r-1"})

    (record,) = [record for record in caplog.records if record.name == "entaku.api"]
    assert json.loads(log_line(record))["request_id"] == "r-1"


@pytest.mark.parametrize(
    ("sent", "said"), [(b"{", "the body is not valid JSON: input data was truncated"), (b"x", ": JSON is malformed")]
)
def test_an_abbreviation_keeps_its_capitals(sent: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_body(sent, dict[str, int])

    assert said in refused.value.message


async def test_a_path_nobody_answers_is_not_found(api: InProcess) -> None:
    answer = await api.call("GET", "/api/nothing/here")

    assert (answer.status, answer.json()["code"]) == (404, "not_found")


async def test_a_method_nobody_answers_is_told_the_others(api: InProcess) -> None:
    answer = await api.call("DELETE", "/api/notes", headers=ANN)

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


async def test_the_page_of_errors_explains_every_code(api: InProcess) -> None:
    answer = await api.call("GET", "/errors")

    assert answer.status == 200
    assert all(f'id="{code}"' in answer.body.decode() for code in CODES)


@pytest.mark.parametrize("status", sorted({*STATUS_BY_CODE.values(), *NARROWER}))
async def test_both_pages_of_errors_explain_every_status(api: InProcess, status: int) -> None:
    code = NARROWER[status][0] if status in NARROWER else next(c for c in CODES if STATUS_BY_CODE[c] == status)
    page = (await api.call("GET", "/errors")).body.decode()
    section = page.partition(f'id="{code}"')[2].partition("</section>")[0]
    row = next(line for line in ERRORS.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{code}` |"))

    assert f"HTTP {status} " in section
    assert str(status) in row.split("|")[2]
