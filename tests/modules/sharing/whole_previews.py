"""What a preview of a happening says, held against what the naive tenant says of before and after it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from entaku.core.errors import EntakuError
from entaku.modules.accounts import EntryChange, UserChange, parse_principal
from entaku.modules.sharing import (
    EntryDeletion,
    EntryMove,
    Permission,
    PreviewPage,
    ResourceMove,
    SharesChange,
    UserDeletion,
    UserMove,
)
from entaku.modules.sharing.lifecycle import Move
from tests.modules.sharing.histories import HOUR, MS, granted
from tests.modules.sharing.naive import Naive
from tests.modules.sharing.previewing import Difference, previewed, resource_of
from tests.modules.sharing.world import ROOT, World

HOURS_AHEAD = 6
TRANSFER: Any = Move.TRANSFER
ARCHIVE: Any = Move.ARCHIVE
UNARCHIVE: Any = Move.UNARCHIVE
DELETE: Any = Move.DELETE
RESTORE: Any = Move.RESTORE


class Foreseen:
    """What was previewed, and the tenant as it was then."""

    def __init__(self, before: Naive, page: PreviewPage | None, refusal: str | None) -> None:
        self._before, self._page, self._refusal = before, page, refusal

    def check(self, after: Naive, refusal: str | None) -> None:
        """Raises AssertionError unless it is what has happened, now and at each instant to come."""
        assert self._refusal == refusal, f"the preview: {self._refusal}, the change: {refusal}"
        if self._page is None:
            return
        for instant in instants_of(self._before, after):
            assert previewed(self._page, instant) == difference(self._before, after, instant), f"at {instant}"


async def foreseen(world: World, naive: Naive, name: str, values: tuple[Any, ...]) -> Foreseen | None:
    """The preview of what is about to happen; None where that is nothing one previews."""
    found = CHANGES[name](naive, *values) if name in CHANGES else None
    if found is None:
        return None
    actor, change = found
    before = copy.deepcopy(naive)
    try:
        page = await world.sharing.previews.preview(world.actor(actor), change)
    except EntakuError as error:
        # Who passes on what they were given sees no previews, which would tell them what others have.
        is_for_them = actor == ROOT or name != "change_shares" or naive.manages(actor, values[1])
        return Foreseen(before, None, error.code) if is_for_them or error.code != "forbidden" else None
    return Foreseen(before, page, None)


def difference(before: Naive, after: Naive, instant: datetime) -> Difference:
    pairs = {(user, each) for naive in (before, after) for user in naive.people for each in naive.libraries}
    found = {pair: (_may(before, *pair, instant), _may(after, *pair, instant)) for pair in pairs}
    return {pair: held for pair, held in found.items() if held[0] != held[1]}


def instants_of(*both: Naive) -> list[datetime]:
    """Now, and where a share starts or ends, and a moment before."""
    now = both[0].now
    shares = [share for naive in both for known in naive.libraries.values() for share in known.shares.values()]
    ends = {i for share in shares for i in (share.terms.starts_at, share.terms.expires_at) if i is not None}
    return sorted(i for i in {now, *ends, *(end - MS for end in ends)} if now <= i <= now + HOURS_AHEAD * HOUR)


def _may(naive: Naive, user: str, library: str, instant: datetime) -> frozenset[str]:
    return naive.may(user, library, instant) if library in naive.libraries else frozenset()


def _shares(naive: Naive, actor: str, library: str, add: dict[str, Any], remove: list[str], seen: str) -> Any:
    if seen != "current":
        return None
    grants = tuple(granted(principal, terms) for principal, terms in add.items())
    gone = tuple(parse_principal(each) for each in remove)
    return actor, SharesChange(resource=resource_of(library), add=grants, remove=gone)


def _transfer(naive: Naive, actor: str, library: str, to: str, keep: frozenset[str]) -> Any:
    kept = msgspec.convert(keep, frozenset[Permission])
    return actor, ResourceMove(resource=resource_of(library), move=TRANSFER, owner=to, keep=kept)


def _archive(naive: Naive, actor: str, library: str, is_archived: bool) -> Any:
    move = ARCHIVE if is_archived else UNARCHIVE
    return actor, ResourceMove(resource=resource_of(library), move=move)


def _restore(naive: Naive, actor: str, library: str) -> Any:
    return actor, ResourceMove(resource=resource_of(library), move=RESTORE)


def _bin(naive: Naive, actor: str, library: str, kept: object) -> Any:
    return actor, ResourceMove(resource=resource_of(library), move=DELETE)


def _move_user(naive: Naive, user: str, department: str | None, role: str | None, groups: set[str]) -> Any:
    change = UserChange(department=department, role=role, groups=frozenset(groups))
    return ROOT, UserMove(user_id=user, change=change)


def _set_active(naive: Naive, user: str, is_active: bool) -> Any:
    return ROOT, UserMove(user_id=user, change=UserChange(is_active=is_active))


def _delete_user(naive: Naive, user: str) -> Any:
    return ROOT, UserDeletion(user_id=user)


def _put_group(naive: Naive, group: str, parents: set[str]) -> Any:
    if group not in naive.groups:
        return None
    change = EntryChange(parents=frozenset(parents))
    return ROOT, EntryMove(principal=parse_principal(f"group:{group}"), change=change)


def _put_department(naive: Naive, department: str, parent: str | None) -> Any:
    if department not in naive.departments:
        return None
    return ROOT, EntryMove(principal=parse_principal(f"department:{department}"), change=EntryChange(parent=parent))


def _delete(kind: str) -> Callable[..., Any]:
    return lambda naive, entry: (ROOT, EntryDeletion(principal=parse_principal(f"{kind}:{entry}")))


CHANGES: dict[str, Callable[..., Any]] = {
    "change_shares": _shares,
    "transfer": _transfer,
    "archive_library": _archive,
    "bin_library": _bin,
    "restore_library": _restore,
    "move_user": _move_user,
    "set_active": _set_active,
    "delete_user": _delete_user,
    "put_group": _put_group,
    "put_department": _put_department,
    **{f"delete_{kind}": _delete(kind) for kind in ("group", "department", "role")},
}
"""By the name of what happens: who previews what."""
