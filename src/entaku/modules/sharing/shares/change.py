"""One change of a resource's shares: what is asked for, decided inside a transaction, and what it comes to.

A change writes the resource (its version moves), each share with its twin, one audit record for each, what it takes to
undo it, and checks what the caller's right rested on: profile and directory.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import msgspec

from entaku.core.clock import instant_text
from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.core.ids import check_id
from entaku.modules.accounts import (
    ORGANISATION,
    Principal,
    PrincipalKind,
    UserProfile,
    UserState,
)
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.evaluation import first_lack
from entaku.modules.sharing.access.rights import Standing
from entaku.modules.sharing.lifecycle import Move, check_move
from entaku.modules.sharing.model import (
    SHARES_CHANGED_MAX,
    SHARES_OF_LIBRARY_MAX,
    Permission,
    PrincipalShare,
    Share,
    Terms,
    in_order,
)
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.sentences.reasons import ShareWarning
from entaku.modules.sharing.shareable import Resource, Shareable, recounted
from entaku.modules.sharing.shares.warnings import may_lower, warnings_of
from entaku.modules.sharing.trail import note_share
from entaku.modules.sharing.undo.model import Origin, note_part
from entaku.table import Entity, Key, Reader, Transaction, changed


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A share to add, or to change."""

    principal: Principal
    permissions: frozenset[Permission] = frozenset({Permission.READ})
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    include_children: bool = True


class ShareOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of shares came to."""

    resource: Resource
    version: int
    """Of the resource, after the change."""
    added: tuple[Principal, ...] = ()
    changed: tuple[Principal, ...] = ()
    removed: tuple[Principal, ...] = ()
    unchanged: tuple[Principal, ...] = ()
    """Asked for, and so already."""
    warnings: tuple[ShareWarning, ...] = ()
    """What the caller may not have meant, such as a share that lowers somebody. Words are for whoever shows them."""
    change_id: str | None = None
    """By which the change is undone; None where nothing was changed."""


def check_request(add: Sequence[Grant], remove: Sequence[Principal]) -> None:
    """What can be said of a change without reading anything. Raises Invalid."""
    principals = [*(grant.principal for grant in add), *remove]
    if not principals:
        raise Invalid(f"the change names no share; name 1 to {SHARES_CHANGED_MAX} to add or remove")
    if len(principals) > SHARES_CHANGED_MAX:
        raise Invalid(f"a change holds 1 to {SHARES_CHANGED_MAX} shares, not {len(principals)}; send it in parts")
    twice = next((p for n, p in enumerate(principals) if p in principals[:n]), None)
    if twice is not None:
        raise Invalid(f"{twice} occurs twice in one change; name it once")
    for principal in principals:
        if principal.kind is PrincipalKind.ORGANISATION and principal != ORGANISATION:
            raise Invalid(f"a tenant has one organisation, and its id is {ORGANISATION.id!r}")
        check_id(principal.id, principal.kind.value)
    for grant in add:
        if Permission.READ not in grant.permissions:
            raise Invalid(f"the share with {grant.principal} grants no `read`; every share does")
        for name, instant in (("starts_at", grant.starts_at), ("expires_at", grant.expires_at)):
            if instant is not None and instant.tzinfo is None:
                raise Invalid(f"{name} {instant.isoformat()} has no time zone; add Z or an offset")
        starts_at, expires_at = _to_ms(grant.starts_at), _to_ms(grant.expires_at)
        if starts_at is not None and expires_at is not None and expires_at <= starts_at:
            raise Invalid(f"the share with {grant.principal} would end before it starts")


class Change:
    """One change of a resource's shares inside one transaction."""

    def __init__(
        self,
        tx: Transaction,
        table: Reader,
        caller: Standing[Shareable],
        audit: Audit,
        pendings: Pendings,
        may_replace: bool,
        reason: str | None,
        origin: Origin,
    ) -> None:
        self._origin = origin
        self._tx, self._table, self._caller, self._audit = tx, table, caller, audit
        self._pendings, self._may_replace, self._reason = pendings, may_replace, reason
        self._thing, self._resource = caller.thing, caller.thing.resource
        self._done: dict[str, list[Principal]] = {"added": [], "changed": [], "removed": [], "unchanged": []}
        self._notes: list[tuple[Principal, Share | None, Share | None]] = []
        self._people: dict[str, UserProfile] = {}
        self._deltas: dict[str, int] = {}

    async def apply(self, add: Sequence[Grant], remove: Sequence[Principal]) -> ShareOutcome:
        """Adds the writes to the transaction and says what they come to."""
        added = [grant.principal for grant in add]
        present = await self._present([*added, *remove], added)
        for grant in add:
            self._add(grant, present.get(grant.principal))
        for principal in remove:
            self._remove(principal, present.get(principal))
        version = self._finish()
        return ShareOutcome(
            resource=self._resource,
            version=version,
            **{name: tuple(principals) for name, principals in self._done.items()},
            warnings=await self._warnings([*added, *remove]),
            change_id=self._origin.change_id if self._notes else None,
        )

    async def _present(
        self, principals: Sequence[Principal], added: Sequence[Principal]
    ) -> dict[Principal, tuple[Share, PrincipalShare]]:
        """The shares there are with these principals, read in one call with the people to be added."""
        resource = self._resource
        people = [p for p in added if p.kind is PrincipalKind.INDIVIDUAL]
        keys = [
            *(Share.at(resource=resource, principal=p) for p in principals),
            *(PrincipalShare.at(principal=p, resource=resource) for p in principals),
            *(UserProfile.at(user_id=p.id) for p in people),
        ]
        found = await self._table.find_many(cast("list[Key[Entity]]", keys))
        shares = cast("list[Share | None]", found[: len(principals)])
        twins = cast("list[PrincipalShare | None]", found[len(principals) : 2 * len(principals)])
        profiles = cast("list[UserProfile | None]", found[2 * len(principals) :])
        self._people = {profile.user_id: profile for profile in profiles if profile is not None}
        self._check_principals(added)
        return {p: (s, t) for p, s, t in zip(principals, shares, twins, strict=True) if s and t}

    def _check_principals(self, added: Sequence[Principal]) -> None:
        """Raises NotFound for a principal that is not there. What was found must still be there at the commit."""
        for principal in added:
            match principal.kind:
                case PrincipalKind.ORGANISATION:
                    pass
                case PrincipalKind.INDIVIDUAL:
                    profile = self._people.get(principal.id)
                    if principal.id == self._thing.owner:
                        raise Conflict(
                            f"{principal.id!r} owns the {self._resource.kind} and has every permission already"
                        )
                    if profile is None or profile.state is UserState.DELETING:
                        raise NotFound(f"there is no user {principal.id!r} to share with")
                    if principal.id != self._caller.actor.user_id:
                        self._tx.check(profile)
                case _:
                    self._caller.facts.hierarchy.usable(principal)

    async def _warnings(self, touched: Sequence[Principal]) -> tuple[ShareWarning, ...]:
        """What the caller may not have meant. The other shares are read only where one of them could be outranked."""
        written = [after for _, _, after in self._notes if after is not None]
        others: list[Share] = []
        if may_lower(written, self._caller):
            query = Share.of_resource(resource=self._resource)
            (others,) = await self._table.list_all(query, at_most=SHARES_OF_LIBRARY_MAX)
        kept = [share for share in others if share.principal not in touched]
        return warnings_of(written, kept, self._people, self._caller, self._tx.now)

    def _add(self, grant: Grant, present: tuple[Share, PrincipalShare] | None) -> None:
        terms = self._terms(grant)
        if present is None:
            check_move(Move.SHARE, self._thing)
            self._check_delegation(grant)
            share = self._tx.create(Share(resource=self._resource, principal=grant.principal, terms=terms))
            self._tx.create(PrincipalShare(principal=grant.principal, resource=self._resource, terms=terms))
            self._count(grant.principal, 1)
            self._done["added"].append(grant.principal)
            self._notes.append((grant.principal, None, share))
            return
        share, twin = present
        is_the_same = share.terms.grants_the_same(terms)
        # What a delegate passed on lowers nobody; the same from who manages the resource does.
        if is_the_same and not (share.terms.is_delegated and self._caller.is_manager):
            self._done["unchanged"].append(grant.principal)
            return
        check_move(Move.SHARE, self._thing)
        self._check_delegation(grant)
        # One that has ended stays only to be shown: in its place anybody who may share shares anew.
        is_over = share.terms.has_ended(self._tx.now)
        if not is_over:
            self._check_own(share)
        if not is_over and not self._may_replace:
            how = f"passed on by {share.terms.granted_by!r}" if is_the_same else "on other terms"
            raise Conflict(
                f"the {self._resource.kind} is shared with {grant.principal} already, {how}; to change that, say which"
                f' version of it you have seen (If-Match: "{self._thing.version}")',
                current_version=self._thing.version,
            )
        following = self._tx.replace(changed(share, terms=terms))
        self._tx.replace(changed(twin, terms=terms))
        self._done["changed"].append(grant.principal)
        self._notes.append((grant.principal, share, following))

    def _remove(self, principal: Principal, present: tuple[Share, PrincipalShare] | None) -> None:
        if present is None:
            self._done["unchanged"].append(principal)
            return
        share, twin = present
        self._check_own(share)
        self._tx.delete(share)
        self._tx.delete(twin)
        self._count(principal, -1)
        self._done["removed"].append(principal)
        self._notes.append((principal, share, None))

    def _finish(self) -> int:
        """The resource's new version, the audit records, and the checks that what was decided is still true."""
        if not self._notes:
            return self._thing.version
        count = sum(self._thing.share_counts.values()) + sum(self._deltas.values())
        if count > SHARES_OF_LIBRARY_MAX and sum(self._deltas.values()) > 0:
            raise Limited(
                f"the {self._resource.kind} would have {count} shares and may have {SHARES_OF_LIBRARY_MAX}; share it"
                " with a group"
            )
        stored = self._tx.replace(recounted(self._thing, self._deltas))
        self._pendings.shares_changed(self._tx, self._resource, [principal for principal, _, _ in self._notes])
        change_id, cause = self._origin.change_id, self._origin.cause
        records = [
            note_share(
                *(self._audit, self._tx, self._caller.actor, stored, principal, before, after, self._reason),
                change_id=change_id,
                cause=cause,
            )
            for principal, before, after in self._notes
        ]
        note_part(self._tx, self._origin, stored, records)
        self._tx.check(self._caller.facts.directory)
        self._caller.guard(self._tx)
        return stored.version

    def _terms(self, grant: Grant) -> Terms:
        actor, now = self._caller.actor, self._tx.now
        return terms_of(grant, granted_by=actor.user_id, granted_at=now, is_delegated=not self._caller.is_manager)

    def _check_delegation(self, grant: Grant) -> None:
        """A holder of `share` grants at most its own permissions, and no longer than it has them itself."""
        if self._caller.is_manager:
            return
        lacking = in_order(grant.permissions - self._caller.access.permissions)
        if lacking:
            raise Forbidden(f"you cannot grant {', '.join(lacking)}, which you do not have yourself")
        facts = self._caller.facts
        end = first_lack(facts.sources, grant.permissions | {Permission.SHARE}, now=self._tx.now, policy=facts.policy)
        expires_at = _to_ms(grant.expires_at)
        if end is not None and (expires_at is None or expires_at > end):
            raise Forbidden(f"your own access changes at {instant_text(end)}; end the share by then with expires_at")

    def _check_own(self, share: Share) -> None:
        """Only the owner and administrators touch the shares of others."""
        if self._caller.is_manager:
            return
        by, principal, profile = share.terms.granted_by, share.principal, self._caller.facts.profile
        if by != self._caller.actor.user_id:
            raise Forbidden(f"the share with {principal} was granted by {by!r}; ask them or the owner")
        if profile is not None and share.terms.granted_at < profile.created_at:
            raise Forbidden(f"the share with {principal} was granted by an earlier {by!r}; ask the owner")
        if not share.terms.is_delegated:
            # It outranks others, so removing it could give somebody more than the caller has.
            raise Forbidden(
                f"the share with {principal} is from when you managed the {self._resource.kind}; ask the owner"
            )

    def _count(self, principal: Principal, delta: int) -> None:
        self._deltas[principal.kind.value] = self._deltas.get(principal.kind.value, 0) + delta


def terms_of(grant: Grant, *, granted_by: str, granted_at: datetime, is_delegated: bool) -> Terms:
    """The terms that a share has by this grant."""
    return Terms(
        permissions=grant.permissions,
        starts_at=_to_ms(grant.starts_at),
        expires_at=_to_ms(grant.expires_at),
        # Of any other principal it says nothing, and must not make two shares that grant the same differ.
        include_children=grant.include_children or grant.principal.kind is not PrincipalKind.DEPARTMENT,
        granted_by=granted_by,
        granted_at=granted_at,
        is_delegated=is_delegated,
    )


def _to_ms(instant: datetime | None) -> datetime | None:
    """Cut to milliseconds, the finest time a share has, and in UTC: two times of one zone are compared by what its
    clocks show, and where these are put back an hour shows twice."""
    if instant is None:
        return None
    try:
        return instant.astimezone(UTC).replace(microsecond=instant.microsecond // 1000 * 1000)
    except OverflowError as error:
        raise Invalid(f"{instant.isoformat()} is in no year from 1 to 9999 in UTC; name another instant") from error
