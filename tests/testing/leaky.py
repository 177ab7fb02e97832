"""Modules that mix tenants up, each in one way in which it happens."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from entaku import Parts
from entaku.api.auth import ANONYMOUS
from entaku.core.context import Actor
from entaku.table import Entity, IdempotencyKey, Page, changed, key
from entaku.table.entity import info_of
from entaku.table.reader import decode
from tests.testing.notes import NewNote, Note, Notes


class WalksTheTable(Notes):
    """Lists by the interface that is for maintenance, which knows no tenants."""

    async def list(self, actor: Actor, limit: int, after: str | None) -> Page[Note]:
        items = await self.table.driver.walk(0, 1, after=None, limit=10_000)
        notes = [decode(self.table.driver.codec, item, info_of(Note)) for item in items if item.kind == "NOTE"]
        return Page(tuple(notes), None)


class RemembersById(Notes):
    """Keeps what was read, and forgets whose it was."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._kept: dict[str, Note] = {}

    async def get(self, actor: Actor, note_id: str) -> Note:
        if note_id not in self._kept:
            self._kept[note_id] = await super().get(actor, note_id)
        return self._kept[note_id]


class MakesOwnCursors(Notes):
    """Its cursors say where a list goes on, and not whose list it is."""

    async def list(self, actor: Actor, limit: int, after: str | None) -> Page[Note]:
        (notes,) = await self.table.for_tenant(actor.tenant_id).list_all(Note.all(), at_most=1_000)
        start = int(urlsafe_b64decode(after)) if after else 0
        rest = notes[start + limit :]
        return Page(tuple(notes[start : start + limit]), _cursor(start + limit) if rest else None)


def _cursor(place: int) -> str:
    return urlsafe_b64encode(str(place).encode()).decode()


class NoteOfAll(Entity, kind="NOTE_OF_ALL", scope="platform"):
    """A second copy, to find notes without knowing their tenant."""

    note_id: str
    text: str

    @key("NOTE_OF_ALL#{note_id}", "COPY")
    def at(*, note_id: str) -> None:
        "One copy."


class FindsByPlatform(Notes):
    """Looks ids up among those of everybody; the last one who wrote one has it."""

    async def create(self, actor: Actor, new: NewNote, idempotency: IdempotencyKey | None) -> Note:
        note = await super().create(actor, new, idempotency)
        copy = await self.table.platform.find(NoteOfAll.at(note_id=new.note_id))
        if copy is None:
            await self.table.platform.create(NoteOfAll(note_id=new.note_id, text=new.text))
        return note

    async def get(self, actor: Actor, note_id: str) -> Note:
        copy: Any = await self.table.platform.get(NoteOfAll.at(note_id=note_id))
        return changed(await super().get(actor, note_id), text=copy.text)


class WritesWhereItIsTold(Notes):
    """Believes the one who asks about whose note it is."""

    async def change(self, actor: Actor, note_id: str, text: str, expect: int | None) -> Note:
        tenant_id, _, note_id = note_id.rpartition("@")
        owner = Actor(tenant_id=tenant_id or actor.tenant_id, user_id=actor.user_id)
        return await super().change(owner, note_id, text, expect)


class CountsForItself(Notes):
    """Its versions count from 1 in every tenant, so one's tag is good for another's note."""

    def version(self, note: Note) -> int:
        return 1


class RepeatsForAnybody(Notes):
    """Remembers requests by the key that the caller chose, and by nothing else."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._done: dict[str, Note] = {}

    async def create(self, actor: Actor, new: NewNote, idempotency: IdempotencyKey | None) -> Note:
        if idempotency is not None and idempotency.key in self._done:
            idempotency.replayed = True
            return self._done[idempotency.key]
        note = await super().create(actor, new, None)
        if idempotency is not None:
            self._done[idempotency.key] = note
        return note


@get("/notes/{note_id:str}/length")
async def note_length(notes: NamedDependency[Notes], note_id: FromPath[str]) -> int:
    """How long a note is, whoever wrote it: no word of it is told, and all the same too much."""
    items = await notes.table.driver.walk(0, 1, after=None, limit=10_000)
    return sum(1 for item in items if item.sk == f"NOTE#{note_id}" and item.kind == "NOTE") and len("milk")


@get("/notes/{note_id:str}", opt=ANONYMOUS)
async def open_note(notes: NamedDependency[Notes], note_id: FromPath[str]) -> str:
    """A note for everybody who knows where it is: `TENANT@milk`."""
    tenant_id, _, name = note_id.rpartition("@")
    return (await notes.get(Actor(tenant_id=tenant_id, user_id="nobody"), name)).text
