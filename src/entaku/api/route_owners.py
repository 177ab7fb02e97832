"""The routes of several modules in one application: each answers at an address of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from litestar import Router
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ControllerRouterHandler

from entaku.core.errors import Invalid

KIT = "entaku"
"""Whose the addresses are that the transport kit answers itself."""
_KIT_PATHS = ("/healthz", "/metrics", "/errors", "/schema", "/schema/openapi.json")
_PARAMETER = re.compile(r"\{[^}]*\}")


def joined(routes: Mapping[str, Sequence[ControllerRouterHandler]]) -> list[ControllerRouterHandler]:
    """All routes, those of each module in its order. Raises Invalid, with both names, where two modules answer the same
    method of the same address: parameters are the same address whatever they are called; and for what is no operation,
    as a mounted application: no document shows what it answers, and no test knows what to ask it."""
    owners: dict[tuple[str, str], str] = {("GET", path): KIT for path in _KIT_PATHS}
    for module, own in routes.items():
        for route in _routed(own):
            if not isinstance(route, HTTPRoute):
                raise Invalid(
                    f"module {module!r} brings {route.path}, which is no operation; bring get, post, and so on"
                )
        for method, path in addresses(own):
            other = owners.setdefault((method, _PARAMETER.sub("{}", path)), module)
            if other != module:
                raise Invalid(
                    f"modules {other!r} and {module!r} both answer {method} {path}; one needs another address"
                )
    return [route for own in routes.values() for route in own]


def addresses(routes: Sequence[ControllerRouterHandler]) -> Iterator[tuple[str, str]]:
    """Method and path template of each route, as in `GET`, `/api/users/{user_id}`."""
    for route in _routed(routes):
        if isinstance(route, HTTPRoute):
            for method in sorted(route.methods - {"OPTIONS", "HEAD"}):
                yield method, route.path_format


def _routed(routes: Sequence[ControllerRouterHandler]) -> Sequence[BaseRoute]:
    return Router("/", route_handlers=list(routes)).routes
