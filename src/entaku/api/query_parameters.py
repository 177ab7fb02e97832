"""A query says what the route asks for, once: repeated and unknown parameters are refused, not quietly dropped.

What is none of the choices of a parameter is refused here too, because the framework would not name them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown

QUERY_PARAMETERS_MAX = 100


class _Known(msgspec.Struct, frozen=True):
    names: frozenset[str]
    lists: frozenset[str]
    choices: Mapping[str, tuple[str, ...]]
    """Of the parameters that have some."""
    reads_all: bool
    """The handler takes the query as a whole and checks it itself."""


class QueryParameters:
    """Which parameters the routes of an application know. `learn` is called once, when all routes are registered."""

    def __init__(self) -> None:
        self._known: dict[object, _Known] = {}

    def learn(self, framework: Litestar) -> None:
        """Notes which parameters each route knows, those of its dependencies included."""
        for route in framework.routes:
            if isinstance(route, HTTPRoute):
                for handler, model in route.route_handler_map.values():
                    names = {parameter.field_name: parameter.field_alias for parameter in model.expected_query_params}
                    self._known[handler] = _Known(
                        names=frozenset(names.values()),
                        choices={names[name]: found for name, found in _choices_of(handler) if name in names},
                        lists=frozenset(model.sequence_query_parameter_names),
                        reads_all="query" in model.expected_reserved_kwargs,
                    )

    def check(self, handler: object, query: bytes) -> None:
        """Raises Invalid for a query that says what the route of this handler does not ask for, or says it twice."""
        known = self._known.get(handler)
        if known is not None and not known.reads_all:
            _check(query.decode("utf-8"), known)


def _check(query: str, known: _Known) -> None:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=QUERY_PARAMETERS_MAX)
    except ValueError as error:
        raise Invalid(f"the query has more than {QUERY_PARAMETERS_MAX} parameters; send fewer") from error
    for name, value in pairs:
        if name in known.choices and value not in known.choices[name]:
            offer = f"choose one of {', '.join(known.choices[name])}"
            raise _refusal(name, f"the query parameter {shown(name)} cannot be {shown(value)}; {offer}")
    for name, times in Counter(name for name, _ in pairs).items():
        if name not in known.names:
            offer = f"it knows {', '.join(sorted(known.names))}" if known.names else "it knows none"
            raise _refusal(name, f"there is no query parameter {shown(name)} here; {offer}")
        if times > 1 and name not in known.lists:
            raise _refusal(name, f"the query parameter {shown(name)} was sent {times} times; send it once")


def _choices_of(handler: BaseRouteHandler) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The parameters of a handler, and of what it depends on, that have choices."""
    for signature in (handler, *handler.resolve_dependencies().values()):
        for name, parameter in signature.parsed_fn_signature.parameters.items():
            if found := _choices(parameter.annotation):
                yield name, found


def _choices(kind: Any) -> tuple[str, ...]:
    """The values of an enum or a literal, also where it is optional or many may be sent."""
    if get_origin(kind) is Literal:
        return tuple(str(value) for value in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(member.value) for member in kind)
    return next((found for inner in get_args(kind) if (found := _choices(inner))), ())


def _refusal(name: str, message: str) -> Invalid:
    return Invalid(message, flaws=(Flaw(message=message, path=name),))
