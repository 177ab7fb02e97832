"""Changes of shares over REST: taken back."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody, QueryParameter

from entaku.api.auth import CallingActor
from entaku.core.limits import CURSOR_BYTES_MAX
from entaku.modules.sharing.routes.dependencies import SharingModule
from entaku.modules.sharing.trail import REASON_LENGTH_MAX
from entaku.modules.sharing.undo.model import UndoOutcome


class UndoBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; nothing is needed."""

    reason: Annotated[str, msgspec.Meta(max_length=REASON_LENGTH_MAX)] | None = None
    """For the audit trail."""
    cursor: Annotated[str, msgspec.Meta(min_length=1, max_length=CURSOR_BYTES_MAX)] | None = None
    """`next_cursor` of the answer before, to go on with a change of more than 20 resources."""


DryRun = Annotated[bool, QueryParameter(name="dry_run", description="Only say what would be done.")]


@post("/changes/{change_id:str}/undo", status_code=200, tags=["Shares"], summary="Undo a change of shares")
async def undo_change(
    actor: CallingActor,
    sharing: SharingModule,
    change_id: FromPath[str],
    data: JSONBody[UndoBody],
    dry_run: DryRun = False,
) -> UndoOutcome:
    """Restores each share as it was before, for administrators and for the owner of all that the change touched. Where
    one of the shares of a resource was changed since, all of that resource are left alone and the later change is
    named; of a change of one resource that is a conflict. The same again is no change."""
    return await sharing.undo.undo(actor, change_id, is_trial=dry_run, reason=data.reason, after=data.cursor)


CHANGE_HANDLERS = [undo_change]
