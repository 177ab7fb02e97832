"""What an attack got through with: the very request and its answer, ready to be sent again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from entaku.api.in_process import Answer

SHOWN_MAX = 5
"""Leaks that one failure shows; the others it counts."""
ANSWER_LENGTH_MAX = 2_000


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request of an attack."""

    sender: str
    """Whose token is sent, as in `eve@tori1`; empty for nobody's."""
    method: str
    target: str
    headers: Mapping[str, str]
    """But for the token."""
    body: bytes
    status: int
    answer: bytes
    answer_headers: Mapping[str, str]

    def __str__(self) -> str:
        sent = [f"{self.method} {self.target}", f"(token of {self.sender})" if self.sender else "(no token)"]
        sent += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            sent += ["", self.body.decode(errors="replace")]
        got = [f"HTTP {self.status}", *(f"{name}: {value}" for name, value in self.answer_headers.items())]
        text = self.answer.decode(errors="replace")
        got += ["", text[:ANSWER_LENGTH_MAX] + ("…" if len(text) > ANSWER_LENGTH_MAX else "")]
        return "\n".join([*(f"> {line}" for line in sent), *(f"< {line}" for line in got), "", self.command()])

    def command(self) -> str:
        """The request as one line for a shell, where TOKEN is an access token of the sender."""
        words = ["curl", "-si", "-X", self.method, f"http://127.0.0.1:8000{self.target}"]
        for name, value in self.headers.items():
            words += ["-H", f"{name}: {value}"]
        if self.body:
            words += ["-d", self.body.decode(errors="replace")]
        line = shlex.join(words)
        return line + (' -H "Authorization: Bearer $TOKEN"' if self.sender else "")


class Leak(msgspec.Struct, frozen=True):
    """One way in which something of a tenant reached another."""

    problem: str
    """A sentence: what came through, and from which attack."""
    proof: Attempt | str
    """The request, or the access pattern."""

    def __str__(self) -> str:
        return f"{self.problem}\n\n{self.proof}"


class TenantsLeak(AssertionError):
    """What a test fails with when an attack got through."""

    def __init__(self, leaks: Sequence[Leak]) -> None:
        self.leaks = tuple(leaks)
        more = len(leaks) - SHOWN_MAX
        parts = [f"{number}. {leak}" for number, leak in enumerate(leaks[:SHOWN_MAX], 1)]
        parts += [f"and {more} more"] if more > 0 else []
        super().__init__("one tenant reaches what is another's\n\n" + "\n\n".join(parts))


def attempt_of(
    sender: str, method: str, target: str, headers: Mapping[str, str], body: bytes, answer: Answer
) -> Attempt:
    return Attempt(
        sender=sender,
        method=method,
        target=target,
        headers=headers,
        body=body,
        status=answer.status,
        answer=answer.body,
        answer_headers=answer.headers,
    )
