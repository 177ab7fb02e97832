"""A query says what the route asks for, once: repeated and unknown parameters are refused, not quietly dropped."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown

QUERY_PARAMETERS_MAX = 100


class _Known(msgspec.Struct, frozen=True):
    names: frozenset[str]
    lists: frozenset[str]
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
                    self._known[handler] = _Known(
                        names=frozenset(parameter.field_alias for parameter in model.expected_query_params),
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
    for name, times in Counter(name for name, _ in pairs).items():
        if name not in known.names:
            offer = f"it knows {', '.join(sorted(known.names))}" if known.names else "it knows none"
            raise _refusal(name, f"there is no query parameter {shown(name)} here; {offer}")
        if times > 1 and name not in known.lists:
            raise _refusal(name, f"the query parameter {shown(name)} was sent {times} times; send it once")


def _refusal(name: str, message: str) -> Invalid:
    return Invalid(message, flaws=(Flaw(message=message, path=name),))
