"""What one thing was at an instant, from its own records: a resource with its shares, a user, a department or group,
the policy of the tenant. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from entaku.core.clock import instant_text
from entaku.core.errors import Invalid
from entaku.modules.accounts import Department, Group, Principal, SharingPolicy, UserProfile, UserState, parse_principal
from entaku.modules.audit import AuditRecord, Target
from entaku.modules.sharing.model import Terms
from entaku.modules.sharing.shareable import Resource, ResourceState

SHARE_ACTIONS = frozenset({"share_added", "share_changed", "share_removed"})


class PastThing(msgspec.Struct, frozen=True, kw_only=True):
    """A resource as it was, and all its shares: live, future and ended ones."""

    resource: Resource
    name: str
    owner: str
    is_discoverable: bool
    state: ResourceState
    begun_at: datetime
    shares: dict[Principal, Terms]


def in_order(records: Iterable[AuditRecord]) -> list[AuditRecord]:
    """Oldest first, whatever the clock said: by version; of one version what concerns the thing itself first."""
    return sorted(records, key=lambda r: (r.target_version, r.subject is not None, r.recorded_at, r.record_id))


def until(records: Sequence[AuditRecord], at: datetime) -> Sequence[AuditRecord]:
    """Of records in order those that count at the instant: up to the first one that is later."""
    late = next((n for n, record in enumerate(records) if record.recorded_at > at), len(records))
    return records[:late]


def thing_at(resource: Resource, records: Iterable[AuditRecord], at: datetime) -> PastThing | None:
    """None if there was none. Raises Invalid where the trail of a thing that was there does not begin with it."""
    told = [r for r in in_order(records) if r.action in SHARE_ACTIONS or _is_of_thing(r, resource.kind)]
    begun: AuditRecord | None = None
    last: AuditRecord | None = None
    shares: dict[Principal, Terms] = {}
    counting = until(told, at)
    for record in counting:
        if record.action in SHARE_ACTIONS:
            principal = parse_principal(record.subject or "")
            if record.after is None:
                shares.pop(principal, None)
            else:
                shares[principal] = msgspec.convert(record.after, Terms)
            continue
        if record.before is None:
            # Whatever had the id before, this is another thing, and is shared with nobody yet.
            begun, shares = record, {}
        last = record
    if begun is None:
        _check_begins(Target(resource.kind, resource.id), told)
    if begun is None or last is None or last.after is None:
        return None
    now: dict[str, Any] = last.after
    return PastThing(
        resource=resource,
        name=now["name"],
        owner=now["owner"],
        is_discoverable=now.get("is_discoverable", False),
        state=ResourceState(now["state"]),
        begun_at=begun.recorded_at,
        shares=shares,
    )


def user_at(user_id: str, records: Iterable[AuditRecord], at: datetime) -> UserProfile | None:
    """As much of the profile as decides; None for who was not there."""
    now = _state_at(Target("user", user_id), [r for r in records if r.subject is None], at)
    if now is None:
        return None
    return UserProfile(
        user_id=user_id,
        name=now["name"],
        state=UserState(now["state"]),
        department=now.get("department"),
        role=now.get("role"),
        groups=frozenset(now.get("groups", ())),
    )


def department_at(department_id: str, records: Iterable[AuditRecord], at: datetime) -> Department | None:
    now = _state_at(Target("department", department_id), records, at)
    return None if now is None else Department(department_id=department_id, name=now["name"], parent=now.get("parent"))


def group_at(group_id: str, records: Iterable[AuditRecord], at: datetime) -> Group | None:
    now = _state_at(Target("group", group_id), records, at)
    return (
        None if now is None else Group(group_id=group_id, name=now["name"], parents=frozenset(now.get("parents", ())))
    )


def policy_at(tenant_id: str, records: Iterable[AuditRecord], at: datetime, present: SharingPolicy) -> SharingPolicy:
    """The tenant's policy, from the records of the tenant; `present` is what it is where nobody ever changed it.

    Raises Invalid for an instant before the trail begins, which is when the tenant was created.
    """
    told = [r for r in records if r.action in ("tenant_created", "sharing_policy_changed")]
    created = next((r for r in told if r.action == "tenant_created"), None)
    if created is None:
        raise Invalid(f"the trail of tenant {tenant_id!r} does not begin with it, so no instant of it can be reviewed")
    if at < created.recorded_at:
        begins_at = instant_text(created.recorded_at)
        raise Invalid(f"the trail of tenant {tenant_id!r} begins at {begins_at}; review an instant from then on")
    changes = in_order(r for r in told if r.action == "sharing_policy_changed")
    counting = until(changes, at)
    if counting:
        return SharingPolicy((counting[-1].after or {})["sharing_policy"])
    if changes:
        return SharingPolicy((changes[0].before or {})["sharing_policy"])
    return SharingPolicy((created.after or {}).get("sharing_policy", present))


def _is_of_thing(record: AuditRecord, kind: str) -> bool:
    """Whether it tells what the thing itself became, not its shares or what else is noted under it."""
    shown = record.after or record.before or {}
    return record.subject is None and record.action.startswith(f"{kind}_") and "owner" in shown


def _state_at(target: Target, records: Iterable[AuditRecord], at: datetime) -> dict[str, Any] | None:
    """What the records say the thing was: each holds all of it."""
    told = in_order(records)
    counting = until(told, at)
    if counting:
        return counting[-1].after
    _check_begins(target, told)
    return None


def _check_begins(target: Target, told: Sequence[AuditRecord]) -> None:
    """Raises Invalid if something was there before the first of its records."""
    if told and (told[0].before is not None or told[0].subject is not None):
        begins_at = instant_text(told[0].recorded_at)
        raise Invalid(
            f"{target} was there before its trail, which begins at {begins_at}, so nobody can say what it was then;"
            " review a later instant, or one person or resource that it does not concern"
        )
