"""What the handlers of this module are given by name: the module, and what several of them are sent in the same way."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency
from entaku.api.pages import RequestedPage
from entaku.core.limits import SEARCH_LENGTH_MAX
from entaku.modules.sharing.lists.model import ListRequest, Sort
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.reachers import ReachersRequest, ReachersSort
from entaku.modules.sharing.reachers.model import COUNTED_MAX, SORTED_MAX
from entaku.modules.sharing.retention.asked import Asked
from entaku.modules.sharing.service import Sharing
from entaku.modules.sharing.trail import REASON_LENGTH_MAX

SharingModule: TypeAlias = NamedDependency[Sharing]
Search: TypeAlias = Annotated[
    str,
    QueryParameter(
        name="q",
        description="Only those whose name contains this; case does not matter.",
        max_length=SEARCH_LENGTH_MAX,
    ),
]
UserSearch: TypeAlias = Annotated[
    str,
    QueryParameter(
        name="q",
        description="Only users whose name or id contains this; case does not matter.",
        max_length=SEARCH_LENGTH_MAX,
    ),
]
UsersSortedBy: TypeAlias = Annotated[
    ReachersSort,
    QueryParameter(
        name="sort", description=f"What the list is sorted by: by id, or up to {SORTED_MAX} users as one likes."
    ),
]
WithPermission: TypeAlias = Annotated[
    Permission | None,
    QueryParameter(name="permission", description="Only where the user has this permission now."),
]
ExactTotal: TypeAlias = Annotated[
    Literal["exact"] | None,
    QueryParameter(name="total", description=f"`exact` counts up to {COUNTED_MAX} users, also where that takes long."),
]
SortedBy: TypeAlias = Annotated[Sort, QueryParameter(name="sort", description="What the list is sorted by.")]

SentAsked: TypeAlias = NamedDependency[Asked]
"""What a handler with `dependencies=TAKES_ASKED` writes to take it: `asked: SentAsked`."""


async def provide_asked(
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
    reason: Annotated[
        str | None,
        QueryParameter(name="reason", description="Why, for the audit trail.", max_length=REASON_LENGTH_MAX),
    ] = None,
) -> Asked:
    return Asked(expect=expected_version, reason=reason, idempotency=idempotency)


TAKES_ASKED = {"asked": Provide(provide_asked)}

SentListRequest: TypeAlias = NamedDependency[ListRequest]
"""What a handler with `dependencies=TAKES_LIST_REQUEST` writes: `wanted: SentListRequest`."""
SentReachersRequest: TypeAlias = NamedDependency[ReachersRequest]
"""What a handler with `dependencies=TAKES_REACHERS_REQUEST` writes: `wanted: SentReachersRequest`."""


async def provide_list_request(
    page: RequestedPage,
    q: Search = "",
    sort: SortedBy = "name",
    include_expired: Annotated[
        bool, QueryParameter(name="include_expired", description="Also those whose shares have all ended.")
    ] = False,
    permission: WithPermission = None,
) -> ListRequest:
    return ListRequest(
        limit=page.limit, cursor=page.cursor, q=q, sort=sort, permission=permission, include_expired=include_expired
    )


async def provide_reachers_request(
    page: RequestedPage,
    q: UserSearch = "",
    sort: UsersSortedBy = "id",
    permission: WithPermission = None,
    total: ExactTotal = None,
) -> ReachersRequest:
    return ReachersRequest(
        limit=page.limit, cursor=page.cursor, q=q, sort=sort, permission=permission, exact_total=total is not None
    )


TAKES_LIST_REQUEST = {"wanted": Provide(provide_list_request)}
TAKES_REACHERS_REQUEST = {"wanted": Provide(provide_reachers_request)}
