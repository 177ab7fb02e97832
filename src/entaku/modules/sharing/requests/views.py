"""What of a request is shown to whom. Pure functions of values.

To who asked for something they may not know of: only what they typed, and that it is pending, until it ends by itself.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import NotFound
from entaku.core.ids import shown
from entaku.modules.accounts import UserProfile, UserState
from entaku.modules.sharing.access.rights import manages, may_know
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.model import Permission, in_order
from entaku.modules.sharing.requests.model import AccessRequest, RequestState, Wanted
from entaku.modules.sharing.shareable import Resource


class AccessRequestView(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as far as its reader may know of it."""

    request_id: str | None
    """None where nothing was asked for that is not there already."""
    resource: Resource
    name: str | None = None
    """Of the resource; None where the reader may not know of it."""
    user_id: str
    user_name: str | None = None
    """Told to whoever decides."""
    state: RequestState
    permissions: tuple[Permission, ...]
    message: str | None
    expires_at: datetime | None
    """Until when the access is wanted."""
    asked_at: datetime
    open_until: datetime | None
    """When the request ends by itself."""
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    change_id: str | None = None
    """Of the share that was made, by which it is undone."""


class RequestsPage(msgspec.Struct, frozen=True):
    """Some requests. A page may be short; only a missing cursor means the end."""

    items: tuple[AccessRequestView, ...]
    cursor: str | None


def as_typed(request: AccessRequest) -> AccessRequestView:
    """What is told of a request whatever has become of it."""
    return AccessRequestView(
        request_id=request.request_id,
        resource=request.resource,
        user_id=request.user_id,
        state=RequestState.PENDING,
        permissions=in_order(request.wanted.permissions),
        message=request.wanted.message,
        expires_at=request.wanted.expires_at,
        asked_at=request.asked_at,
        open_until=request.open_until,
    )


def not_needed(user_id: str, resource: Resource, wanted: Wanted, now: datetime) -> AccessRequestView:
    """What somebody hears who has the access already."""
    return AccessRequestView(
        request_id=None,
        resource=resource,
        user_id=user_id,
        state=RequestState.NOT_NEEDED,
        permissions=in_order(wanted.permissions),
        message=wanted.message,
        expires_at=wanted.expires_at,
        asked_at=now,
        open_until=None,
    )


def for_asker(request: AccessRequest, actor: Actor, facts: Facts | None, now: datetime) -> AccessRequestView:
    """To who asked, about whom and the resource the facts are."""
    if facts is None or facts.thing is None or not may_know(actor, facts, now):
        return as_typed(request)
    if request.thing_since != facts.thing.begun_at:
        return as_typed(request)
    view = _whole(request, facts.thing.name)
    if facts.is_owner and request.decision is None:
        return msgspec.structs.replace(view, state=RequestState.NOT_NEEDED)
    return view


def for_decider(request: AccessRequest, facts: Facts, asker: UserProfile) -> AccessRequestView:
    """To whoever may decide it."""
    assert facts.thing is not None, "who may decide has read what it is about"
    return msgspec.structs.replace(_whole(request, facts.thing.name), user_name=asker.name)


def _whole(request: AccessRequest, name: str) -> AccessRequestView:
    view = msgspec.structs.replace(as_typed(request), name=name)
    decision = request.decision
    if decision is None:
        return view
    return msgspec.structs.replace(
        view,
        state=decision.state,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        reason=decision.reason,
        change_id=decision.change_id,
    )


def is_still_theirs(request: AccessRequest, profile: UserProfile | None) -> bool:
    """Whether the request is of this very user, and not of one who had the id before."""
    return profile is not None and profile.created_at == request.user_since


def may_decide(request: AccessRequest, actor: Actor, facts: Facts, asker: UserProfile | None, now: datetime) -> bool:
    """Whether the caller, about whom and the resource the facts are, sees the request and may answer it: who manages
    the resource, and holders of `share` who have what is wanted. What it is about and who asked must still be there,
    and who asked has not come to own it."""
    is_there = asker is not None and asker.state is UserState.ACTIVE and is_still_theirs(request, asker)
    return is_there and may_answer(request, actor, facts, now)


def may_answer(request: AccessRequest, actor: Actor, facts: Facts, now: datetime) -> bool:
    """The same, if who asked is still there."""
    thing = facts.thing
    if thing is None or not thing.is_open or thing.begun_at != request.thing_since:
        return False
    if thing.owner == request.user_id:
        return False
    return manages(actor, facts) or request.wanted.permissions | {Permission.SHARE} <= facts.access(now).permissions


def unknown_request(request_id: str) -> NotFound:
    """What somebody hears of a request that is not there, or not for them."""
    return NotFound(f"there is no request {shown(request_id)}")
