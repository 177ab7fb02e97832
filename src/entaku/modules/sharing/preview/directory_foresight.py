"""Foresees changes of people and of the directory: moves, deletions, members of groups, the sharing policy. For tenant
administrators."""

from __future__ import annotations

from datetime import datetime

from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.core.ids import check_id, shown
from entaku.modules.accounts import (
    ORGANISATION,
    Directory,
    Hierarchies,
    Hierarchy,
    Member,
    OwnedThings,
    Principal,
    PrincipalKind,
    UserChange,
    UserProfile,
    check_deletable,
    foreseen_hierarchy,
    foreseen_profile,
    foreseen_without,
    individual,
)
from entaku.modules.sharing.model import REACHED_MAX, PrincipalShare
from entaku.modules.sharing.preview.changes import (
    EntryDeletion,
    EntryMove,
    MembersChange,
    PolicyChange,
    UserDeletion,
    UserMove,
)
from entaku.modules.sharing.preview.foreseen import Foreseen, nothing_foreseen
from entaku.modules.sharing.preview.people import People, people_in
from entaku.table import Reader, changed

MEMBERS_PREVIEWED_MAX = 100
"""Users who are put into a group, or taken out, in one preview."""


class DirectoryForesight:
    """What becomes of people."""

    def __init__(self, hierarchies: Hierarchies, owned: OwnedThings) -> None:
        self._hierarchies, self._owned = hierarchies, owned

    async def of_user(self, reader: Reader, actor: Actor, change: UserMove, now: datetime) -> Foreseen:
        directory, hierarchy = await self._begun(reader, actor)
        profile = await _profile(reader, change.user_id)

        def after(before: UserProfile) -> UserProfile:
            return foreseen_profile(actor, hierarchy, before, change.change, now)

        after(profile)
        return nothing_foreseen(
            directory,
            hierarchy,
            People(named=(change.user_id,)),
            profile_after=after,
            profile_version=profile.version,
            is_by_itself=change.change == UserChange(),
        )

    async def of_user_deletion(self, reader: Reader, actor: Actor, change: UserDeletion) -> Foreseen:
        directory, hierarchy = await self._begun(reader, actor)
        profile = await _profile(reader, change.user_id)
        check_deletable(actor, profile)
        owned = await self._owned.find_owned(actor, change.user_id)
        if owned is not None:
            raise Conflict(owned)
        return nothing_foreseen(
            directory,
            hierarchy,
            People(named=(change.user_id,)),
            profile_after=_gone,
            profile_version=profile.version,
            shares_released=await _count_shares(reader, individual(change.user_id)),
        )

    async def of_members(self, reader: Reader, actor: Actor, change: MembersChange, now: datetime) -> Foreseen:
        directory, hierarchy = await self._begun(reader, actor)
        joining, leaving = frozenset(change.join), frozenset(change.leave)
        named = tuple(sorted(joining | leaving))
        if not 0 < len(named) <= MEMBERS_PREVIEWED_MAX:
            raise Invalid(f"a preview holds 1 to {MEMBERS_PREVIEWED_MAX} members, not {len(named)}; ask in parts")
        both = sorted(joining & leaving)
        if both:
            raise Invalid(f"user {shown(both[0])} is both put in and taken out; name them once")
        hierarchy.usable(Principal(PrincipalKind.GROUP, check_id(change.group_id, "group")))
        group = frozenset({change.group_id})
        found = await reader.find_many([UserProfile.at(user_id=check_id(each, "user")) for each in named])
        for user_id, profile in zip(named, found, strict=True):
            if profile is None:
                raise NotFound(f"there is no user {user_id!r}")

        def after(before: UserProfile) -> UserProfile:
            one = UserChange(join=group) if before.user_id in joining else UserChange(leave=group)
            return foreseen_profile(actor, hierarchy, before, one, now)

        return nothing_foreseen(directory, hierarchy, People(named=named), profile_after=after)

    async def of_entry(self, reader: Reader, actor: Actor, change: EntryMove) -> Foreseen:
        directory, hierarchy = await self._begun(reader, actor)
        moved = foreseen_hierarchy(actor, hierarchy, change.principal, change.change)
        people = people_in(hierarchy, directory, [change.principal])
        return nothing_foreseen(directory, hierarchy, people, hierarchy_after=moved)

    async def of_entry_deletion(self, reader: Reader, actor: Actor, change: EntryDeletion) -> Foreseen:
        """Nobody is in what can be deleted, so nobody is concerned; shares with it go too."""
        directory, hierarchy = await self._begun(reader, actor)
        principal = change.principal
        check_id(principal.id, principal.kind.value)
        page = await reader.list(Member.of_principal(principal=principal), limit=3)
        if page.items:
            names = ", ".join(member.user_id for member in page.items)
            more = " and others" if page.cursor else ""
            raise Conflict(f"{principal} has members: {names}{more}; move them first")
        without = foreseen_without(actor, hierarchy, principal)
        released = await _count_shares(reader, principal)
        return nothing_foreseen(directory, hierarchy, People(), hierarchy_after=without, shares_released=released)

    async def of_policy(self, reader: Reader, actor: Actor, change: PolicyChange) -> Foreseen:
        directory, hierarchy = await self._begun(reader, actor)
        people = people_in(hierarchy, directory, [ORGANISATION])
        after = changed(directory, sharing_policy=change.policy)
        return nothing_foreseen(directory, hierarchy, people, directory_after=after)

    async def _begun(self, reader: Reader, actor: Actor) -> tuple[Directory, Hierarchy]:
        if not actor.is_admin:
            raise Forbidden("what a change of people or of the directory would do is shown to tenant administrators")
        return await self._hierarchies.with_version(reader)


async def _profile(reader: Reader, user_id: str) -> UserProfile:
    profile = await reader.find(UserProfile.at(user_id=check_id(user_id, "user")))
    if profile is None:
        raise NotFound(f"there is no user {user_id!r}")
    return profile


def _gone(_: UserProfile) -> None:
    """Of a user who is deleted nothing is left."""


async def _count_shares(reader: Reader, principal: Principal) -> int:
    (twins,) = await reader.list_all(PrincipalShare.of_principal(principal=principal), at_most=REACHED_MAX)
    return len(twins)
