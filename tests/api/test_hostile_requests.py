"""Whatever is sent, the answer is a clear refusal: never a server error, never a guess at what was meant."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.api.bodies import JSON_DEPTH_MAX, decode_body
from entaku.api.in_process import InProcess, in_process
from entaku.core.errors import Invalid
from entaku.core.limits import BODY_BYTES_MAX
from tests.api.conftest import ANN
from tests.api.toy_app import create_toy

pytestmark = pytest.mark.thorough

WIRE_ANN = [(b"host", b"localhost"), (b"authorization", b"Bearer ann@acme")]


async def post(api: InProcess, body: bytes, content_type: str = "application/json") -> tuple[int, str]:
    answer = await api.call("POST", "/api/notes", headers={**ANN, "Content-Type": content_type}, body=body)
    return answer.status, answer.json().get("detail", "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "needs a JSON body"),
        (b"{", "not valid JSON"),
        (b'{"title":"a"} {}', "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"title":"\xff"}', "not UTF-8"),
        (b'{"title":"\\ud800"}', "not valid JSON"),
        (b"null", "expected `object`"),
        (b"[" * 100_000, "expected `object`"),
        (b'{"title":5}', "at 'title'"),
        (b'{"title":"a","stars":"5"}', "at 'stars'"),
        (b'{"title":"a","stars":1e999}', "at 'stars'"),
        (b'{"title":"a","tags":["x",null]}', "at 'tags[1]'"),
        (b'{"title":"a","other":1}', "unknown field `other`"),
        (b'{"title":""}', "at 'title'"),
        (b"{}", "required field `title`"),
    ],
)
async def test_a_body_that_does_not_fit_is_told_where(api: InProcess, body: bytes, said: str) -> None:
    status, detail = await post(api, body)

    assert (status, said in detail) == (400, True), detail


@pytest.mark.parametrize("depth", [JSON_DEPTH_MAX + 1, 500, 100_000])
async def test_a_body_that_nests_too_deep_is_told_the_bound(api: InProcess, depth: int) -> None:
    status, detail = await post(api, b'{"title":"a","extra":{"x":' + b"[" * depth + b"]" * depth + b"}}")

    assert (status, f"deeper than {JSON_DEPTH_MAX} levels" in detail) == (400, True)


@given(st.integers(0, 100), st.text())
def test_depth_is_counted_exactly_whatever_the_strings_hold(depth: int, text: str) -> None:
    value: object = text
    for _ in range(depth):
        value = [value, ']}\\"[{', {}] if depth < JSON_DEPTH_MAX else [value]

    if depth > JSON_DEPTH_MAX:
        with pytest.raises(Invalid, match="deeper"):
            decode_body(msgspec.json.encode(value), object)
    else:
        assert decode_body(msgspec.json.encode(value), object) == value


async def test_brackets_in_strings_are_not_depth(api: InProcess) -> None:
    status, _ = await post(api, b'{"title":"' + b"[{" * 90 + b'"}')

    assert status == 201


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "é"]
)
async def test_another_content_type_is_unsupported(api: InProcess, content_type: str) -> None:
    status, detail = await post(api, b'{"title":"a"}', content_type)

    assert (status, "application/json" in detail) == (415, True)


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", '"utf-16"', "", "utf-8; charset=utf-16"])
async def test_another_charset_is_unsupported(api: InProcess, charset: str) -> None:
    status, detail = await post(api, b'{"title":"a"}', f"application/json; charset={charset}")

    assert (status, "UTF-8" in detail) == (415, True)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        'application/json;Charset="UTF-8"',
        "application/json; profile=x; charset=utf-8",
        "application/merge-patch+json",
    ],
)
async def test_json_by_another_name_is_json(api: InProcess, content_type: str) -> None:
    assert (await post(api, b'{"title":"a"}', content_type))[0] == 201


async def test_a_body_over_the_limit_is_too_large(api: InProcess) -> None:
    assert (await post(api, b" " * (BODY_BYTES_MAX + 1)))[0] == 413


async def test_a_body_over_the_limit_is_too_large_also_in_pieces(api: InProcess) -> None:
    answer = await api.send("POST", "/api/notes", WIRE_ANN, [b" " * 65536] * 17)

    assert answer.status == 413


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/api/notes/%ff", 400),
        ("/api/notes/%c0%af", 400),
        ("/api/notes/%ed%a0%80", 400),
        ("/api/notes/%00", 400),
        ("/api/notes/a%00b", 400),
        ("/api/notes/a%2Fb", 400),
        ("/api/notes/%f0%9f%98%80", 400),
        ("/api/notes/%zz", 400),
        ("/api/notes/%", 400),
        ("/api/notes/..", 400),
        ("/api/notes/a\\b", 400),
        ("/api/notes/a%0d%0aX-Injected:%201", 400),
        ("/api/notes/" + "a" * 200, 400),
        ("/api/notes/" + "a" * 10_000, 414),
        ("/api/notes?q=" + "a" * 10_000, 414),
        ("/api/notes?limit=%ff", 400),
        ("/api/notes?cursor=%00", 400),
        ("/api/notes?limit=1&limit=1", 400),
        ("/api/notes?limti=1", 400),
        ("/api/notes?" + "&".join(["a=1"] * 200), 400),
        ("/api/search?exact=maybe", 400),
        ("/api/notes/", 404),
        ("//api/notes", 404),
        ("/api//notes", 404),
        ("/", 404),
        ("/api/notes;a=b", 404),
        ("/%61pi/notes", 200),
        ("/api/notes?", 200),
        ("/api/search?kind=a&kind=b&exact=true", 200),
    ],
)
async def test_a_target_is_understood_or_refused(api: InProcess, target: str, status: int) -> None:
    answer = await api.call("GET", target, headers=ANN)

    assert answer.status == status
    assert "x-injected" not in answer.headers


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sort=size", "'sort' cannot be 'size'; choose one of title, stars"),
        ("sort=", "choose one of title, stars"),
        ("colour=RED", "'colour' cannot be 'RED'; choose one of red, blue"),
    ],
)
async def test_a_choice_that_is_none_is_told_the_choices(api: InProcess, query: str, said: str) -> None:
    refused = await api.call("GET", f"/api/search?{query}", headers=ANN)
    taken = await api.call("GET", "/api/search?sort=stars&colour=blue", headers=ANN)

    assert (refused.status, said in refused.json()["detail"]) == (400, True)
    assert taken.json() == ["False", "stars", "blue"]


async def test_a_path_that_is_not_canonical_is_told_its_canonical_form(api: InProcess) -> None:
    answer = await api.call("GET", "/api//notes/", headers=ANN)

    assert "'/api/notes'" in answer.json()["detail"]


@pytest.mark.parametrize("name", [b"authorization", b"host", b"x-tenant", b"if-match", b"content-type"])
async def test_a_header_that_decides_may_not_be_sent_twice(api: InProcess, name: bytes) -> None:
    headers = [*WIRE_ANN, (name, b"acme"), (name, b"acme")]

    assert (await api.send("GET", "/api/notes", headers, [])).status == 400


async def test_a_location_cannot_smuggle_a_header(api: InProcess) -> None:
    answer = await api.call("POST", "/api/notes", headers=ANN, body={"title": "a\r\nX-Injected: 1"})

    assert (answer.status, "x-injected" in answer.headers) == (201, False)


async def test_head_answers_as_get_without_a_body(api: InProcess) -> None:
    got = await api.call("GET", "/api/notes", headers=ANN)
    headed = await api.call("HEAD", "/api/notes", headers=ANN)

    assert (headed.status, headed.body) == (200, b"")
    assert headed.headers["content-length"] == got.headers["content-length"]


async def test_options_names_the_methods_and_needs_no_token(api: InProcess) -> None:
    answer = await api.call("OPTIONS", "/api/notes")

    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD, OPTIONS, POST", b"")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "get", "*"])
async def test_an_unknown_method_is_not_allowed(api: InProcess, method: str) -> None:
    assert (await api.call(method, "/api/notes", headers=ANN)).status == 405


@given(st.binary(max_size=200), st.binary(max_size=60), st.binary(max_size=60))
async def test_no_bytes_break_the_server(body: bytes, value: bytes, query: bytes) -> None:
    async with in_process(create_toy()) as api:
        for name in (b"if-match", b"idempotency-key", b"content-type", b"x-request-id", b"accept", b"x-tenant"):
            headers = [*WIRE_ANN, (name, value)]
            answer = await api.send("POST", f"/api/notes?{query.decode('latin-1')}", headers, [body])

            assert 200 <= answer.status < 500
