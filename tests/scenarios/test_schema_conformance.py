"""Whatever is sent, the answers are those that the OpenAPI document promises: status, headers, content type and shape.

The requests are made up from the document by Schemathesis: as it allows, and as it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis import checks as promises
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok

from entaku.api.in_process import Answer
from tests.scenarios.documented import DOCUMENT
from tests.scenarios.scenario import Caller
from tests.scenarios.tables import FURNISHERS
from tests.scenarios.world import Land, World, start_world

pytestmark = pytest.mark.thorough

# A request that the document does not allow may be refused for any of these reasons, the narrower ones included.
REFUSED = {"negative_data_rejection": {"expected-statuses": ["4XX"]}}


def _sent_with_a_token(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its security: every request is sent with a token, and none is to be made up."""
    paths = {
        path: {
            method: {name: value for name, value in operation.items() if name != "security"}
            for method, operation in operations.items()
        }
        for path, operations in document["paths"].items()
    }
    return {**{name: value for name, value in document.items() if name != "security"}, "paths": paths}


SCHEMA = schemathesis.openapi.from_dict(
    _sent_with_a_token(DOCUMENT), config=SchemathesisConfig.from_dict({"checks": REFUSED})
)
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]
KNOWN_IDS = {"user_id": "ben", "group_id": "staff", "department_id": "sales", "role_id": "editor"}
EXAMPLES = 6
EXAMPLES_SLOW = 150

CHECKS: list[Any] = [
    promises.not_a_server_error,
    *(
        promises.CHECKS.get_one(name)
        for name in (
            "status_code_conformance",
            "content_type_conformance",
            "response_headers_conformance",
            "response_schema_conformance",
            "negative_data_rejection",
        )
    ),
]


class Sender:
    """Sends what Schemathesis makes up to one world, on an event loop that lives as long as the file's tests."""

    def __init__(self, runner: asyncio.Runner, world: World, land: Land) -> None:
        self._runner, self._world, self._land = runner, world, land

    def send(self, case: Any) -> schemathesis.Response:
        """The answer to a made-up request, sent with the token of an administrator."""
        token = self._land.home.tokens[Caller.ADMIN]
        kwargs: dict[str, Any] = case.as_transport_kwargs(base_url="http://localhost")
        kwargs["headers"] = {**kwargs.get("headers", {}), "Authorization": f"Bearer {token}"}
        request = requests.Request(
            **{name: kwargs[name] for name in ("method", "url", "headers", "params", "json", "data") if name in kwargs}
        ).prepare()
        body = request.body.encode() if isinstance(request.body, str) else cast("bytes", request.body or b"")
        headers = [(name.lower().encode("latin-1"), _bytes(value)) for name, value in request.headers.items()]
        answer = self._runner.run(
            self._world.client.send(str(request.method), request.path_url, [(b"host", b"localhost"), *headers], [body])
        )
        return _response(answer, request)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def _response(answer: Answer, request: requests.PreparedRequest) -> schemathesis.Response:
    headers = {name: [value] for name, value in answer.headers.items()}
    return schemathesis.Response(answer.status, headers, answer.body, request, elapsed=0.0, verify=False)


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        folder = tmp_path_factory.mktemp("conformance")
        world = runner.run(stack.enter_async_context(start_world(folder, FURNISHERS)))
        yield Sender(runner, world, runner.run(world.land()))
        runner.run(stack.aclose())


def cases(operation: Any) -> st.SearchStrategy[Any]:
    """Requests as the document allows them, also about things that are there, and as it does not."""
    names = {parameter.name for parameter in operation.path_parameters}
    known = {name: KNOWN_IDS[name] for name in names & set(KNOWN_IDS)}
    made_up = operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(GenerationMode.NEGATIVE)
    if names and known.keys() == names:
        return made_up | operation.as_strategy(GenerationMode.POSITIVE, path_parameters=known)
    return made_up


def conforms(sender: Sender, operation: Any, examples: int) -> None:
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        database=None,
        derandomize=True,
    )
    @given(case=cases(operation))
    def check(case: Any) -> None:
        case.validate_response(sender.send(case), checks=CHECKS)

    check()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_answers_are_as_documented(sender: Sender, operation: Any) -> None:
    conforms(sender, operation, EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_answers_are_as_documented_however_often_one_tries(sender: Sender, operation: Any) -> None:
    conforms(sender, operation, EXAMPLES_SLOW)
