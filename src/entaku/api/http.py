"""Assembles the HTTP application: routes from the modules, everything else from this kit.

    server -> Edge (id, record, log, metrics, CORS, canonical target) -> a Front
                                                                      -> Litestar -> Gate (token, query) -> handler

What a handler may ask for by name, besides its own dependencies: `actor`, `page`, `expected_version`,
`required_version`, `idempotency`, `language`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, LifespanHook

from entaku.api.auth import Admission, Authenticator, Entrance, provide_actor
from entaku.api.bodies import ApiRequest
from entaku.api.body_arrival import BODY_ARRIVES_WITHIN_S
from entaku.api.consistency import Consistency
from entaku.api.cors import CrossOrigin
from entaku.api.edge import Edge, Observer
from entaku.api.error_page import errors_route
from entaku.api.errors import answer_error
from entaku.api.etags import provide_expected_version, provide_required_version
from entaku.api.fronts import Front
from entaku.api.gate import Gate
from entaku.api.health import health_route
from entaku.api.idempotency import provide_idempotency
from entaku.api.languages import provide_language
from entaku.api.metrics import Metrics, metrics_route
from entaku.api.openapi import ApiDescription, openapi_config, openapi_document
from entaku.api.pages import provide_page
from entaku.api.query_parameters import QueryParameters
from entaku.api.request_log import RequestLog
from entaku.api.schema_page import schema_routes
from entaku.api.struct_schemas import StructsAreExplained
from entaku.core.limits import BODY_BYTES_MAX
from entaku.table.consistency import ConsistencyTokens


class HttpApplication(Edge):
    """What `create_http` gives to a server; its framework is kept for those who read the routes."""

    def __init__(
        self,
        framework: Litestar,
        *,
        entrance: Entrance,
        fronts: Sequence[Front],
        observers: Sequence[Observer],
        cross_origin: CrossOrigin | None,
        body_arrives_within_s: float,
        description: ApiDescription,
    ) -> None:
        super().__init__(
            framework,
            entrance=entrance,
            fronts=fronts,
            observers=observers,
            cross_origin=cross_origin,
            body_arrives_within_s=body_arrives_within_s,
        )
        self.framework, self._description = framework, description

    def openapi_document(self) -> dict[str, Any]:
        """The OpenAPI document of all routes, as `/schema/openapi.json` serves it."""
        return openapi_document(self.framework, self._description)


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may choose about HTTP."""

    description: ApiDescription = ApiDescription()
    body_bytes_max: int = BODY_BYTES_MAX
    """A larger body is refused with 413; a route may set its own `request_max_body_size`."""
    body_arrives_within_s: float = BODY_ARRIVES_WITHIN_S
    """A body that takes longer is refused with 408, and its connection closed."""
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call, as in `https://app.example.com`."""
    logs_requests: bool = True
    counts_requests: bool = True
    metrics_are_public: bool = False
    """Whether `/metrics` answers without a token; otherwise a platform operator's is needed."""


def create_http(
    *,
    routes: Sequence[ControllerRouterHandler],
    authenticator: Authenticator,
    admission: Admission | None = None,
    settings: HttpSettings = HttpSettings(),
    dependencies: Mapping[str, object] | None = None,
    fronts: Sequence[Front] = (),
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
    watch_units: Callable[[Callable[[str, float, float], None]], None] | None = None,
    consistency: ConsistencyTokens | None = None,
) -> HttpApplication:
    """The application a server runs.

    `admission` holds tenants to their rates; without one nobody is. `dependencies` are ready objects, or `Provide`rs,
    that handlers ask for by name. `on_startup` and `on_shutdown` run in the worker process, on its event loop, before
    the first and after the last request. `watch_units` is given what counts capacity units: a pattern, reads, writes.
    `consistency` makes and reads the tokens of writes; without it there are none.
    """
    metrics = Metrics(settings.description.version) if settings.counts_requests else None
    if metrics is not None and watch_units is not None:
        watch_units(metrics.count_units)
    if consistency is not None:
        description = msgspec.structs.replace(settings.description, has_consistency_tokens=True)
        settings = msgspec.structs.replace(settings, description=description)
    entrance = Entrance(authenticator, admission, None if consistency is None else Consistency(consistency))
    query_parameters = QueryParameters()
    own_routes: list[ControllerRouterHandler] = [
        health_route(),
        errors_route(),
        *schema_routes(settings.description),
    ]
    if metrics is not None:
        own_routes.append(metrics_route(metrics, is_public=settings.metrics_are_public))
    framework = Litestar(
        # In the order of the document: what people come for, then what operates it.
        [*routes, *own_routes],
        debug=False,
        dependencies=_provided(dependencies or {}),
        exception_handlers={Exception: answer_error},
        # Errors are logged where they are translated, once.
        logging_config=None,
        middleware=[partial(Gate, entrance=entrance, query_parameters=query_parameters)],
        on_shutdown=list(on_shutdown),
        on_startup=list(on_startup),
        openapi_config=openapi_config(settings.description),
        pdb_on_exception=False,
        plugins=[StructsAreExplained()],
        request_class=ApiRequest,
        request_max_body_size=settings.body_bytes_max,
    )
    query_parameters.learn(framework)
    _resolve_dependencies_in_turn(framework)
    observers: list[Observer] = [] if metrics is None else [metrics]
    if settings.logs_requests:
        observers.append(RequestLog())
    return HttpApplication(
        framework,
        entrance=entrance,
        fronts=fronts,
        observers=observers,
        cross_origin=CrossOrigin(settings.cors_origins) if settings.cors_origins else None,
        body_arrives_within_s=settings.body_arrives_within_s,
        description=settings.description,
    )


def _provided(dependencies: Mapping[str, object]) -> dict[str, Provide]:
    provided = {
        "actor": Provide(provide_actor),
        "expected_version": Provide(provide_expected_version),
        "idempotency": Provide(provide_idempotency),
        "language": Provide(provide_language),
        "page": Provide(provide_page),
        "required_version": Provide(provide_required_version),
    }
    for name, value in dependencies.items():
        provided[name] = value if isinstance(value, Provide) else _always(value)
    return provided


def _always(value: object) -> Provide:
    def ready() -> object:
        return value

    return Provide(ready, sync_to_thread=False)


def _resolve_dependencies_in_turn(framework: Litestar) -> None:
    """Has each request resolve its dependencies one after the other.

    The framework starts a task group for every set of dependencies that could run side by side. Ours wait for nothing,
    so the group would only cost time (and hide an error in an exception group).
    """
    for route in framework.routes:
        if isinstance(route, HTTPRoute):
            for _, model in route.route_handler_map.values():
                model.dependency_batches = [{one} for batch in model.dependency_batches for one in batch]
