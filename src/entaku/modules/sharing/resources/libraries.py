"""Libraries: created, found, renamed, handed over, archived, deleted, brought back. Resources whose kind comes with the
module."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Literal, TypeAlias, Unpack

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.core.ids import Randomness, check_id, new_id
from entaku.modules.accounts import Hierarchies, Limits, check_description, check_name
from entaku.modules.audit import Audit, AuditRecord
from entaku.modules.sharing.access.rights import Standing
from entaku.modules.sharing.lifecycle import OPEN
from entaku.modules.sharing.model import Library, Ownership, Permission
from entaku.modules.sharing.resources.service import Resources
from entaku.modules.sharing.retention.asked import Asked
from entaku.modules.sharing.retention.purging import Purging
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import ResourceKind, ResourceState
from entaku.table import IdempotencyKey, Page, Table, changed

ListedState: TypeAlias = Literal["active", "archived", "deleted"]
"""What lists of all libraries can be asked for; what is being removed for good is in none."""


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
        kind: ResourceKind[Library],
        pendings: Pendings,
        purging: Purging,
        kept: timedelta,
        randomness: Randomness = secrets.token_bytes,
    ) -> None:
        self._table, self._clock, self._randomness = table, clock, randomness
        self._resources = Resources(table, hierarchies, limits, audit, clock, kind, pendings, purging, kept)

    async def create(self, actor: Actor, new: NewLibrary, *, idempotency: IdempotencyKey | None = None) -> Library:
        """As `Resources.create`; without an id it gets a new one, without an owner it is the caller's."""
        library_id = check_id(new.library_id or new_id(self._clock.now(), self._randomness), "library")
        library = Library(
            library_id=library_id,
            name=new.name,
            owner=new.owner or actor.user_id,
            description=check_description(new.description, f"library {library_id}"),
            is_discoverable=new.is_discoverable,
        )
        return await self._resources.create(actor, library, idempotency=idempotency)

    async def get(self, actor: Actor, library_id: str) -> Standing[Library]:
        """The library and how the caller stands to it. Raises NotFound."""
        return await self._resources.get(actor, library_id)

    async def list(
        self,
        actor: Actor,
        *,
        limit: int,
        after: str | None = None,
        q: str | None = None,
        state: ListedState | None = None,
    ) -> Page[Library]:
        """All libraries of the tenant by name, for administrators; with `q` those whose name or id contains it, with
        `state` those that are so, else those that are not deleted. What is deleted is listed as `Bin.list` does, and
        for everybody what is theirs."""
        if state == ResourceState.DELETED:
            return await self._resources.list_deleted(actor, limit=limit, after=after, q=q)
        if not actor.is_admin:
            raise Forbidden(
                f"all libraries are listed for administrators; yours are at /api/users/{actor.user_id}/libraries"
            )
        table = self._table.for_tenant(actor.tenant_id)
        states = OPEN if state is None else {ResourceState(state)}

        def texts(library: Library) -> tuple[str, ...]:
            return (library.name, library.library_id) if library.state in states else ()

        return await table.search(Library.by_name(), q or "", texts=texts, limit=limit, after=after)

    async def change(self, actor: Actor, library_id: str, change: LibraryChange, **asked: Unpack[Asked]) -> Library:
        """Rename, describe, make discoverable, hand over. As `Resources.change`."""
        return await self._resources.change(
            actor, library_id, lambda before: changed(before, **_fields(change)), **asked
        )

    async def transfer(
        self,
        actor: Actor,
        library_id: str,
        to: str,
        *,
        keep: frozenset[Permission] = frozenset(),
        **asked: Unpack[Asked],
    ) -> Library:
        """As `Resources.transfer`."""
        return await self._resources.transfer(actor, library_id, to, keep=keep, **asked)

    async def archive(self, actor: Actor, library_id: str, **asked: Unpack[Asked]) -> Library:
        """As `Resources.archive`."""
        return await self._resources.archive(actor, library_id, **asked)

    async def unarchive(self, actor: Actor, library_id: str, **asked: Unpack[Asked]) -> Library:
        """As `Resources.unarchive`."""
        return await self._resources.unarchive(actor, library_id, **asked)

    async def delete(self, actor: Actor, library_id: str, **asked: Unpack[Asked]) -> Library:
        """As `Resources.delete`: into the bin."""
        return await self._resources.delete(actor, library_id, **asked)

    async def restore(self, actor: Actor, library_id: str, **asked: Unpack[Asked]) -> Library:
        """As `Resources.restore`."""
        return await self._resources.restore(actor, library_id, **asked)

    async def purge(self, actor: Actor, library_id: str, **asked: Unpack[Asked]) -> None:
        """As `Resources.purge`: for good."""
        await self._resources.purge(actor, library_id, **asked)

    async def audit(self, actor: Actor, library_id: str, *, limit: int, after: str | None = None) -> Page[AuditRecord]:
        """As `Resources.audit`."""
        return await self._resources.audit(actor, library_id, limit=limit, after=after)

    async def find_owned(self, actor: Actor, user_id: str) -> str | None:
        """What accounts asks before it deletes a user: about resources of every kind."""
        table = self._table.for_tenant(actor.tenant_id)
        page = await table.list(Ownership.of_owner(owner=user_id), limit=3)
        if not page.items:
            return None
        names = ", ".join(str(ownership.resource) for ownership in page.items)
        return (
            f"user {user_id!r} owns {names}{' and more' if page.cursor else ''}; hand them over first, or delete them"
            " for good: what is in the bin is theirs, too"
        )


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
