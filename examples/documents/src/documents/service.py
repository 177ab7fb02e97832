"""Documents of libraries: written, found, changed, deleted. Who may do what is decided by the library they are in.

A change rests on what its caller may do with the library, so it commits only while that is still as it was read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from documents.dossiers import Dossiers
from documents.model import TEXT_LENGTH_MAX, Document, DocumentText
from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Conflict, Invalid, NotFound
from entaku.core.ids import Randomness, check_id, new_id, shown
from entaku.modules.accounts import check_name
from entaku.modules.audit import Audit, Target
from entaku.modules.sharing import Check, Library, Permission, Sharing, Standing
from entaku.table import BoundTable, IdempotencyKey, Key, Page, Table, Transaction, changed

CHECKS_AT_ONCE = 100
"""As many as sharing answers together."""


class NewDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document to write."""

    title: str
    text: str = ""


class DocumentChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a document; what is unset stays."""

    title: str | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET


class ReadDocument(msgspec.Struct, frozen=True):
    """A document with its text."""

    document: Document
    text: str


class Documents:
    """The documents of each tenant's libraries."""

    def __init__(
        self, table: Table, sharing: Sharing, audit: Audit, dossiers: Dossiers, clock: Clock, randomness: Randomness
    ) -> None:
        self._table, self._sharing, self._audit = table, sharing, audit
        self._clock, self._randomness = clock, randomness
        self.dossiers = dossiers

    async def create(
        self, actor: Actor, library_id: str, new: NewDocument, *, idempotency: IdempotencyKey | None = None
    ) -> Document:
        """For who may write in the library. Raises NotFound, Forbidden, Invalid."""
        title, text = check_name(new.title, "the document"), check_text(new.text)
        document_id = new_id(self._clock.now(), self._randomness)
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> Document:
            caller = await self._standing(actor, library_id, Permission.WRITE)
            caller.guard_access(tx)
            place: dict[str, Any] = {
                "library_id": library_id,
                "library_since": caller.thing.begun_at,
                "document_id": document_id,
            }
            tx.create(DocumentText(**place, text=text))
            document = tx.create(
                Document(**place, title=title, author=actor.user_id, changed_at=tx.now, text_length=len(text))
            )
            self._note(tx, actor, "document_written", None, document)
            return document

        return await table.run(work, answer=Document, idempotency=idempotency)

    async def get(self, actor: Actor, library_id: str, document_id: str) -> ReadDocument:
        """For who may read the library. Raises NotFound, Forbidden."""
        caller = await self._standing(actor, library_id, Permission.READ)
        table = self._table.for_tenant(actor.tenant_id)
        here = at(library_id, caller.thing.begun_at, document_id)
        document, text = await _both(table, here)
        return ReadDocument(document, text.text)

    async def list(
        self, actor: Actor, library_id: str, *, limit: int, after: str | None = None, newest_change_first: bool = False
    ) -> Page[Document]:
        """The documents of a library, oldest first, or by their last change. For who may read the library."""
        caller = await self._standing(actor, library_id, Permission.READ)
        table = self._table.for_tenant(actor.tenant_id)
        place: dict[str, Any] = {"library_id": library_id, "library_since": caller.thing.begun_at}
        if newest_change_first:
            return await table.list(Document.by_change(**place), limit=limit, after=after, reverse=True)
        return await table.list(Document.in_library(**place), limit=limit, after=after)

    async def list_own(self, actor: Actor, *, limit: int, after: str | None = None) -> Page[Document]:
        """What the caller wrote and may still read, last changed first. A page may be short."""
        table = self._table.for_tenant(actor.tenant_id)
        found = await table.list(Document.of_author(author=actor.user_id), limit=limit, after=after, reverse=True)
        readable = await self.readable_libraries(actor, {document.library_id for document in found.items})
        return Page(
            tuple(each for each in found.items if readable.get(each.library_id) == each.library_since), found.cursor
        )

    async def change(
        self,
        actor: Actor,
        library_id: str,
        document_id: str,
        change: DocumentChange,
        *,
        expect: int | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> Document:
        """For who may write in the library. Changing nothing writes nothing. Raises Conflict when the version moved."""
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> Document:
            caller = await self._standing(actor, library_id, Permission.WRITE)
            before, text = await _both(table, at(library_id, caller.thing.begun_at, document_id))
            _check_version(before, expect)
            title = before.title if change.title is msgspec.UNSET else check_name(change.title, "the document")
            written = text.text if change.text is msgspec.UNSET else check_text(change.text)
            if (title, written) == (before.title, text.text):
                return before
            caller.guard_access(tx)
            tx.replace(changed(text, text=written))
            after = tx.replace(
                changed(
                    before,
                    title=title,
                    changed_at=tx.now,
                    text_length=len(written),
                    revision=before.revision + 1,
                )
            )
            self._note(tx, actor, "document_changed", before, after)
            return after

        return await table.run(work, answer=Document, idempotency=idempotency)

    async def delete(self, actor: Actor, library_id: str, document_id: str, *, expect: int | None = None) -> None:
        """For who may delete in the library. Raises NotFound, Forbidden, Conflict when the version moved."""
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> None:
            caller = await self._standing(actor, library_id, Permission.DELETE)
            document, text = await _both(table, at(library_id, caller.thing.begun_at, document_id))
            _check_version(document, expect)
            caller.guard_access(tx)
            tx.delete(document)
            tx.delete(text)
            self._note(tx, actor, "document_deleted", document, None)

        await table.run(work)

    async def readable_libraries(self, actor: Actor, library_ids: set[str]) -> dict[str, datetime]:
        """Those that the caller may read now, with the instant when each began."""
        ids = sorted(library_ids)
        allowed: list[bool] = []
        for start in range(0, len(ids), CHECKS_AT_ONCE):
            part = ids[start : start + CHECKS_AT_ONCE]
            checks = [Check(user_id=actor.user_id, library_id=library_id) for library_id in part]
            allowed += await self._sharing.checks.check(actor, checks)
        keys = [Library.at(library_id=each) for each, may in zip(ids, allowed, strict=True) if may]
        found = await self._table.for_tenant(actor.tenant_id).find_many(keys)
        return {library.library_id: library.begun_at for library in found if library is not None}

    async def _standing(self, actor: Actor, library_id: str, permission: Permission) -> Standing[Library]:
        caller = await self._sharing.libraries.get(actor, library_id)
        caller.check(permission)
        return caller

    def _note(
        self, tx: Transaction, actor: Actor, action: str, before: Document | None, after: Document | None
    ) -> None:
        document = after or before
        assert document is not None, "a change is of something"
        self._audit.record(
            tx,
            actor,
            action,
            Target("library", document.library_id),
            subject=f"document:{document.document_id}",
            before=None if before is None else {"title": before.title, "text_length": before.text_length},
            after=None if after is None else {"title": after.title, "text_length": after.text_length},
        )


class Place(msgspec.Struct, frozen=True):
    """Both items of a document."""

    document: Key[Document]
    text: Key[DocumentText]
    document_id: str


def at(library_id: str, library_since: datetime, document_id: str) -> Place:
    """Raises Invalid for what is no id."""
    check_id(document_id, "document")
    return Place(
        Document.at(library_id=library_id, library_since=library_since, document_id=document_id),
        DocumentText.at(library_id=library_id, library_since=library_since, document_id=document_id),
        document_id,
    )


async def _both(table: BoundTable, place: Place) -> tuple[Document, DocumentText]:
    """Both as they were at one instant. Raises NotFound."""
    document, text = (await table.find_bundles([(place.document, place.text)]))[0]
    if document is None or text is None:
        raise NotFound(f"there is no document {shown(place.document_id)} in this library")
    return document, text


def _check_version(document: Document, expect: int | None) -> None:
    if expect is not None and expect != document.version:
        message = f"document {document.document_id!r} is at version {document.version}, not {expect}; read it again"
        raise Conflict(message, current_version=document.version)


def check_text(text: str) -> str:
    """The text itself. Raises Invalid for one that is too long, or that no file could hold."""
    if len(text) > TEXT_LENGTH_MAX:
        raise Invalid(f"the text has {len(text)} characters; at most {TEXT_LENGTH_MAX} are possible")
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise Invalid("the text holds half a surrogate pair and cannot be stored")
    return text
