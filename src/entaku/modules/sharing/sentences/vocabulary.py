"""What sentences about sharing are made of, whatever they say: people, things, principals, permissions, instants.

A sentence is written in each language by itself, from these; no part of one is ever put into another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol, TypeAlias

from entaku.modules.accounts import PrincipalKind
from entaku.modules.sharing.model import Permission

NAMED_MAX = 3
"""Principals that are named where there may be any number of them; the others are counted."""


KindNames: TypeAlias = Mapping[str, str]
"""What a language calls kinds of resource, by the name of the kind: `ResourceKinds.called`."""
NO_NAMES: KindNames = MappingProxyType({})


class Vocabulary(Protocol):
    """One language."""

    def person(self, name: str, *, is_service: bool = False) -> str:
        """Somebody as a sentence names them; `is_service` is for a program, which is no person."""
        ...

    def thing(self, kind: str, name: str) -> str:
        """A resource, as in `library 'Handbook'`."""
        ...

    def kind(self, kind: str) -> str:
        """A kind of resource, as in `library`; one that the language does not know is called as it calls itself."""
        ...

    def principal(self, kind: PrincipalKind, name: str) -> str:
        """A principal, as in `group 'Design'`. `name` is not used for the organisation."""
        ...

    def permissions(self, permissions: Iterable[Permission]) -> str:
        """At least one, as in `read, write and share`, in this order."""
        ...

    def instant(self, at: datetime) -> str:
        """To the second, milliseconds where there are any, in UTC, and saying so."""
        ...

    def listed(self, words: Sequence[str], *, others: int = 0) -> str:
        """At least one, as in `a, b and c`; `others` that are not named are counted, as in `a, b and 2 others`."""
        ...


def clock_time(at: datetime) -> str:
    """As in `12:00:00` or `11:59:59.999`, in UTC."""
    instant = at.astimezone(UTC)
    return instant.strftime("%H:%M:%S") + (f".{instant.microsecond // 1000:03}" if instant.microsecond >= 1000 else "")
