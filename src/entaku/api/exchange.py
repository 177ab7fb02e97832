"""What the kit knows of one request while it is answered: made by the edge, read by log, metrics, routes and fronts."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import msgspec
from litestar.types import HTTPScope, Scope

from entaku.core.context import Actor
from entaku.core.errors import Unauthenticated

Headers = list[tuple[bytes, bytes]]
"""As ASGI has them: names in lower case."""

CONDITIONS = (b"if-match", b"if-none-match")
"""The headers by which a caller says when a request shall be done."""

_KEY = "entaku.exchange"


class Exchange(msgspec.Struct, kw_only=True):
    """One request and what became of it. The edge alone makes one; it is filled in while the request is answered."""

    request_id: str
    method: str
    """As the caller sent it; HEAD stays HEAD here although routes see GET."""
    headers: dict[bytes, bytes]
    """By lower-case name. Names that decide something are known to occur once."""
    front: str = ""
    """The route template of the front that took the request; empty where the framework did."""
    actor: Actor | None = None
    status: int = 0
    """0 until the answer starts."""
    body_bytes: int = 0
    token: Callable[[], str | None] | None = None
    """Makes the consistency token of what was written so far; None where nothing is."""


def exchange_of(scope: Scope | HTTPScope) -> Exchange:
    """The record of the request with this scope. The scope must have come through the edge."""
    return cast("dict[str, Exchange]", scope)[_KEY]


def remember_exchange(scope: Scope | HTTPScope, exchange: Exchange) -> None:
    """Puts the record where `exchange_of` finds it."""
    cast("dict[str, object]", scope)[_KEY] = exchange


def actor_of(scope: Scope | HTTPScope) -> Actor:
    """Who calls, for a front. Raises Unauthenticated where nobody was authenticated."""
    actor = exchange_of(scope).actor
    if actor is None:
        raise Unauthenticated
    return actor
