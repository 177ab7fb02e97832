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
    Reads,
    UserProfile,
    UserState,
    check_description,
    check_name,
    check_version,
    individual,
    run_acting,
)
from entaku.modules.audit import Audit, AuditRecord, Target
from entaku.modules.sharing.deletion import Deletion
from entaku.modules.sharing.model import (
    Library,
    LibraryState,
    Ownership,
    PrincipalShare,
    Share,
    counted,
    library_resource,
)
from entaku.modules.sharing.rights import Standing, standing, unknown
from entaku.modules.sharing.trail import CREATED, note_library, note_share, since_creation
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
        fields: dict[str, Any] = {
            "name": check_name(new.name, f"library {library_id}"),
            "owner": owner,
            "description": check_description(new.description, f"library {library_id}"),
            "is_discoverable": new.is_discoverable,
        }

        here, owning = Library.at(library_id=library_id), UserProfile.at(user_id=owner)

        async def work(tx: Transaction, reads: Reads) -> Library:
            before = reads.find(here)
            if before is not None and not before.is_gone:
                raise Conflict(f"the library id {library_id!r} is taken; choose another")
            tx.check(_able_to_own(reads.find(owning), owner))
            await self._limits.count(tx, table, libraries=1)
            tx.create(Ownership(owner=owner, resource=library_resource(library_id)))
            if before is None:
                stored = tx.create(Library(library_id=library_id, **fields))
            else:
                over = changed(before, **fields, state=LibraryState.ACTIVE, taken_over_at=tx.now)
                stored = tx.replace(over)
            note_library(self._audit, tx, actor, CREATED, None, stored)
            return stored

        return await run_acting(
            self._table, actor, work, reading=(here, owning), answer=Library, idempotency=idempotency
        )

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
            caller.guard(tx)
            action, share = "library_changed", None
            if after.owner != before.owner:
                action = "library_transferred"
                after, share = await self._hand_over(tx, table, before, after)
            stored = tx.replace(after)
            note_library(self._audit, tx, actor, action, before, stored, reason)
            if share is not None:
                why = "the library is handed over to them"
                note_share(self._audit, tx, actor, stored, share.principal, share, None, why)
            return stored

        return await table.run(work, answer=Library, idempotency=idempotency)

    async def delete(
        self, actor: Actor, library_id: str, *, expect: int | None = None, reason: str | None = None
    ) -> None:
        """Take a library from everybody's list and close it at once, then remove its shares, some at a time.

        Raises NotFound, Forbidden, Conflict. An interrupted deletion is finished by repeating it; until then the tenant
        is counted for the library, and its id is taken.
        """
        table = self._table.for_tenant(actor.tenant_id)
        deletion = Deletion(table, self._hierarchies, self._limits, self._audit, actor, check_id(library_id, "library"))
        is_done = await table.run(lambda tx: deletion.begin(tx, expect=expect, reason=reason))
        while not is_done:
            is_done = await table.run(deletion.go_on)

    async def audit(self, actor: Actor, library_id: str, *, limit: int, after: str | None = None) -> Page[AuditRecord]:
        """What was done to a library, newest first, for its owner and administrators. Raises NotFound, Forbidden.

        Of a library that had its id before only administrators are told.
        """
        table = self._table.for_tenant(actor.tenant_id)
        target = Target("library", check_id(library_id, "library"))
        if actor.is_admin:
            if await table.find(Library.at(library_id=library_id)) is None:
                raise unknown(library_id)
            return await self._audit.list_of(table, target, limit=limit, after=after)
        (await self.get(actor, library_id)).check_manager("the audit trail")
        return since_creation(await self._audit.list_of(table, target, limit=limit, after=after))

    async def find_owned(self, actor: Actor, user_id: str) -> str | None:
        """What accounts asks before it deletes a user."""
        table = self._table.for_tenant(actor.tenant_id)
        page = await table.list(Ownership.of_owner(owner=user_id), limit=3)
        if not page.items:
            return None
        names = ", ".join(str(ownership.resource) for ownership in page.items)
        return f"user {user_id!r} owns {names}{' and more' if page.cursor else ''}; hand them over or delete them first"

    async def _hand_over(
        self, tx: Transaction, table: BoundTable, before: Library, after: Library
    ) -> tuple[Library, Share | None]:
        """Moves the ownership, and lets the new owner's own share go: an owner has everything already. The library with
        what is left of its shares, and the share that goes."""
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
            return after, None
        tx.delete(share)
        tx.delete(twin)
        counts = counted(after.share_counts, {principal.kind.value: -1})
        return changed(after, share_counts=counts), cast("Share", share)


def _able_to_own(profile: UserProfile | None, user_id: str) -> UserProfile:
    """The profile of somebody who can own things. Raises NotFound for one who is not there, or not active."""
    if profile is None or profile.state is not UserState.ACTIVE:
        raise NotFound(f"there is no active user {user_id!r} to own a library")
    return profile


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
