"""What a row is, worked out from facts, and what a change of it announces. Pure functions of values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from entaku.modules.accounts import ORGANISATION, Principal, UserState
from entaku.modules.sharing.access.evaluation import Access, Source, evaluate, left_of, next_transition
from entaku.modules.sharing.access.truth import Facts, Pair
from entaku.modules.sharing.model import in_order
from entaku.modules.sharing.rows.model import TOMBSTONES_KEPT, AccessRow, RowSource, RowThing, Told
from entaku.modules.sharing.shareable import Resource, Shareable
from entaku.table import changed


class AccessNotice(msgspec.Struct, frozen=True, kw_only=True):
    """That the effective access of a user has changed: what is announced to whoever listens for that user."""

    action: Literal["added", "removed", "updated"]
    user_id: str
    resource: Resource
    before: Told | None
    after: Told | None


def is_by_reference(principal: Principal, by_reference: frozenset[Principal]) -> bool:
    """Whether the principal has no rows. The organisation never has: everybody would have one of each."""
    return principal == ORGANISATION or principal in by_reference


def row_of(
    pair: Pair, facts: Facts, by_reference: frozenset[Principal], before: AccessRow | None, now: datetime
) -> AccessRow | None:
    """The row as it must be: `before` itself where nothing differs but the versions, which alone are no reason to write
    it again; None where there is none and need be none.

    An access that was lost leaves a tombstone. A pair that never had a row and reaches nothing gets none.
    """
    own = own_sources(facts, by_reference)
    is_reached = facts.thing is not None and facts.thing.is_open and (facts.is_owner or bool(own))
    if facts.profile is None or not is_reached:
        return None if before is None else _lost(before, facts, now)
    assert facts.thing is not None
    told = told_of(facts.access(now))
    if before is None or before.is_tombstone:
        at_first = _by_reference_only(facts, by_reference, now)
    else:
        at_first = before.told_at_first
    fields: dict[str, Any] = {
        "thing": row_thing(facts.thing),
        "sources": tuple(RowSource(source.principal, source.terms) for source in own),
        "next_transition": next_transition(facts.sources, after=now),
        "told": told,
        "told_at_first": at_first,
        "expires_at": None,
    }
    if before is not None and is_the_same(before, fields):
        return before
    if before is not None:
        return changed(before, **fields, **versions_of(facts, before))
    return AccessRow(user_id=pair.user_id, resource=pair.resource, **fields, **versions_of(facts, None))


def own_sources(facts: Facts, by_reference: frozenset[Principal]) -> tuple[Source, ...]:
    """The sources that belong into the row."""
    return tuple(s for s in facts.sources if not is_by_reference(s.principal, by_reference))


def row_thing(thing: Shareable) -> RowThing:
    return RowThing(
        name=thing.name,
        owner=thing.owner,
        begun_at=thing.begun_at,
        is_discoverable=thing.is_discoverable,
        state=thing.state,
    )


def told_of(access: Access) -> Told | None:
    if access.access_type is None:
        return None
    return Told(in_order(access.permissions), access.access_type)


def is_the_same(row: AccessRow, fields: Mapping[str, object]) -> bool:
    return all(getattr(row, name) == value for name, value in fields.items())


def versions_of(facts: Facts, before: AccessRow | None) -> dict[str, Any]:
    """The three versions. Of what is gone the one that the row knew: it has none any more."""
    return {
        "thing_version": before.thing_version if facts.thing is None and before else _version(facts.thing),
        "user_version": before.user_version if facts.profile is None and before else _version(facts.profile),
        "directory_version": facts.directory.version,
    }


def notice_of(old: AccessRow | None, new: AccessRow | None) -> AccessNotice | None:
    """What a change of a row announces; None where nothing changed for the user, as when a tombstone goes.

    Of a pair without a row nobody is told by rows: what is by reference may have changed meanwhile, so a row that comes
    back begins as a new one does.
    """
    if new is None:
        return None
    before = new.told_at_first if old is None or old.is_tombstone else old.told
    if before == new.told:
        return None
    action = "added" if before is None else "removed" if new.told is None else "updated"
    return AccessNotice(action=action, user_id=new.user_id, resource=new.resource, before=before, after=new.told)


def _lost(before: AccessRow, facts: Facts, now: datetime) -> AccessRow:
    """The tombstone. It may tell of an access that is left: one that is by reference."""
    if before.is_tombstone:
        return before
    told = None if facts.profile is None else told_of(facts.access(now))
    return changed(
        before,
        sources=(),
        next_transition=None,
        told=told,
        expires_at=now + TOMBSTONES_KEPT,
        **versions_of(facts, before),
    )


def _by_reference_only(facts: Facts, by_reference: frozenset[Principal], now: datetime) -> Told | None:
    """What the user had without the row. An owner had nothing that was by reference."""
    if facts.thing is None or facts.is_owner or facts.profile is None or facts.profile.state is not UserState.ACTIVE:
        return None
    sources = [s for s in facts.sources if is_by_reference(s.principal, by_reference)]
    return told_of(left_of(evaluate(sources, now=now, policy=facts.policy), facts.thing.state))


def _version(entity: Shareable | object | None) -> int:
    return 0 if entity is None else int(getattr(entity, "version", 0))
