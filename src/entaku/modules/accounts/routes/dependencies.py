"""What the handlers of accounts ask for by name, beside what every handler may."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from entaku.core.limits import SEARCH_LENGTH_MAX
from entaku.modules.accounts.service import Accounts

AccountsService: TypeAlias = NamedDependency[Accounts]

Search = Annotated[
    str,
    QueryParameter(
        name="q",
        description="Only those whose name, id or e-mail address contains this; case does not matter.",
        max_length=SEARCH_LENGTH_MAX,
    ),
]
