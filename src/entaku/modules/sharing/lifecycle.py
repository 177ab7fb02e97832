"""What becomes of a resource: which move leads from which state to which, who may make it, and what a state leaves of
an access. This table decides, for every kind of resource; everything else asks it.

    active    <-> archived                        archive, unarchive
    active, archived  -> deleted -> as it was     delete, restore until `purge_at`
    active, archived, deleted -> purging -> gone  purge: at once when it is wished, else when the bin has kept it
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from entaku.core.errors import Conflict
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import ResourceState, Shareable

ACTIVE, ARCHIVED, DELETED, PURGING = ResourceState

LEFT: Mapping[ResourceState, frozenset[Permission]] = {
    ACTIVE: frozenset(Permission),
    ARCHIVED: frozenset({Permission.READ}),
    DELETED: frozenset(),
    PURGING: frozenset(),
}
"""What anybody may do with the resource at most, its owner included."""


class Move(enum.StrEnum):
    """What is done to a resource as a whole, or to its shares."""

    CHANGE = "change"
    """Rename, describe, whatever its module keeps in it."""
    SHARE = "share"
    """Add a share, or change one."""
    UNSHARE = "unshare"
    TRANSFER = "transfer"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DELETE = "delete"
    RESTORE = "restore"
    PURGE = "purge"


class Rule(msgspec.Struct, frozen=True):
    """From which states a move starts, and where it ends. Each is for the owner and administrators, SHARE and UNSHARE
    also for holders of `share`; PURGE is made by the bin as well."""

    states: frozenset[ResourceState]
    to: ResourceState | None = None
    """None: it stays where it is, or is again what it was."""


OPEN = frozenset({ACTIVE, ARCHIVED})
KEPT = OPEN | {DELETED}

RULES: Mapping[Move, Rule] = {
    Move.CHANGE: Rule(frozenset({ACTIVE})),
    Move.SHARE: Rule(frozenset({ACTIVE})),
    Move.UNSHARE: Rule(OPEN),
    Move.TRANSFER: Rule(KEPT),
    Move.ARCHIVE: Rule(frozenset({ACTIVE}), ARCHIVED),
    Move.UNARCHIVE: Rule(frozenset({ARCHIVED}), ACTIVE),
    Move.DELETE: Rule(OPEN, DELETED),
    Move.RESTORE: Rule(frozenset({DELETED})),
    Move.PURGE: Rule(KEPT | {PURGING}, PURGING),
}

PAST: Mapping[Move, str] = {
    Move.TRANSFER: "transferred",
    Move.ARCHIVE: "archived",
    Move.UNARCHIVE: "unarchived",
    Move.DELETE: "deleted",
    Move.RESTORE: "restored",
    Move.PURGE: "purged",
}
"""As the audit trail has it, behind the kind: `library_archived`."""

_WAYS_OUT: Mapping[ResourceState, str] = {
    ACTIVE: "it is neither archived nor deleted",
    ARCHIVED: "it is archived, so it is only read and its shares can be removed but not added; unarchive it first",
    DELETED: "it is deleted; restore it first",
    PURGING: "it is being removed for good; choose another",
}


def check_move(move: Move, thing: Shareable) -> None:
    """Raises Conflict, with the way out, for a move that does not start from the state of the resource."""
    if thing.state not in RULES[move].states:
        resource = thing.resource
        message = f"{resource.kind} {resource.id!r} cannot be {_DONE.get(move, move)} now: {_WAYS_OUT[thing.state]}"
        # Without a version: another one would not help, and over HTTP it would answer a condition that was met.
        raise Conflict(message)


_DONE: Mapping[Move, str] = {**PAST, Move.CHANGE: "changed", Move.SHARE: "shared", Move.UNSHARE: "unshared"}
