"""Libraries: created, found, renamed, handed over, deleted."""

from __future__ import annotations

import secrets
from typing import Any, cast

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, NotFound
from entaku.core.ids import Randomness, check_id, new_id
from entaku.modules.accounts import (
    Hierarchies,
    Limits,
    UserProfile,
    UserState,
    check_description,
    check_name,
    check_version,
    individual,
)
from entaku.modules.audit import Audit, AuditRecord, Target
from entaku.modules.sharing.model import (
    Library,
    LibraryState,
    Ownership,
    PrincipalShare,
    Share,
)
from entaku.modules.sharing.rights import Standing, standing, unknown
from entaku.table import BoundTable, Entity, IdempotencyKey, Key, Page, Table, Transaction, changed


class NewLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """A library to create."""

    name: str
    library_id: str | None = None
    """By default a new id."""
    owner: str | None = None
    """By default the caller; administrators may name another user."""
    description: str = ""
    is_discoverable: bool = False


class LibraryChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a library; what is unset stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    is_discoverable: bool | msgspec.UnsetType = msgspec.UNSET
    owner: str | msgspec.UnsetType = msgspec.UNSET
    """Hands the library over. The new owner's own share is absorbed, the old owner keeps nothing."""


class Libraries:
    """The libraries of each tenant."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        limits: Limits,
        audit: Audit,
        clock: Clock,
        randomness: Randomness = secrets.token_bytes,
    ) -> None:
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._clock, self._randomness = clock, randomness

    async def create(self, actor: Actor, new: NewLibrary, *, idempotency: IdempotencyKey | None = None) -> Library:
        """Anybody may create a library of their own. Raises Invalid, Forbidden, NotFound for an owner who is not there,
        Limited, Conflict for an id that is taken: in the same words whatever has it, known to the caller or not.
        """
        table = self._table.for_tenant(actor.tenant_id)
        owner = check_id(new.owner or actor.user_id, "user")
        if owner != actor.user_id and not actor.is_admin:
            raise Forbidden("only tenant administrators create libraries for others")
        library_id = check_id(new.library_id or new_id(self._clock.now(), self._randomness), "library")
        library = Library(
            library_id=library_id,
            name=check_name(new.name, f"library {library_id}"),
            owner=owner,
            description=check_description(new.description, f"library {library_id}"),
            is_discoverable=new.is_discoverable,
        )

        async def work(tx: Transaction) -> Library:
            keys = (Library.at(library_id=library_id), UserProfile.at(user_id=owner))
            taken, profile = await table.find_many(cast("list[Key[Entity]]", keys))
            if taken is not None:
                raise Conflict(f"the library id {library_id!r} is taken; choose another")
            tx.check(_able_to_own(cast("UserProfile | None", profile), owner))
            await self._limits.count(tx, table, libraries=1)
            tx.create(Ownership(owner=owner, resource=library.resource))
            stored = tx.create(library)
            self._note(tx, actor, "library_created", None, stored)
            return stored

        return await table.run(work, answer=Library, idempotency=idempotency)

    async def get(self, actor: Actor, library_id: str) -> Standing:
        """The library and how the caller stands to it. Raises NotFound."""
        table = self._table.for_tenant(actor.tenant_id)
        return await standing(table, self._hierarchies, actor, library_id, self._clock.now())

    async def list(self, actor: Actor, *, limit: int, after: str | None = None, q: str | None = None) -> Page[Library]:
        """All libraries of the tenant by name, for administrators; with `q` those whose name or id contains it."""
        if not actor.is_admin:
            raise Forbidden(
                f"all libraries are listed for administrators; yours are at /api/users/{actor.user_id}/libraries"
            )
        table = self._table.for_tenant(actor.tenant_id)
        return await table.search(Library.by_name(), q or "", texts=_searched, limit=limit, after=after)

    async def change(
        self,
        actor: Actor,
        library_id: str,
        change: LibraryChange,
        *,
        expect: int | None = None,
        reason: str | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> Library:
        """Rename, describe, make discoverable, hand over. Changing nothing writes nothing. Safe to repeat.

        Raises NotFound, Forbidden, Invalid, Conflict when the version moved.
        """
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> Library:
            caller = await self.get(actor, library_id)
            caller.check_manager("changing a library")
            before = caller.library
            check_version(before.version, expect, f"library {library_id!r}")
            after = changed(before, **_fields(change))
            if after == before:
                return before
            _check_right(tx, caller)
            if after.owner != before.owner:
                after = await self._hand_over(tx, table, actor, before, after)
            stored = tx.replace(after)
            action = "library_changed" if after.owner == before.owner else "library_transferred"
            self._note(tx, actor, action, before, stored, reason)
            return stored

        return await table.run(work, answer=Library, idempotency=idempotency)

    async def delete(
        self, actor: Actor, library_id: str, *, expect: int | None = None, reason: str | None = None
    ) -> None:
        """Take a library from everybody's list and close it. Raises NotFound, Forbidden, Conflict."""
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> None:
            caller = await self.get(actor, library_id)
            caller.check_manager("deleting a library")
            before = caller.library
            check_version(before.version, expect, f"library {library_id!r}")
            _check_right(tx, caller)
            await self._limits.count(tx, table, libraries=-1)
            ownership = await table.find(Ownership.at(owner=before.owner, resource=before.resource))
            if ownership is not None:
                tx.delete(ownership)
            stored = tx.replace(changed(before, state=LibraryState.DELETED))
            self._note(tx, actor, "library_deleted", before, stored, reason)

        await table.run(work)

    async def audit(self, actor: Actor, library_id: str, *, limit: int, after: str | None = None) -> Page[AuditRecord]:
        """What was done to a library, newest first, for its owner and administrators. Raises NotFound, Forbidden."""
        table = self._table.for_tenant(actor.tenant_id)
        target = Target("library", check_id(library_id, "library"))
        if actor.is_admin:
            if await table.find(Library.at(library_id=library_id)) is None:
                raise unknown(library_id)
        else:
            (await self.get(actor, library_id)).check_manager("the audit trail")
        return await self._audit.list_of(table, target, limit=limit, after=after)

    async def find_owned(self, actor: Actor, user_id: str) -> str | None:
        """What accounts asks before it deletes a user."""
        table = self._table.for_tenant(actor.tenant_id)
        page = await table.list(Ownership.of_owner(owner=user_id), limit=3)
        if not page.items:
            return None
        names = ", ".join(str(ownership.resource) for ownership in page.items)
        return f"user {user_id!r} owns {names}{' and more' if page.cursor else ''}; hand them over or delete them first"

    async def _hand_over(
        self, tx: Transaction, table: BoundTable, actor: Actor, before: Library, after: Library
    ) -> Library:
        """Moves the ownership, and lets the new owner's own share go: an owner has everything already."""
        resource, principal = before.resource, individual(after.owner)
        keys = (
            UserProfile.at(user_id=after.owner),
            Ownership.at(owner=before.owner, resource=resource),
            Share.at(resource=resource, principal=principal),
            PrincipalShare.at(principal=principal, resource=resource),
        )
        profile, old, share, twin = await table.find_many(cast("list[Key[Entity]]", keys))
        tx.check(_able_to_own(cast("UserProfile | None", profile), after.owner))
        if old is not None:
            tx.delete(old)
        tx.create(Ownership(owner=after.owner, resource=resource))
        if share is None or twin is None:
            return after
        tx.delete(share)
        tx.delete(twin)
        self._audit.record(
            tx,
            actor,
            "share_removed",
            Target("library", after.library_id),
            subject=str(principal),
            before=msgspec.to_builtins(cast("Share", share).terms, order="deterministic"),
            reason="the library is handed over to them",
            target_version=before.version + 1,
        )
        return changed(after, share_counts=counted(after.share_counts, {principal.kind.value: -1}))

    def _note(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        before: Library | None,
        after: Library,
        reason: str | None = None,
    ) -> None:
        self._audit.record(
            tx,
            actor,
            action,
            Target("library", after.library_id),
            before=None if before is None else _shown(before),
            after=_shown(after),
            reason=reason,
            target_version=after.version,
        )


def _able_to_own(profile: UserProfile | None, user_id: str) -> UserProfile:
    """The profile of somebody who can own things. Raises NotFound for one who is not there, or not active."""
    if profile is None or profile.state is not UserState.ACTIVE:
        raise NotFound(f"there is no active user {user_id!r} to own a library")
    return profile


def counted(counts: dict[str, int], deltas: dict[str, int]) -> dict[str, int]:
    """The counts with the deltas; what comes to nothing is left out."""
    sums = {kind: counts.get(kind, 0) + deltas.get(kind, 0) for kind in sorted(counts.keys() | deltas.keys())}
    return {kind: count for kind, count in sums.items() if count > 0}


def _check_right(tx: Transaction, caller: Standing) -> None:
    """Lets the change commit only if the caller is still who they were: an owner by the library's version, which the
    change expects anyway, and by the profile, which must not have been deactivated meanwhile."""
    if caller.facts.profile is not None:
        tx.check(caller.facts.profile)


def _fields(change: LibraryChange) -> dict[str, Any]:
    """The fields that the change sets. Raises Invalid for values that no library can have."""
    fields: dict[str, Any] = {}
    if change.name is not msgspec.UNSET:
        fields["name"] = check_name(change.name, "the library")
    if change.description is not msgspec.UNSET:
        fields["description"] = check_description(change.description, "the library")
    if change.is_discoverable is not msgspec.UNSET:
        fields["is_discoverable"] = change.is_discoverable
    if change.owner is not msgspec.UNSET:
        fields["owner"] = check_id(change.owner, "user")
    return fields


def _searched(library: Library) -> tuple[str, ...]:
    """What a search of libraries looks through; nothing of a deleted one, which no list shows."""
    return (library.name, library.library_id) if library.state is LibraryState.ACTIVE else ()


def _shown(library: Library) -> dict[str, Any]:
    """The library as the audit trail keeps it."""
    names = ("name", "owner", "description", "is_discoverable", "state")
    return {name: msgspec.to_builtins(getattr(library, name)) for name in names}
