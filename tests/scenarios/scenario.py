"""One row of the API's scenario tables: a request that works, who may send it, and who is refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import msgspec


class Caller(enum.StrEnum):
    """Who sends a request. Every tenant has a member and an administrator; the operator has a tenant apart."""

    NOBODY = "nobody"
    MEMBER = "member"
    ADMIN = "admin"
    OPERATOR = "operator"


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A request that works in a fresh tenant. What another tenant gets for it is generated from it."""

    method: str
    route: str
    """The path template, as in `/api/users/{user_id}`."""
    target: str = ""
    """Path and query to send; the template itself where it has no parameters. `TENANT` stands for the tenant's id."""
    caller: Caller = Caller.MEMBER
    """The least access that is enough; NOBODY where no token is needed."""
    body: Any = None
    """Sent as JSON. `TENANT` stands for the tenant's id here too."""
    before: tuple[tuple[str, str, Any], ...] = ()
    """Requests that an administrator sends first: method, target, body."""
    status: int = 200
    contains: tuple[str, ...] = ()
    """Texts that the body of the answer holds. `MARK` stands for the word in every name of the tenant."""
    refusals: Mapping[Caller, int] = {}
    """What callers with less access get; by default 403 for everybody below `caller`."""

    @property
    def name(self) -> str:
        return f"{self.method} {self.target or self.route}"

    @property
    def refused(self) -> dict[Caller, int]:
        """Callers with a token who may not send it, and the status each gets."""
        levels = list(Caller)
        return {level: self.refusals.get(level, 403) for level in levels[1 : levels.index(self.caller)]}

    def path(self, tenant_id: str) -> str:
        return (self.target or self.route).replace("TENANT", tenant_id)

    def content(self, tenant_id: str) -> Any:
        """The body to send; empty bytes for none."""
        if self.body is None:
            return b""
        return msgspec.json.decode(msgspec.json.encode(self.body).replace(b"TENANT", tenant_id.encode()))
