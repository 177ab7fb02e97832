"""Libraries, shares and access over REST, one file a noun. Handlers only translate."""

from __future__ import annotations

from litestar import Router

from entaku.modules.sharing.routes.access import ACCESS_HANDLERS
from entaku.modules.sharing.routes.access_review import ACCESS_REVIEW_HANDLERS
from entaku.modules.sharing.routes.changes import CHANGE_HANDLERS
from entaku.modules.sharing.routes.jobs import JOB_HANDLERS
from entaku.modules.sharing.routes.libraries import LIBRARY_HANDLERS
from entaku.modules.sharing.routes.lists import LIST_HANDLERS
from entaku.modules.sharing.routes.previews import PREVIEW_HANDLERS
from entaku.modules.sharing.routes.reached import REACHED_HANDLERS
from entaku.modules.sharing.routes.reached_front import ReachedFront
from entaku.modules.sharing.routes.reachers import REACHER_HANDLERS
from entaku.modules.sharing.routes.requests import REQUEST_HANDLERS
from entaku.modules.sharing.routes.shares import SHARE_HANDLERS

ROUTES = [
    Router(
        "/api",
        route_handlers=[
            *LIBRARY_HANDLERS,
            *SHARE_HANDLERS,
            *CHANGE_HANDLERS,
            *REQUEST_HANDLERS,
            *ACCESS_HANDLERS,
            *ACCESS_REVIEW_HANDLERS,
            *REACHED_HANDLERS,
            *JOB_HANDLERS,
            *REACHER_HANDLERS,
            *LIST_HANDLERS,
            *PREVIEW_HANDLERS,
        ],
    )
]

__all__ = ["ROUTES", "ReachedFront"]
