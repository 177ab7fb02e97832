"""What the handlers of this module are given by name."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from entaku.core.limits import SEARCH_LENGTH_MAX
from entaku.modules.sharing.lists import Sort
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.reachers import ReachersSort
from entaku.modules.sharing.reachers.model import COUNTED_MAX, SORTED_MAX
from entaku.modules.sharing.service import Sharing

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
