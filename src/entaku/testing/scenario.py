"""One row of a table of scenarios: a request that works, who may send it, and who is refused."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec


class Caller(enum.StrEnum):
    """Who sends a request. Every tenant has a member and an administrator; the operator has a tenant apart."""

    NOBODY = "nobody"
    MEMBER = "member"
    ADMIN = "admin"
    OPERATOR = "operator"


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A request that works in a fresh tenant. What another tenant gets for it is generated from it.

    Words in capitals stand for what is known only when it runs: `TENANT` for the tenant's id, and those that its
    furnisher gave; in `contains` also `MARK`, the word in every name of the tenant.
    """

    method: str
    route: str
    """The path template, as in `/api/users/{user_id}`."""
    target: str = ""
    """Path and query to send; the template itself where it has no parameters."""
    caller: Caller = Caller.MEMBER
    """The least access that is enough; NOBODY where no token is needed."""
    body: Any = None
    """Sent as JSON."""
    headers: Mapping[str, str] = {}
    """Sent beside the token, such as If-Match; not by those who try their own."""
    before: tuple[tuple[str, str, Any], ...] = ()
    """Requests that an administrator sends first: method, target, body."""
    status: int = 200
    is_same_for_all: bool = False
    """Whether a thing that its path names looks the same to every tenant, as a list of countries would."""
    contains: tuple[str, ...] = ()
    """Texts that the body of the answer holds."""
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

    def path(self, tenant_id: str, words: Mapping[str, str] = {}) -> str:
        return filled(self.target or self.route, {**words, "TENANT": tenant_id})

    def content(self, tenant_id: str, words: Mapping[str, str] = {}) -> Any:
        """The body to send; empty bytes for none."""
        if self.body is None:
            return b""
        text = msgspec.json.encode(self.body).decode()
        return msgspec.json.decode(filled(text, {**words, "TENANT": tenant_id}))

    def used(self, words: Iterable[str]) -> list[str]:
        """Those of the words that the request holds."""
        text = (self.target or self.route) + msgspec.json.encode(self.body).decode()
        return [word for word in words if word in text]


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with the words in their places, longer ones first: one may begin with another."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, words[word])
    return text
