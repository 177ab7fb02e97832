"""Libraries archived, deleted, brought back and handed over, over REST."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar import Response, delete, post
from litestar.params import FromPath, JSONBody, QueryParameter

from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import IDEMPOTENCY_REPLAYED_HEADER, SentIdempotency, was_replayed
from entaku.api.replies import reply
from entaku.modules.sharing.model import Library
from entaku.modules.sharing.resources.views import LibraryView, library_view
from entaku.modules.sharing.retention.views import TransferBody
from entaku.modules.sharing.routes.dependencies import TAKES_ASKED, SentAsked, SharingModule
from entaku.table import IdempotencyKey

Permanently: TypeAlias = Annotated[
    bool,
    QueryParameter(name="permanently", description="Not into the bin, but out of it: nothing brings it back."),
]


@delete("/libraries/{library_id:str}", dependencies=TAKES_ASKED, tags=["Libraries"], summary="Delete a library")
async def delete_library(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    asked: SentAsked,
    permanently: Permanently = False,
) -> Response[None]:
    """For the owner and administrators. It leaves all lists at once, and can be restored with its shares for as long as
    the bin keeps it; `permanently` removes it and its shares now, whether it is in the bin or not. Until it is removed
    its id is taken and the tenant is counted for it."""
    libraries = sharing.libraries
    remove = libraries.purge if permanently else libraries.delete
    await remove(actor, library_id, **asked)
    return no_content(asked.get("idempotency"))


@post(
    "/libraries/{library_id:str}/restore",
    status_code=200,
    dependencies=TAKES_ASKED,
    tags=["Libraries"],
    summary="Restore a deleted library",
)
async def restore_library(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    asked: SentAsked,
) -> Response[LibraryView]:
    """For the owner and administrators, until its `purge_at`. It comes back as it was, with those of its shares whose
    principals are still there. One that is not deleted is left as it is."""
    return _reply(await sharing.libraries.restore(actor, library_id, **asked), asked.get("idempotency"))


@post(
    "/libraries/{library_id:str}/archive",
    status_code=200,
    dependencies=TAKES_ASKED,
    tags=["Libraries"],
    summary="Archive a library",
)
async def archive_library(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    asked: SentAsked,
) -> Response[LibraryView]:
    """For the owner and administrators. Everybody who reaches it may read it and no more, its owner included, until it
    is unarchived; it stays in their lists. Its shares can be removed, and none can be added."""
    return _reply(await sharing.libraries.archive(actor, library_id, **asked), asked.get("idempotency"))


@post(
    "/libraries/{library_id:str}/unarchive",
    status_code=200,
    dependencies=TAKES_ASKED,
    tags=["Libraries"],
    summary="Unarchive a library",
)
async def unarchive_library(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    asked: SentAsked,
) -> Response[LibraryView]:
    """For the owner and administrators. Everybody may do again what they might before."""
    return _reply(await sharing.libraries.unarchive(actor, library_id, **asked), asked.get("idempotency"))


@post(
    "/libraries/{library_id:str}/transfer",
    status_code=200,
    tags=["Libraries"],
    summary="Hand a library over to another owner",
)
async def transfer_library(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    data: JSONBody[TransferBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[LibraryView]:
    """For the owner and administrators; also of one in the bin. The new owner takes over everything, and a share of
    theirs is absorbed; the old one keeps what `keep` names, or nothing, in the same transaction."""
    library = await sharing.libraries.transfer(
        actor,
        library_id,
        data.owner,
        keep=data.keep,
        expect=expected_version,
        reason=data.reason,
        idempotency=idempotency,
    )
    return _reply(library, idempotency)


def no_content(idempotency: IdempotencyKey | None) -> Response[None]:
    """The answer to what leaves nothing to be shown."""
    headers = {IDEMPOTENCY_REPLAYED_HEADER: "true"} if was_replayed(idempotency) else {}
    return Response(None, status_code=204, headers=headers)


def _reply(library: Library, idempotency: IdempotencyKey | None) -> Response[LibraryView]:
    return reply(library_view(library), version=library.version, replayed=was_replayed(idempotency))


LIBRARY_STATE_HANDLERS = [delete_library, restore_library, archive_library, unarchive_library, transfer_library]
