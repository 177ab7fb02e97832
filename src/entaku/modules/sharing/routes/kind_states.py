"""Resources of another kind than libraries archived, brought back and handed over, over REST. To create, change and
delete them is their module's own; see `kinds`."""

from __future__ import annotations

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.replies import reply
from entaku.modules.sharing.retention.views import ResourceStateView, TransferBody, resource_state_view
from entaku.modules.sharing.routes.dependencies import TAKES_ASKED, SentAsked, SharingModule
from entaku.modules.sharing.shareable import ResourceKind, S, Shareable
from entaku.table import IdempotencyKey


def kind_state_handlers(entity: type[S], plural: str, tag: str) -> list[HTTPRouteHandler]:
    """Four handlers, to be put below `/api`; names as in `kinds.kind_handlers`."""
    kind = ResourceKind(entity).name
    here = f"/{plural}/{{resource_id:str}}"

    @post(f"{here}/restore", status_code=200, dependencies=TAKES_ASKED, summary=f"Restore a deleted {kind}", tags=[tag])
    async def restore(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        asked: SentAsked,
    ) -> Response[ResourceStateView]:
        """For the owner and administrators, until its `purge_at`; as it was, with its shares."""
        thing = await sharing.of(entity).resources.restore(actor, resource_id, **asked)
        return _reply(thing, asked.get("idempotency"))

    @post(f"{here}/archive", status_code=200, dependencies=TAKES_ASKED, summary=f"Archive a {kind}", tags=[tag])
    async def archive(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        asked: SentAsked,
    ) -> Response[ResourceStateView]:
        """For the owner and administrators. From now on it is only read, by its owner, too."""
        thing = await sharing.of(entity).resources.archive(actor, resource_id, **asked)
        return _reply(thing, asked.get("idempotency"))

    @post(f"{here}/unarchive", status_code=200, dependencies=TAKES_ASKED, summary=f"Unarchive a {kind}", tags=[tag])
    async def unarchive(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        asked: SentAsked,
    ) -> Response[ResourceStateView]:
        """For the owner and administrators. Everybody may do again what they might before."""
        thing = await sharing.of(entity).resources.unarchive(actor, resource_id, **asked)
        return _reply(thing, asked.get("idempotency"))

    @post(
        f"{here}/transfer",
        status_code=200,
        summary=f"Hand a {kind} over to another owner",
        tags=[tag],
    )
    async def transfer(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        data: JSONBody[TransferBody],
        expected_version: ExpectedVersion,
        idempotency: SentIdempotency,
    ) -> Response[ResourceStateView]:
        """For the owner and administrators. The old owner keeps what `keep` names, or nothing."""
        thing = await sharing.of(entity).resources.transfer(
            actor,
            resource_id,
            data.owner,
            keep=data.keep,
            expect=expected_version,
            reason=data.reason,
            idempotency=idempotency,
        )
        return _reply(thing, idempotency)

    return [restore, archive, unarchive, transfer]


def _reply(thing: Shareable, idempotency: IdempotencyKey | None) -> Response[ResourceStateView]:
    return reply(resource_state_view(thing), version=thing.version, replayed=was_replayed(idempotency))
