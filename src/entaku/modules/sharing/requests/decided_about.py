"""What somebody may decide about who is no administrator: what they own, and what they may pass on by a live share.

Whoever looks through all that waits in the tenant learns how much that is. So this is looked up first, and then only
what waits for these resources. Where it is too much for one call, None says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from entaku.core.context import Actor
from entaku.core.errors import Limited
from entaku.modules.accounts import Directory, Hierarchies, UserProfile, check_acting
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.model import Ownership, Permission, PrincipalShare
from entaku.modules.sharing.requests.model import (
    RESOURCES_DECIDED_MAX,
    SHARES_LOOKED_AT_MAX,
    WAITING_OF_RESOURCE_MAX,
    AccessRequest,
)
from entaku.modules.sharing.requests.views import may_answer
from entaku.modules.sharing.shareable import Resource
from entaku.table import Key, Reader


async def decided_about(
    table: Reader, hierarchies: Hierarchies, actor: Actor, now: datetime
) -> frozenset[Resource] | None:
    """The resources. A call for the caller, one for every 200 that they own and one for every 200 shares of the largest
    of their principals; None for more than can be looked through."""
    keys: list[Key[Any]] = [UserProfile.at(user_id=actor.user_id), Directory.at()]
    profile, directory = cast("tuple[UserProfile | None, Directory | None]", tuple(await table.find_many(keys)))
    check_acting(actor, profile)
    if profile is None:
        return frozenset()
    _, hierarchy = await hierarchies.with_version(table, directory)
    principals = [membership.principal for membership in hierarchy.memberships(profile)]
    shared_with = (PrincipalShare.of_principal(principal=principal) for principal in principals)
    try:
        (owned,) = await table.list_all(Ownership.of_owner(owner=actor.user_id), at_most=RESOURCES_DECIDED_MAX)
        shares = await table.list_all(*shared_with, at_most=SHARES_LOOKED_AT_MAX)
    except Limited:
        return None
    found = {each.resource for each in owned}
    for of_one in shares:
        passing_on = (each for each in of_one if Permission.SHARE in each.terms.permissions)
        found.update(each.resource for each in passing_on if each.terms.is_live(now))
    return frozenset(found) if len(found) <= RESOURCES_DECIDED_MAX else None


async def waiting_for(
    table: Reader, actor: Actor, facts: Mapping[Resource, Facts], now: datetime
) -> list[AccessRequest] | None:
    """Everything that waits for these resources and that the caller, whom the facts are about, may answer; oldest
    first. One call; None for more than can be looked through."""
    queries = (
        AccessRequest.of_resource(resource=resource, waits_since=each.thing.begun_at)
        for resource, each in facts.items()
        if each.thing is not None and each.thing.is_open
    )
    try:
        found = await table.list_all(*queries, at_most=WAITING_OF_RESOURCE_MAX)
    except Limited:
        return None
    waiting = (request for of_one in found for request in of_one)
    return in_turn(each for each in waiting if may_answer(each, actor, facts[each.resource], now))


def in_turn(requests: Iterable[AccessRequest]) -> list[AccessRequest]:
    """The oldest first; of two that were asked at once, by id."""
    return sorted(requests, key=place_of)


def place_of(request: AccessRequest) -> str:
    """Where the request stands among those that wait."""
    return f"{request.asked_at.isoformat(timespec='milliseconds')} {request.request_id}"
