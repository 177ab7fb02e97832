"""Modules that mix tenants up, each in one way in which it happens."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import HTTPScope, Receive, Send

from entaku import Parts
from entaku.api.auth import ANONYMOUS, CallingActor
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


class Shouts(WalksTheTable):
    """As loud as it can."""

    async def list(self, actor: Actor, limit: int, after: str | None) -> Page[Note]:
        page = await super().list(actor, limit, after)
        own = [note for note in page.items if actor.tenant_id in note.text]
        others = [changed(note, text=note.text.upper()) for note in page.items if note not in own]
        return Page((*own, *others), None)


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


@post("/notes/{note_id:str}/copies", status_code=204)
async def copy_note(actor: CallingActor, notes: NamedDependency[Notes], note_id: FromPath[str]) -> None:
    """Copies the first note of that id that anybody has, and says nothing."""
    items = await notes.table.driver.walk(0, 1, after=None, limit=10_000)
    found = [decode(notes.table.driver.codec, item, info_of(Note)) for item in items if item.sk == f"NOTE#{note_id}"]
    await notes.create(actor, NewNote(f"copy-of-{note_id}", found[0].text), None)


class Slug(Entity, kind="SLUG", scope="platform"):
    """Makes a word of an address belong to one tenant."""

    slug: str
    tenant_id: str

    @key("SLUG#{slug}", "HOLDER")
    def at(*, slug: str) -> None:
        "Who has it."


class LetsGoForAnybody(Notes):
    """Gives every note an address of its own, and with a change lets it go, whoever has it."""

    async def create(self, actor: Actor, new: NewNote, idempotency: IdempotencyKey | None) -> Note:
        slug = Slug.at(slug=new.note_id)
        if await self.table.platform.find(slug) is None:
            await self.table.platform.create(Slug(slug=new.note_id, tenant_id=actor.tenant_id))
        return await super().create(actor, new, idempotency)

    async def change(self, actor: Actor, note_id: str, text: str, expect: int | None) -> Note:
        slug = await self.table.platform.find(Slug.at(slug=note_id))
        if slug is not None:
            await self.table.platform.delete(slug)
        return await super().change(actor, note_id, text, expect)


class RawFront:
    """Answers requests that no scenario sends."""

    def __init__(self, template: str) -> None:
        self.template = template

    def takes(self, method: str, path: str, query_string: bytes) -> bool:
        return method == "GET" and path.endswith("/raw")

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


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


@get("/hidden", include_in_schema=False)
async def hidden() -> str:
    """Whatever it takes, a cursor of another tenant too, nobody can know."""
    return ""


@get("/notes/{note_id:str}", opt=ANONYMOUS)
async def open_note(notes: NamedDependency[Notes], note_id: FromPath[str]) -> str:
    """A note for everybody who knows where it is: `TENANT@milk`."""
    tenant_id, _, name = note_id.rpartition("@")
    return (await notes.get(Actor(tenant_id=tenant_id, user_id="nobody"), name)).text
