"""A module of notes that keeps tenants apart: the attack lets it pass, and leaky ones differ from it in one place."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from entaku import App, Module, Parts
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.replies import reply
from entaku.core.context import Actor
from entaku.core.errors import Conflict
from entaku.table import Entity, IdempotencyKey, Key, Page, Transaction, access, changed, key
from entaku.testing import Scenario


class Note(Entity, kind="NOTE"):
    note_id: str
    text: str

    @key("NOTES", "NOTE#{note_id}")
    def at(*, note_id: str) -> None:
        "One note."

    @access("NOTES", "NOTE#")
    def all() -> None:
        "All notes of the tenant, by id."


class NoteView(msgspec.Struct, frozen=True):
    """A note, as it goes over the wire."""

    note_id: str
    text: str
    version: int


class NewNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note to write."""

    note_id: str
    text: str


class NoteChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another text."""

    text: str


class Notes:
    """The notes of each tenant."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.table = parts, parts.table

    async def list(self, actor: Actor, limit: int, after: str | None) -> Page[Note]:
        return await self.table.for_tenant(actor.tenant_id).list(Note.all(), limit=limit, after=after)

    async def get(self, actor: Actor, note_id: str) -> Note:
        return await self.table.for_tenant(actor.tenant_id).get(self.key(note_id))

    def version(self, note: Note) -> int:
        return note.version

    async def create(self, actor: Actor, new: NewNote, idempotency: IdempotencyKey | None) -> Note:
        async def work(tx: Transaction) -> Note:
            return tx.create(Note(note_id=new.note_id, text=new.text))

        return await self.table.for_tenant(actor.tenant_id).run(work, answer=Note, idempotency=idempotency)

    async def change(self, actor: Actor, note_id: str, text: str, expect: int | None) -> Note:
        before = await self.get(actor, note_id)
        if expect not in (None, self.version(before)):
            raise Conflict("the note has changed", current_version=self.version(before))
        return await self.table.for_tenant(actor.tenant_id).replace(changed(before, text=text))

    def key(self, note_id: str) -> Key[Note]:
        return Note.at(note_id=note_id)


@get("/notes")
async def list_notes(actor: CallingActor, notes: NamedDependency[Notes], page: RequestedPage) -> PageView[NoteView]:
    """All notes."""
    found = await notes.list(actor, page.limit, page.cursor)
    return PageView(tuple(view(notes, note) for note in found.items), found.cursor)


@get("/notes/{note_id:str}")
async def get_note(actor: CallingActor, notes: NamedDependency[Notes], note_id: FromPath[str]) -> Response[NoteView]:
    """One note."""
    note = await notes.get(actor, note_id)
    return reply(view(notes, note), version=notes.version(note))


@post("/notes")
async def create_note(
    actor: CallingActor, notes: NamedDependency[Notes], data: JSONBody[NewNote], idempotency: SentIdempotency
) -> Response[NoteView]:
    """Writes a note."""
    note = await notes.create(actor, data, idempotency)
    return reply(view(notes, note), replayed=was_replayed(idempotency))


@patch("/notes/{note_id:str}")
async def change_note(
    actor: CallingActor,
    notes: NamedDependency[Notes],
    note_id: FromPath[str],
    data: JSONBody[NoteChange],
    expected_version: ExpectedVersion,
) -> Response[NoteView]:
    """Writes it anew."""
    note = await notes.change(actor, note_id, data.text, expected_version)
    return reply(view(notes, note), version=notes.version(note))


def view(notes: Notes, note: Note) -> NoteView:
    return NoteView(note.note_id, note.text, notes.version(note))


HANDLERS = (list_notes, get_note, create_note, change_note)


def notes_module(
    service: Callable[[Parts], Notes] = Notes,
    entities: tuple[type[Entity], ...] = (Note,),
    handlers: tuple[HTTPRouteHandler, ...] = HANDLERS,
) -> Module:
    return Module(
        name="notes",
        entities=entities,
        service=service,
        routes=lambda: [Router("/api", route_handlers=list(handlers))],
    )


async def furnish(app: App, admin: Actor, mark: str) -> None:
    notes = app.parts.get(Notes)
    for note_id in ("milk", "tea"):
        await notes.create(admin, NewNote(note_id, f"{note_id} of {mark}"), None)


SCENARIOS = [
    Scenario(method="GET", route="/api/notes", contains=("milk of MARK", "tea of MARK")),
    Scenario(method="GET", route="/api/notes/{note_id}", target="/api/notes/milk", contains=("milk of MARK",)),
    Scenario(method="POST", route="/api/notes", body={"note_id": "rice", "text": "rice"}, status=201),
    Scenario(method="PATCH", route="/api/notes/{note_id}", target="/api/notes/milk", body={"text": "oat milk"}),
]
