"""What a change would make of everything that decides about access: worked out from one reading, nothing written.

Each change is refused here as it would be refused in earnest, in the same words: where there are functions that decide
it, they are the same ones. A change of shares runs in a transaction that is never committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from entaku.modules.accounts import Directory, Hierarchy, Principal, UserProfile
from entaku.modules.sharing.model import Terms
from entaku.modules.sharing.preview.people import People
from entaku.modules.sharing.sentences.reasons import ShareWarning
from entaku.modules.sharing.shareable import Shareable

ProfileAfter = Callable[[UserProfile], UserProfile | None]
Shared = Mapping[Principal, Terms]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The one resource that a change is about."""

    thing: Shareable
    shares: Shared
    thing_after: Shareable
    shares_after: Shared


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What there is, and what there would be."""

    directory: Directory
    hierarchy: Hierarchy
    directory_after: Directory
    hierarchy_after: Hierarchy
    people: People
    """Nobody else is concerned."""
    profile_after: ProfileAfter
    profile_version: int | None = None
    """Of the one user whom the change is about."""
    subject: Subject | None = None
    """None where the change is about whatever the people reach."""
    is_by_itself: bool = False
    """Nothing is changed; it is time that passes."""
    warnings: tuple[ShareWarning, ...] = ()
    shares_released: int = 0
    """Shares that go with what is deleted."""


def unmoved(profile: UserProfile) -> UserProfile:
    """Of a change that leaves every profile as it is."""
    return profile


def nothing_foreseen(directory: Directory, hierarchy: Hierarchy, people: People, **fields: Any) -> Foreseen:
    """What a change leaves as it is, but for the fields."""
    same: dict[str, Any] = {
        "directory": directory,
        "hierarchy": hierarchy,
        "directory_after": directory,
        "hierarchy_after": hierarchy,
        "people": people,
        "profile_after": unmoved,
    }
    return Foreseen(**{**same, **fields})
