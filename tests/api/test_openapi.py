"""The document says what the routes do, problems included, and its page needs nobody else's server."""

from __future__ import annotations

import gzip
import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from entaku.api.errors import PROBLEM_MEDIA_TYPE
from entaku.api.in_process import InProcess
from tests.api.conftest import ANN
from tests.api.toy_app import create_toy

pytestmark = pytest.mark.thorough

TOY = create_toy()
# A target too long for the server is refused as such, whatever else is wrong with it.
REFUSED = ["400", "401", "403", "404", "405", "409", "412", "413", "414", "415"]
CONFIG = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}})


def sent_with_a_token(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its security: every request is sent with a token, so none can be made up without."""
    document.pop("security")
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
    return document


schema = schemathesis.openapi.from_dict(sent_with_a_token(TOY.openapi_document()), config=CONFIG)
schema.app = TOY


@pytest.fixture
def document() -> dict[str, Any]:
    return TOY.openapi_document()


async def test_the_document_is_served_as_it_is_built(api: InProcess, document: dict[str, Any]) -> None:
    answer = await api.call("GET", "/schema/openapi.json")

    assert (answer.status, answer.json()) == (200, document)
    assert answer.json()["openapi"].startswith("3.1")


def test_every_operation_declares_its_problems(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert {"400", "500", "503"} <= set(operation["responses"]), (method, path)


def test_every_problem_has_an_example(document: dict[str, Any]) -> None:
    for name, response in document["components"]["responses"].items():
        if name.startswith("Problem"):
            example = response["content"][PROBLEM_MEDIA_TYPE]["example"]
            assert (example["type"], example["status"]) == (f"/errors#{example['code']}", int(name[-3:]))


def test_only_anonymous_routes_need_no_token(document: dict[str, Any]) -> None:
    open_paths = [path for path, item in document["paths"].items() if item.get("get", {}).get("security") == [{}]]

    assert document["security"] == [{"bearer": []}]
    assert open_paths == ["/healthz"]


def test_every_answer_and_body_shows_an_example_that_fits(document: dict[str, Any]) -> None:
    shown = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                if (content := part.get("content", {}).get("application/json")) is not None:
                    schema = {**content["schema"], "components": document["components"]}
                    assert jsonschema_rs.is_valid(schema, content["example"]), (method, path, content["example"])
                    shown += 1

    assert shown == 9


def test_the_example_of_a_change_changes_one_thing(document: dict[str, Any]) -> None:
    def body(method: str, path: str) -> Any:
        return document["paths"][path][method]["requestBody"]["content"]["application/json"]["example"]

    assert body("post", "/api/notes") == {"title": "milk"}
    assert body("patch", "/api/notes/{note_id}") == {"title": "milk"}


def test_operations_bodies_and_fields_say_what_their_docstrings_do(document: dict[str, Any]) -> None:
    note = document["components"]["schemas"]["Note"]

    assert document["paths"]["/api/notes/{note_id}"]["patch"]["description"] == "Under a new title."
    assert note["description"] == "What somebody wants to remember."
    assert note["properties"]["version"]["description"] == "Counts the changes."


def test_what_may_be_null_is_one_type_that_may(document: dict[str, Any]) -> None:
    page = document["components"]["schemas"]["PageViewNote"]["properties"]

    assert page["next_cursor"]["type"] == ["string", "null"]
    assert "oneOf" not in document["components"]["schemas"]["NotePatch"]["properties"]["stars"]


def test_the_groups_of_the_document_come_in_the_order_of_their_description(document: dict[str, Any]) -> None:
    assert [tag["name"] for tag in document["tags"]] == ["Notes", "Operation"]
    assert list(document["paths"])[-1] == "/healthz"


def test_headers_and_bounds_are_documented(document: dict[str, Any]) -> None:
    def parameters(path: str, method: str) -> dict[str, Any]:
        return {found["name"]: found["schema"] for found in document["paths"][path][method]["parameters"]}

    assert parameters("/api/notes", "get")["limit"]["maximum"] == 200
    assert "Idempotency-Key" in parameters("/api/notes", "post")
    assert "If-Match" in parameters("/api/notes/{note_id}", "patch")


def test_generated_clients_get_plain_names(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert "PageViewNote" in schemas
    assert not [name for name in schemas if not name.isalnum()]


def test_what_forbids_unknown_fields_says_so(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["NewNote"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Note"]


async def test_the_page_loads_only_what_this_server_has(api: InProcess) -> None:
    page = await api.call("GET", "/schema")
    loaded = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page.body.decode())
    answers = [await api.call("GET", target) for target in loaded]

    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert [answer.status for answer in answers] == [200] * len(loaded)
    script = next(answer for answer in answers if answer.headers["content-type"].startswith("text/javascript"))
    assert b"openapi-explorer" in gzip.decompress(script.body)


@schema.parametrize()
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_no_route_breaks_and_every_answer_is_as_documented(case: schemathesis.Case) -> None:
    # Whether an id exists or a version is current is for the service to say, so valid requests may be refused.
    case.call_and_validate(headers=ANN, excluded_checks=[positive_data_acceptance])
