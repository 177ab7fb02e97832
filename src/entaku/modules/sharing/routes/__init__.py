"""Libraries, shares and access over REST, one file a noun. Handlers only translate."""

from __future__ import annotations

from litestar import Router

from entaku.modules.sharing.routes.access import ACCESS_HANDLERS
from entaku.modules.sharing.routes.libraries import LIBRARY_HANDLERS
from entaku.modules.sharing.routes.reached import REACHED_HANDLERS
from entaku.modules.sharing.routes.reached_front import ReachedFront
from entaku.modules.sharing.routes.shares import SHARE_HANDLERS

ROUTES = [Router("/api", route_handlers=[*LIBRARY_HANDLERS, *SHARE_HANDLERS, *ACCESS_HANDLERS, *REACHED_HANDLERS])]

__all__ = ["ROUTES", "ReachedFront"]
