"""Whom a change may concern, and how all of them are found: from base items, page by page, each once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec

from entaku.core.errors import Limited, Unavailable
from entaku.modules.accounts import ORGANISATION, Directory, Hierarchy, Member, Principal, PrincipalKind, UserProfile
from entaku.table import Reader

USERS_AT_ONCE = 100
"""As many profiles as one call reads."""
TOGETHER = 20
"""Principals whose members are read together."""
FEW = 400
"""Members of one that is read with others; one with more is read alone, page by page."""

_ALONE, _TOGETHER = "alone ", "together "
"""How the page of a cursor is read."""


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Some users by name, and everybody who is directly in one of the principals."""

    named: tuple[str, ...] = ()
    """By id."""
    principals: tuple[Principal, ...] = ()
    """In order, without individuals; the organisation stands alone."""

    def stage_of(self, profile: UserProfile) -> int:
        """Where the user is counted who may be found in several places: 0 is by name, then the principals."""
        if profile.user_id in self.named:
            return 0
        own = {Principal(PrincipalKind.GROUP, group) for group in profile.groups} | {ORGANISATION}
        for kind, entry in ((PrincipalKind.DEPARTMENT, profile.department), (PrincipalKind.ROLE, profile.role)):
            if entry is not None:
                own.add(Principal(kind, entry))
        return next((stage for stage, each in enumerate(self.principals, 1) if each in own), -1)


class Position(msgspec.Struct, frozen=True):
    """How far somebody has come through the pairs of a change."""

    stage: int = 0
    cursor: str | None = None
    """The page of the stage that is being worked on."""
    user_id: str = ""
    resource: str = ""
    """The last pair of that page that was looked at."""

    def after(self, user_id: str, resource: str) -> Position | None:
        """The position at this pair of the same page; None where that was looked at."""
        if (user_id, resource) <= (self.user_id, self.resource):
            return None
        return Position(self.stage, self.cursor, user_id, resource)


class Batch(msgspec.Struct, frozen=True):
    """Some users of one page, by id, and where the page is. It may be empty although more follow."""

    stage: int
    cursor: str | None
    profiles: tuple[UserProfile, ...]


def people_in(hierarchy: Hierarchy, directory: Directory, principals: Iterable[Principal]) -> People:
    """Everybody who is one of the principals, through whatever is below or inside them.

    Raises Unavailable for the organisation of a tenant whose users are not all enrolled yet.
    """
    wanted = {*principals}
    if ORGANISATION in wanted:
        if not directory.has_roll:
            raise Unavailable("the users of this tenant are not all enrolled yet; run 'entaku jobs run rows' once")
        return People(principals=(ORGANISATION,))
    named = sorted(each.id for each in wanted if each.kind is PrincipalKind.INDIVIDUAL)
    below = _children(hierarchy)
    found, row = set[Principal](), [each for each in wanted if each.kind is not PrincipalKind.INDIVIDUAL]
    while row:
        found.update(row)
        row = [child for each in row for child in below.get(each, ()) if child not in found]
    return People(named=tuple(named), principals=tuple(sorted(found)))


def _children(hierarchy: Hierarchy) -> dict[Principal, list[Principal]]:
    """What is directly below each department and inside each group."""
    below: dict[Principal, list[Principal]] = {}
    for department in hierarchy.departments.values():
        if department.parent is not None:
            child = Principal(PrincipalKind.DEPARTMENT, department.department_id)
            below.setdefault(Principal(PrincipalKind.DEPARTMENT, department.parent), []).append(child)
    for group in hierarchy.groups.values():
        for parent in group.parents:
            child = Principal(PrincipalKind.GROUP, group.group_id)
            below.setdefault(Principal(PrincipalKind.GROUP, parent), []).append(child)
    return below


async def batches(reader: Reader, people: People, position: Position, *, size: int) -> AsyncIterator[Batch]:
    """The people from the page of the position on, each in one batch only, if nothing moves.

    Two calls a batch: principals with few members are read together, those with many page by page.
    """
    stage, cursor, alone_until = position.stage, position.cursor, 0
    while stage <= len(people.principals):
        few = None if stage < alone_until else await _few(reader, people, stage, cursor)
        if few is None:
            alone_until = max(alone_until, stage + TOGETHER)
            page = await reader.list(
                Member.of_principal(principal=people.principals[stage - 1]), limit=size, after=_behind(cursor)
            )
            ids, following = [member.user_id for member in page.items], page.cursor and f"{_ALONE}{page.cursor}"
            yield Batch(stage, cursor, await _profiles(reader, people, ids, stage, stage))
            stage, cursor = (stage + 1, None) if following is None else (stage, following)
            continue
        last = 0 if stage == 0 else stage + TOGETHER - 1
        for start in range(0, max(1, len(few)), size):
            ids = few[start : start + size]
            yield Batch(stage, cursor, await _profiles(reader, people, ids, stage, last))
            cursor = f"{_TOGETHER}{ids[-1]}" if ids else None
        stage, cursor = last + 1, None


async def _few(reader: Reader, people: People, stage: int, cursor: str | None) -> list[str] | None:
    """The ids behind the cursor of those who are named, or of all members of the next principals together; None where
    one of these has many, or where they are being read alone."""
    if cursor is not None and cursor.startswith(_ALONE):
        return None
    if stage == 0:
        found = {*people.named}
    else:
        queries = (Member.of_principal(principal=p) for p in people.principals[stage - 1 : stage - 1 + TOGETHER])
        try:
            members = await reader.list_all(*queries, at_most=FEW)
        except Limited:
            return None
        found = {member.user_id for each in members for member in each}
    behind = "" if cursor is None else cursor.removeprefix(_TOGETHER)
    return sorted(user_id for user_id in found if user_id > behind)


def _behind(cursor: str | None) -> str | None:
    """Where the listing of one principal goes on."""
    return cursor.removeprefix(_ALONE) if cursor is not None and cursor.startswith(_ALONE) else None


async def _profiles(
    reader: Reader, people: People, ids: Sequence[str], first: int, last: int
) -> tuple[UserProfile, ...]:
    """The profiles of those who are counted in one of these stages, by id."""
    found = await reader.find_many([UserProfile.at(user_id=each) for each in ids])
    here = (profile for profile in found if profile is not None and first <= people.stage_of(profile) <= last)
    return tuple(sorted(here, key=lambda profile: profile.user_id))
