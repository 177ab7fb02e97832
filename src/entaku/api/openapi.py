"""The OpenAPI 3.1 document: the framework describes the routes, this module adds what holds for all of them.

Problems, the bearer scheme and 304 are declared once here and referred to by every operation; answers and bodies get
their examples here, nullable fields their simplest form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, cast

import msgspec
from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.types import ControllerRouterHandler

from entaku.api.consistency import CONSISTENCY_HEADER, answered_header, sent_parameter
from entaku.api.errors import NARROWER, PROBLEM_MEDIA_TYPE, STATUS_BY_CODE, Problem
from entaku.api.examples import Examples
from entaku.api.schemas import leave_out_null, simplify
from entaku.api.struct_schemas import with_short_names
from entaku.core.errors import CODES, Code

BEARER = "bearer"

_WRITES = ("post", "put", "patch", "delete")
_SCHEMAS = "#/components/schemas/{name}"
_JSON = "application/json"


class ApiDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What the document says about itself."""

    title: str = "entaku"
    version: str = "0"
    summary: str = "Multi-tenant application platform"
    text: str = ""
    """Markdown: what somebody who opens the page should know first."""
    tags: tuple[tuple[str, str], ...] = ()
    """Name and description of each group of routes, in the order of the page."""
    examples: Mapping[str, object] = {}
    """What fields look like that show no example of their own, by name or as in `Note.title`."""
    has_consistency_tokens: bool = False
    """Whether writes are answered with tokens that later requests may send."""


class _NoPages(Router):
    """Takes the place of the framework's pages, which load their assets from elsewhere; ours are `schema_page`."""

    def register(self, value: ControllerRouterHandler) -> list[Any]:
        return []


def openapi_config(description: ApiDescription) -> OpenAPIConfig:
    """How the framework shall describe the routes."""
    return OpenAPIConfig(
        title=description.title,
        version=description.version,
        summary=description.summary,
        description=description.text or None,
        tags=[Tag(name=name, description=text) for name, text in description.tags],
        security=[{BEARER: []}],
        components=Components(
            security_schemes={
                BEARER: SecurityScheme(
                    type="http", scheme="bearer", description="An access token of a user or service."
                )
            }
        ),
        use_handler_docstrings=True,
        openapi_router=_NoPages("/schema", route_handlers=[]),
        render_plugins=[],
    )


def openapi_document(framework: Litestar, description: ApiDescription) -> dict[str, Any]:
    """The whole document, as JSON-ready values."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(framework.openapi_schema.to_schema()))
    components = document.setdefault("components", {})
    _, schemas = msgspec.json.schema_components([Problem], ref_template=_SCHEMAS)
    components.setdefault("schemas", {}).update(schemas)
    components["responses"] = {_name(status): _problem_response(status) for status in _statuses()}
    components["responses"]["NotModified"] = {"description": "The tag sent as If-None-Match is still current."}
    document = with_short_names(document)
    schemas = cast("dict[str, dict[str, Any]]", document["components"]["schemas"])
    for schema in schemas.values():
        simplify(schema)
        if "enum" in schema:
            # The framework leaves the default of one field with the choices that many share.
            schema.pop("default", None)
    examples = Examples(schemas, description.examples)
    for method, operation in _operations(document):
        for parameter in cast("list[dict[str, Any]]", operation.get("parameters", [])):
            _finish_parameter(parameter, examples)
        _show_examples(operation, examples)
        _add_answers(method, operation)
        if description.has_consistency_tokens and _is_closed(operation):
            _add_tokens(method, operation)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    paths = cast("dict[str, dict[str, dict[str, Any]]]", document.get("paths", {}))
    for item in paths.values():
        for method in ("get", *_WRITES):
            if method in item:
                yield method, item[method]


def _finish_parameter(parameter: dict[str, Any], examples: Examples) -> None:
    schema = cast("dict[str, Any]", parameter["schema"])
    simplify(schema)
    leave_out_null(schema)
    known = examples.parameter(parameter["name"], schema)
    if parameter["in"] == "path" and known is not None:
        schema["examples"] = [known]


def _show_examples(operation: dict[str, Any], examples: Examples) -> None:
    for content in _json_contents(operation.get("requestBody", {})):
        content["example"] = examples.request(content["schema"])
    for response in cast("dict[str, dict[str, Any]]", operation.get("responses", {})).values():
        for content in _json_contents(response):
            content["example"] = examples.answer(content["schema"])


def _json_contents(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the media types of a request or answer hold that are JSON and said to be so."""
    contents = cast("dict[str, dict[str, Any]]", body.get("content", {}))
    return (content for media_type, content in contents.items() if media_type == _JSON)


def _add_answers(method: str, operation: dict[str, Any]) -> None:
    responses = cast("dict[str, Any]", operation.setdefault("responses", {}))
    for status in _statuses_of(method, operation):
        responses[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    # An answer with headers of its own is a response of nothing, which the framework takes for a body.
    responses.get("204", {}).pop("content", None)
    if method == "get":
        responses.setdefault("304", {"$ref": "#/components/responses/NotModified"})


def _add_tokens(method: str, operation: dict[str, Any]) -> None:
    if method == "get":
        operation.setdefault("parameters", []).append(sent_parameter())
        return
    for status, response in cast("dict[str, dict[str, Any]]", operation["responses"]).items():
        if status.startswith("2"):
            response.setdefault("headers", {})[CONSISTENCY_HEADER] = answered_header()


def _is_closed(operation: dict[str, Any]) -> bool:
    """A route that asks for no token says `security: [{}]`."""
    return {} not in cast("list[dict[str, Any]]", operation.get("security", []))


def _statuses_of(method: str, operation: dict[str, Any]) -> list[int]:
    statuses = [400, 405, 414, 429, 500, 503]
    if _is_closed(operation):
        statuses += [401, 403]
    parameters = cast("list[dict[str, Any]]", operation.get("parameters", []))
    if any(parameter.get("in") == "path" for parameter in parameters):
        statuses.append(404)
    if method in _WRITES:
        statuses += [409, 412]
    if "requestBody" in operation:
        statuses += [408, 413, 415]
    return sorted(statuses)


def _statuses() -> list[int]:
    return sorted({*STATUS_BY_CODE.values(), *NARROWER})


def _name(status: int) -> str:
    # Not the status' phrase: that differs between versions of Python, and this name ends up in generated clients.
    return f"Problem{status}"


def _code_of(status: int) -> Code:
    return NARROWER[status][0] if status in NARROWER else next(code for code in CODES if STATUS_BY_CODE[code] == status)


def _problem_response(status: int) -> dict[str, Any]:
    code = _code_of(status)
    example = Problem(
        type=f"/errors#{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail="One sentence that names the value and the way out.",
        code=code,
        request_id="2c2f6d0f0d7e4f6c8f0b7a6c5d4e3f2a",
    )
    said = f" {NARROWER[status][1]}" if status in NARROWER else ""
    response: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}: code `{code}`.{said}",
        "content": {
            PROBLEM_MEDIA_TYPE: {
                "schema": {"$ref": _SCHEMAS.format(name="Problem")},
                "example": msgspec.to_builtins(example),
            }
        },
    }
    if header := {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}.get(status):
        response["headers"] = {header: {"schema": {"type": "string"}}}
    return response
