"""Dossiers: documents put together for a purpose. They have an owner and shares, as libraries have, and are found,
checked and explained by the same functions."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from documents.model import ENTRIES_MAX, DocumentRef, Dossier
from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Invalid
from entaku.core.ids import Randomness, check_id, new_id
from entaku.modules.accounts import check_description
from entaku.modules.sharing import Permission, Sharing, Standing
from entaku.table import IdempotencyKey, Page, changed


class NewDossier(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier to create; it is the caller's."""

    name: str
    dossier_id: str | None = None
    """By default a new id."""
    purpose: str = ""


class DossierChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a dossier; what is unset stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    purpose: str | msgspec.UnsetType = msgspec.UNSET
    entries: tuple[DocumentRef, ...] | msgspec.UnsetType = msgspec.UNSET


class Dossiers:
    """The dossiers of each tenant."""

    def __init__(self, sharing: Sharing, clock: Clock, randomness: Randomness) -> None:
        self._sharing = sharing.of(Dossier)
        self._clock, self._randomness = clock, randomness

    async def create(self, actor: Actor, new: NewDossier, *, idempotency: IdempotencyKey | None = None) -> Dossier:
        """Everybody may. Raises Invalid, and Conflict for an id that is taken."""
        dossier = Dossier(
            dossier_id=new.dossier_id or new_id(self._clock.now(), self._randomness),
            name=new.name,
            owner=actor.user_id,
            purpose=check_description(new.purpose, "the dossier"),
        )
        return await self._sharing.resources.create(actor, dossier, idempotency=idempotency)

    async def get(self, actor: Actor, dossier_id: str) -> Standing[Dossier]:
        """For who may read it. Raises NotFound, Forbidden."""
        caller = await self._sharing.resources.get(actor, dossier_id)
        caller.check(Permission.READ)
        return caller

    async def change(
        self,
        actor: Actor,
        dossier_id: str,
        change: DossierChange,
        *,
        expect: int | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> Dossier:
        """For its owner and administrators. Raises NotFound, Forbidden, Invalid, Conflict when the version moved."""
        return await self._sharing.resources.change(
            actor, dossier_id, changing(change), expect=expect, idempotency=idempotency
        )

    async def delete(
        self, actor: Actor, dossier_id: str, *, expect: int | None = None, idempotency: IdempotencyKey | None = None
    ) -> None:
        """Into the bin, from which it can be restored; for its owner and administrators. Its documents stay where they
        are."""
        await self._sharing.resources.delete(actor, dossier_id, expect=expect, idempotency=idempotency)

    async def purge(
        self, actor: Actor, dossier_id: str, *, expect: int | None = None, idempotency: IdempotencyKey | None = None
    ) -> None:
        """The same for good, also out of the bin."""
        await self._sharing.resources.purge(actor, dossier_id, expect=expect, idempotency=idempotency)

    async def list_deleted(self, actor: Actor, *, limit: int, after: str | None = None) -> Page[Dossier]:
        """What the caller could restore, the first to be removed for good first."""
        return await self._sharing.resources.list_deleted(actor, limit=limit, after=after)


def changing(change: DossierChange) -> Callable[[Dossier], Dossier]:
    """What the change makes of a dossier. Raises Invalid when it is called."""

    def changes(before: Dossier) -> Dossier:
        fields = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        after = changed(before, **fields)
        check_description(after.purpose, "the dossier")
        if len(after.entries) > ENTRIES_MAX:
            raise Invalid(f"the dossier would name {len(after.entries)} documents; at most {ENTRIES_MAX} are possible")
        for entry in after.entries:
            check_id(entry.library_id, "library")
            check_id(entry.document_id, "document")
        return after

    return changes
