"""The audit trail over REST."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.pages import PageView, RequestedPage
from entaku.modules.audit.service import Audit
from entaku.modules.audit.views import AuditView, audit_view, parse_target

WantedTarget = Annotated[
    str,
    QueryParameter(
        name="target",
        description="What the changes were made to, as KIND:ID. Kinds: tenant, user, department, role, group, library.",
        schema_extra={"pattern": "^[a-z_]{1,40}:[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$", "examples": ["user:hana.sato"]},
    ),
]


@get("/audit", opt=BODY_ETAG, tags=["Audit"], summary="What was done to one thing, newest first")
async def list_audit(
    actor: CallingActor, audit: NamedDependency[Audit], page: RequestedPage, target: WantedTarget
) -> PageView[AuditView]:
    """For tenant administrators. A target that nobody has ever changed has an empty trail."""
    found = await audit.list(actor, parse_target(target), limit=page.limit, after=page.cursor)
    return PageView(tuple(audit_view(record) for record in found.items), found.cursor)


ROUTES = [Router("/api", route_handlers=[list_audit])]
