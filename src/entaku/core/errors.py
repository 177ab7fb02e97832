"""Everything that can go wrong, as one tree with eight codes.

    EntakuError
    ├── Invalid           the request cannot be understood; sending it again changes nothing
    ├── Unauthenticated   who calls is not known
    ├── Forbidden         who calls is known and may not do this
    ├── NotFound          the thing does not exist, or does not exist for this caller
    ├── Conflict          the thing is not in the state that the request assumed
    ├── Limited           a limit of the tenant or of the platform was reached
    ├── Unavailable       try again later; `outcome_unknown` says whether a write may have happened
    └── Internal          a broken assumption; the details are for the operator

Each edge (HTTP, command line) keeps one table from code to its own word; a test checks that each is complete.
A class docstring is the default message and the anchor of the page `docs/reference/errors.md`.
"""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

import msgspec

Code = Literal[
    "invalid",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "limited",
    "unavailable",
    "internal",
]
CODES: tuple[Code, ...] = get_args(Code)


class Flaw(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong with an input, and where."""

    message: str
    path: str = ""
    """Where in the input, as in `users[3].email`; empty for the input as a whole."""
    file: str = ""
    line: int = 0
    """Counts from 1; 0 where the input has no lines."""


class EntakuError(Exception):
    """Something went wrong."""

    code: ClassVar[Code] = "internal"

    def __init__(self, message: str | None = None) -> None:
        self.message = message or str(type(self).__doc__)
        """One sentence for a person: it names the value and the way out."""
        super().__init__(self.message)


class Invalid(EntakuError):
    """The request is not valid."""

    code = "invalid"

    def __init__(self, message: str | None = None, *, flaws: tuple[Flaw, ...] = ()) -> None:
        super().__init__(message)
        self.flaws = flaws


class Unauthenticated(EntakuError):
    """An access token is needed: send it as 'Authorization: Bearer TOKEN'."""

    code = "unauthenticated"


class Forbidden(EntakuError):
    """You may not do this."""

    code = "forbidden"


class NotFound(EntakuError):
    """There is no such thing, or not for you."""

    code = "not_found"


class Conflict(EntakuError):
    """The thing has changed since you read it."""

    code = "conflict"

    def __init__(self, message: str | None = None, *, current_version: int | None = None) -> None:
        super().__init__(message)
        self.current_version = current_version
        """The version the thing has now; None where it does not exist or the conflict is not about a version."""


class Limited(EntakuError):
    """A limit was reached."""

    code = "limited"

    def __init__(self, message: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(EntakuError):
    """The service cannot answer just now; try again in a moment."""

    code = "unavailable"

    def __init__(self, message: str | None = None, *, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.outcome_unknown = outcome_unknown
        """True when a write was sent and its answer never came: it may have happened."""


class Internal(EntakuError):
    """Something broke inside; the operator finds it in the log under the request id."""

    code = "internal"
