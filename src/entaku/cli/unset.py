"""Options that were not given, as the services want them: unset, so that what they would change stays."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def unset_if_none(value: T | None) -> T | msgspec.UnsetType:
    """The value that was given, or unset."""
    return msgspec.UNSET if value is None else value


def none_if_empty(value: str | None) -> str | msgspec.UnsetType | None:
    """The same for what can be cleared: an option given as an empty text means nothing at all."""
    return msgspec.UNSET if value is None else value or None
