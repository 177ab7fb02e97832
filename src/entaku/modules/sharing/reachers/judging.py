"""What one candidate may do, from what was read about the resource and the candidate. Pure functions of values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from entaku.modules.accounts import Principal, UserProfile
from entaku.modules.sharing.access.evaluation import Source, reaches
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.lists.reached import sorting_beginning
from entaku.modules.sharing.model import Terms, in_order
from entaku.modules.sharing.reachers.model import Reacher, ReachersRequest, ReachersSort
from entaku.table import fold

Place = tuple[str, str]
"""Where somebody stands in a list: what it sorts by, and the id, which makes every place another one."""


class Judging(msgspec.Struct, frozen=True):
    """What is the same for all candidates."""

    facts: Facts
    """About the resource; the person in them does not matter."""
    shared: Mapping[Principal, Terms]
    """With whom it is shared: all shares, live or not."""
    now: datetime

    def judged(self, profile: UserProfile | None) -> Reacher | None:
        """None for somebody who does not reach the resource now, or is not there."""
        if profile is None:
            return None
        facts = msgspec.structs.replace(self.facts, profile=profile, sources=(), stopping_above=())
        if not facts.is_owner:
            facts = msgspec.structs.replace(facts, sources=self._sources(profile))
        access = facts.access(self.now)
        if access.access_type is None:
            return None
        assert facts.thing is not None, "nobody reaches a resource that is not there"
        return Reacher(
            user_id=profile.user_id,
            name=profile.name,
            permissions=in_order(access.permissions),
            access_type=access.access_type,
            via=access.winning[0].principal if access.winning else None,
            granted_at=min((source.terms.granted_at for source in access.winning), default=facts.thing.begun_at),
            next_transition=facts.next_transition(self.now),
        )

    def _sources(self, profile: UserProfile) -> tuple[Source, ...]:
        return tuple(
            Source(membership, terms)
            for membership in self.facts.hierarchy.memberships(profile)
            if (terms := self.shared.get(membership.principal)) is not None and reaches(membership, terms)
        )


def is_asked_for(reacher: Reacher, request: ReachersRequest) -> bool:
    """Whether the permission and the search text let the reacher through."""
    if request.permission is not None and request.permission not in reacher.permissions:
        return False
    wanted = fold(request.q)
    return not wanted or wanted in fold(reacher.name) or wanted in fold(reacher.user_id)


def place_of(reacher: Reacher, sort: ReachersSort) -> Place:
    match sort:
        case "name":
            return sorting_beginning(fold(reacher.name)), reacher.user_id
        case "granted_at":
            return reacher.granted_at.isoformat(timespec="milliseconds"), reacher.user_id
        case "id":
            return "", reacher.user_id
