"""A small application on the kit, in memory: notes of a tenant, with versions, pages, idempotency, and every error."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler, HTTPScope, Receive, Send

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.exchange import actor_of
from entaku.api.http import HttpApplication, HttpSettings, create_http
from entaku.api.idempotency import SentIdempotency
from entaku.api.openapi import ApiDescription
from entaku.api.pages import PageRequest, PageView, RequestedPage
from entaku.api.path_ids import PathId
from entaku.api.replies import reply
from entaku.core import errors
from entaku.core.context import AccessLevel, Actor
from entaku.core.ids import check_id
from entaku.table.idempotency import IdempotencyKey

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class NewNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Title
    stars: int = 0
    tags: tuple[str, ...] = ()
    extra: dict[str, object] = {}


class NotePatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Title
    stars: int | msgspec.UnsetType = msgspec.UNSET


class Note(msgspec.Struct, frozen=True):
    """What somebody wants to remember."""

    id: str
    title: str
    version: int
    """Counts the changes."""


class ToyTokens:
    """Tokens of the form `user@tenant`; `root@…` is a platform operator."""

    async def authenticate(self, token: str, *, host: str, tenant_header: str | None, request_id: str) -> Actor:
        user, at, tenant = token.partition("@")
        if not at or tenant_header not in (None, tenant):
            raise errors.Unauthenticated("the access token is not good here; ask for a new one")
        level = AccessLevel.OPERATOR if user == "root" else AccessLevel.MEMBER
        return Actor(tenant_id=tenant, user_id=user, level=level, request_id=request_id)


class ToyNotes:
    """Notes by tenant and id. A key of a repeated creation answers with what the first one made."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, str], Note] = {}
        self._created: dict[tuple[str, str], tuple[str, str]] = {}

    def create(self, actor: Actor, new: NewNote, key: IdempotencyKey | None) -> tuple[Note, bool]:
        if key is not None and (done := self._created.get((actor.tenant_id, key.key))):
            if done[0] != key.payload_hash:
                raise errors.Conflict(f"idempotency key {key.key!r} was used for another request; choose a new one")
            return self._notes[actor.tenant_id, done[1]], True
        note = Note(id=f"n{len(self._notes) + 1}", title=new.title, version=1)
        self._notes[actor.tenant_id, note.id] = note
        if key is not None:
            self._created[actor.tenant_id, key.key] = (key.payload_hash, note.id)
        return note, False

    def get(self, actor: Actor, note_id: str) -> Note:
        note = self._notes.get((actor.tenant_id, check_id(note_id, "note")))
        if note is None:
            raise errors.NotFound(f"there is no note {note_id!r}")
        return note

    def retitle(self, actor: Actor, note_id: str, title: str, expected: int | None) -> Note:
        note = self.get(actor, note_id)
        self._check(note, expected)
        changed = Note(id=note.id, title=title, version=note.version + 1)
        self._notes[actor.tenant_id, note_id] = changed
        return changed

    def delete(self, actor: Actor, note_id: str, expected: int | None) -> None:
        self._check(self.get(actor, note_id), expected)
        del self._notes[actor.tenant_id, note_id]

    def list(self, actor: Actor, page: PageRequest) -> PageView[Note]:
        ids = sorted(note.id for (tenant, _), note in self._notes.items() if tenant == actor.tenant_id)
        after = [note_id for note_id in ids if note_id > (page.cursor or "")]
        items = tuple(self._notes[actor.tenant_id, note_id] for note_id in after[: page.limit])
        return PageView(items, items[-1].id if len(after) > page.limit else None)

    def _check(self, note: Note, expected: int | None) -> None:
        if expected not in (None, note.version):
            raise errors.Conflict(f"note {note.id!r} is at version {note.version}", current_version=note.version)


@post("/notes", tags=["Notes"])
async def create_note(
    actor: CallingActor, data: JSONBody[NewNote], notes: NamedDependency[ToyNotes], idempotency: SentIdempotency
) -> Response[Note]:
    note, replayed = notes.create(actor, data, idempotency)
    return reply(note, version=note.version, location=f"/api/notes/{note.id}", replayed=replayed)


@get("/notes", opt=BODY_ETAG, tags=["Notes"])
async def list_notes(actor: CallingActor, notes: NamedDependency[ToyNotes], page: RequestedPage) -> PageView[Note]:
    return notes.list(actor, page)


@get("/notes/{note_id:str}", tags=["Notes"])
async def get_note(actor: CallingActor, note_id: PathId, notes: NamedDependency[ToyNotes]) -> Response[Note]:
    note = notes.get(actor, note_id)
    return reply(note, version=note.version)


@patch("/notes/{note_id:str}", tags=["Notes"])
async def patch_note(
    actor: CallingActor,
    note_id: PathId,
    data: JSONBody[NotePatch],
    notes: NamedDependency[ToyNotes],
    required_version: ExpectedVersion,
) -> Response[Note]:
    """Under a new title."""
    note = notes.retitle(actor, note_id, data.title, required_version)
    return reply(note, version=note.version)


@delete("/notes/{note_id:str}", tags=["Notes"])
async def delete_note(
    actor: CallingActor, note_id: PathId, notes: NamedDependency[ToyNotes], expected_version: ExpectedVersion
) -> None:
    notes.delete(actor, note_id, expected_version)


@get("/search", tags=["Notes"])
async def search(
    kind: Annotated[list[str] | None, QueryParameter(name="kind")] = None,
    exact: FromQuery[bool] = False,
    order: Annotated[Literal["title", "stars"], QueryParameter(name="sort")] = "title",
    colour: FromQuery[Colour | None] = None,
) -> list[str]:
    return [*(kind or []), str(exact), order, str(colour)]


RAISED: dict[str, Exception] = {
    "invalid": errors.Invalid("a is b", flaws=(errors.Flaw(message="is b", path="a"),)),
    "unauthenticated": errors.Unauthenticated(),
    "forbidden": errors.Forbidden(),
    "not_found": errors.NotFound(),
    "conflict": errors.Conflict(current_version=7),
    "limited": errors.Limited(retry_after_s=2.5),
    "unavailable": errors.Unavailable(outcome_unknown=True),
    "internal": errors.Internal("the secret is 42"),
    "unexpected": RuntimeError("the secret is 42"),
    "stored": msgspec.ValidationError("the secret is 42"),
}


@get("/broken/{name:str}", include_in_schema=False)
async def broken(name: FromPath[str]) -> None:
    raise RAISED[name]


class HotFront:
    """`GET /api/hot`, in that exact form."""

    template = "/api/hot"

    def takes(self, method: str, path: str, query_string: bytes) -> bool:
        return path == "/api/hot" and method == "GET" and not query_string

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        actor = actor_of(scope)
        if actor.user_id == "nobody":
            raise errors.NotFound("there is nothing hot for you")
        body = msgspec.json.encode({"user": actor.user_id})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), (b"etag", b'"h1"')]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


@get("/hot", tags=["Notes"])
async def hot(actor: CallingActor) -> dict[str, str]:
    return {"user": actor.user_id}


@get("/slow", include_in_schema=False)
async def slow(request: Request[Any, Any, Any]) -> str:
    """Tells through one pipe that it runs, and waits for another: both are named by the caller."""
    await asyncio.to_thread(Path(request.headers["x-entered"]).write_text, "here")
    await asyncio.to_thread(Path(request.headers["x-leave"]).read_text)
    return "done"


def create_slow_toy() -> HttpApplication:
    return create_toy(HttpSettings(), routes=[slow])


def create_hurried_toy() -> HttpApplication:
    """Gives bodies next to no time."""
    return create_toy(HttpSettings(logs_requests=False, body_arrives_within_s=0.05))


DESCRIPTION = ApiDescription(
    tags=(("Notes", "What to remember."), ("Operation", "For machines.")), examples={"title": "milk", "id": "n1"}
)
QUIET = HttpSettings(logs_requests=False, description=DESCRIPTION)


def create_toy(settings: HttpSettings = QUIET, *, routes: Sequence[ControllerRouterHandler] = ()) -> HttpApplication:
    handlers = [create_note, list_notes, get_note, patch_note, delete_note, search, broken, hot, *routes]
    return create_http(
        routes=[Router("/api", route_handlers=handlers)],
        authenticator=ToyTokens(),
        dependencies={"notes": ToyNotes()},
        fronts=[HotFront()],
        settings=settings,
    )
