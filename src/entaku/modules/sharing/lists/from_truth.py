"""Everything a user reaches, from the truth: the shares of each of the user's principals, merged by library, evaluated.

Always exact, with no index and no job. The cost grows with the number of the user's principals and of the libraries
they reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from entaku.modules.accounts import Directory, Hierarchy, Principal, UserProfile, UserState
from entaku.modules.sharing.lists.model import Reached, WholeList
from entaku.modules.sharing.lists.reached import ListedLibrary, SharedLibrary, reached_libraries, ways_by_library


class FactsForLists(Protocol):
    """What a list asks for; see `facts.ListFacts`."""

    async def profile_and_directory(self, user_id: str) -> tuple[UserProfile, Directory, Hierarchy]: ...

    async def owned_and_shared(
        self, user_id: str, principals: Sequence[Principal]
    ) -> tuple[list[str], list[tuple[SharedLibrary, ...]]]: ...

    async def libraries(self, library_ids: Iterable[str]) -> list[ListedLibrary | None]: ...


async def reached_from_truth(facts: FactsForLists, wanted: WholeList) -> Reached:
    """Everything the user reaches, worked out from shares. Right if all that is read is as it was at one instant."""
    user_id = wanted.user_id
    profile, directory, hierarchy = await facts.profile_and_directory(user_id)
    memberships = hierarchy.memberships(profile)
    principals = [membership.principal for membership in memberships]
    owned, shared = await facts.owned_and_shared(user_id, principals)
    ways = ways_by_library(owned, zip(memberships, shared, strict=True))
    libraries = await facts.libraries(ways)
    found, valid_until = reached_libraries(
        user_id,
        zip(libraries, ways.values(), strict=True) if profile.state is UserState.ACTIVE else (),
        policy=directory.sharing_policy,
        now=wanted.now,
        include_expired=wanted.include_expired,
        tells_all=wanted.tells_all,
    )
    return Reached(user_id, tuple(str(principal) for principal in principals), frozenset(ways), found, valid_until)
