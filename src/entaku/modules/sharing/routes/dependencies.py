"""What the handlers of this module are given by name."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from entaku.core.limits import SEARCH_LENGTH_MAX
from entaku.modules.sharing.lists import Sort
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
SortedBy: TypeAlias = Annotated[Sort, QueryParameter(name="sort", description="What the list is sorted by.")]
