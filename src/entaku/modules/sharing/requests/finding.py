"""A request found by its id, with what there is of whom and what it is about."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from entaku.core.context import Actor
from entaku.modules.accounts import UserProfile
from entaku.modules.sharing.requests.model import AccessRequest, RequestPlace
from entaku.modules.sharing.requests.views import is_still_theirs
from entaku.modules.sharing.shareable import ResourceKinds, Shareable
from entaku.table import Key, Reader


class Kept(msgspec.Struct, frozen=True):
    """A request and what it is about, as far as that is there."""

    request: AccessRequest
    asker: UserProfile | None
    thing: Shareable | None

    def is_asked_by(self, actor: Actor) -> bool:
        """Whether it is the caller who asked: a user of the tenant, and not a later one of the same id."""
        is_own = actor.is_user and is_at_home(actor) and actor.user_id == self.request.user_id
        return is_own and is_still_theirs(self.request, self.asker)


async def find_kept(table: Reader, kinds: ResourceKinds, place: RequestPlace) -> Kept | None:
    """The request at that place; None where it is another by now. One call, whatever it is about."""
    kind = kinds.find(place.resource.kind)
    keys: list[Key[Any]] = [
        AccessRequest.at(user_id=place.user_id, resource=place.resource),
        UserProfile.at(user_id=place.user_id),
    ]
    if kind is not None:
        keys.append(kind.at(place.resource.id))
    request, asker, *things = await table.find_many(keys)
    if request is None or cast("AccessRequest", request).request_id != place.request_id:
        return None
    return Kept(request, asker, things[0] if things else None)


def is_at_home(actor: Actor) -> bool:
    """Whether the caller is a user of the tenant that is acted in."""
    return actor.home_tenant_id in (None, actor.tenant_id)
