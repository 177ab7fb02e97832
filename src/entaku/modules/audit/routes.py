"""The audit trail over REST."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.pages import PageView, RequestedPage
from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown
from entaku.modules.audit.periods import Period
from entaku.modules.audit.service import Audit
from entaku.modules.audit.views import AuditView, audit_view, parse_target

WantedTarget = Annotated[
    str | None,
    QueryParameter(
        name="target",
        description="What the changes were made to, as KIND:ID. Kinds: tenant, user, department, role, group, library.",
        schema_extra={"pattern": "^[a-z_]{1,40}:[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$", "examples": ["user:hana.sato"]},
    ),
]
WantedActor = Annotated[
    str | None,
    QueryParameter(
        name="actor",
        description="The user id under which the changes were made; `@operator` is the command line of the service.",
        schema_extra={"pattern": "^[A-Za-z0-9@][A-Za-z0-9._@+-]{0,127}$", "examples": ["hana.sato"]},
    ),
]
WantedDay = Annotated[
    date | None,
    QueryParameter(
        name="day", description="The day of the changes, in UTC.", schema_extra={"examples": ["2026-11-21"]}
    ),
]
Since = Annotated[
    datetime | None,
    QueryParameter(
        name="from",
        description="Only changes from this instant on.",
        schema_extra={"examples": ["2026-11-21T08:00:00Z"]},
    ),
]
Until = Annotated[
    datetime | None,
    QueryParameter(
        name="to", description="Only changes before this instant.", schema_extra={"examples": ["2026-11-21T18:00:00Z"]}
    ),
]
_ACTOR = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._@+-]{0,127}")


@get("/audit", opt=BODY_ETAG, tags=["Audit"], summary="What was done: to one thing, by one user, or on one day")
async def list_audit(
    actor: CallingActor,
    audit: NamedDependency[Audit],
    page: RequestedPage,
    target: WantedTarget = None,
    by: WantedActor = None,
    day: WantedDay = None,
    from_: Since = None,
    to: Until = None,
) -> PageView[AuditView]:
    """For tenant administrators, newest first. Name one of target, actor and day. What nobody has ever changed, and a
    user who never changed anything, has an empty trail."""
    period = Period(since=from_, until=to)
    named = {"target": target, "actor": by, "day": day}
    given = [name for name, value in named.items() if value is not None]
    if len(given) != 1:
        message = f"name one of target, actor and day, not {' and '.join(given) or 'none'}"
        raise Invalid(message, flaws=(Flaw(message=message, path=given[-1] if given else "target"),))
    if target is not None:
        found = await audit.list(actor, parse_target(target), limit=page.limit, after=page.cursor, period=period)
    elif by is not None:
        found = await audit.list_by(actor, _checked(by), limit=page.limit, after=page.cursor, period=period)
    else:
        assert day is not None
        found = await audit.list_on(actor, day, limit=page.limit, after=page.cursor, period=period)
    return PageView(tuple(audit_view(record) for record in found.items), found.cursor)


def _checked(user_id: str) -> str:
    """Raises Invalid for what can be nobody's id: its trail would be empty, and the slip would go unseen."""
    if _ACTOR.fullmatch(user_id) is None:
        message = f"{shown(user_id)} is no user id; write it as in hana.sato"
        raise Invalid(message, flaws=(Flaw(message=message, path="actor"),))
    return user_id


ROUTES = [Router("/api", route_handlers=[list_audit])]
