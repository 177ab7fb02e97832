"""Previews: before a change is made, who gains, loses, is changed or demoted by it; exactly what then happens."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor, Scope
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.core.ids import Randomness, check_id, new_id, shown
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Hierarchies, OwnedThings
from entaku.modules.audit import Audit
from entaku.modules.sharing.preview.changes import (
    EntryDeletion,
    EntryMove,
    MembersChange,
    PolicyChange,
    PreviewedChange,
    ResourceMove,
    SharesChange,
    UserDeletion,
    UserMove,
    decoded,
    encoded,
)
from entaku.modules.sharing.preview.directory_foresight import DirectoryForesight
from entaku.modules.sharing.preview.foreseen import Foreseen
from entaku.modules.sharing.preview.kept import EffectsPage, first_page, keep, read_page, write_parts
from entaku.modules.sharing.preview.model import PREVIEWS_KEPT, AppliesTo, Preview, PreviewState
from entaku.modules.sharing.preview.people import Position
from entaku.modules.sharing.preview.resource_foresight import ResourceForesight
from entaku.modules.sharing.preview.tally import Tally, tallied
from entaku.modules.sharing.preview.tokens import PAGES_CHECKED_MAX, Seen, digest_of, sealed
from entaku.modules.sharing.preview.walking import PAIRS_AT_ONCE, Instants, Walk, walk
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import Resource, ResourceKinds
from entaku.table import BoundTable, Reader, Table, changed


class PreviewPage(msgspec.Struct, frozen=True):
    """A preview as far as it has come, and some of its pairs: none before it is done."""

    preview: Preview
    is_kept: bool
    """Whether it can be asked for again."""
    pairs: EffectsPage


def continued(page: PreviewPage, following: PreviewPage) -> PreviewPage:
    """Both pages as one."""
    effects = (*page.pairs.effects, *following.pairs.effects)
    return PreviewPage(following.preview, following.is_kept, EffectsPage(effects, following.pairs.cursor))


class Previews:
    """Previews of changes of shares and resources, for those who manage them; of everything else, for administrators.

    Up to 2,000 pairs are compared in the call, as they were at one instant. A preview of more goes on each time that it
    is asked for, so many pairs at a time; what it is about holds still, or it begins anew. Only who moves meanwhile is
    counted where they were seen.
    """

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        kinds: ResourceKinds,
        audit: Audit,
        pendings: Pendings,
        owned: OwnedThings,
        clock: Clock,
        randomness: Randomness,
        pairs_at_once: int = PAIRS_AT_ONCE,
    ) -> None:
        self._pairs_at_once = pairs_at_once
        self._table, self._kinds, self._clock, self._randomness = table, kinds, clock, randomness
        self._resources = ResourceForesight(hierarchies, kinds, audit, pendings)
        self._directory = DirectoryForesight(hierarchies, owned)

    async def preview(self, actor: Actor, change: PreviewedChange, *, at: datetime | None = None) -> PreviewPage:
        """What the change would do, made at that instant; by default now. A change of nothing shows what happens by
        itself until then, and later.

        Raises what the change itself would raise; Forbidden for who does not manage what it is about; Invalid for an
        instant that is over; Limited for one more that is to be kept than a user may have.
        """
        actor.check_scope(Scope.WRITE)
        instants = self._instants(at)
        table = self._table.for_tenant(actor.tenant_id)
        foreseen, walked = await self._walked(table, actor, change, instants, None)
        preview = Preview(
            preview_id=new_id(instants.now, self._randomness),
            change=encoded(change),
            resource=_resource_of(change),
            thing_since=None if foreseen.subject is None else foreseen.subject.thing.begun_at,
            asked_at=instants.now,
            happens_at=instants.at,
            state=PreviewState.RUNNING if walked.position else PreviewState.DONE,
            applies_to=_applies_to(change, foreseen),
            tally=_tallied(Tally(), walked, instants),
            position=walked.position,
            warnings=foreseen.warnings,
            shares_released=foreseen.shares_released,
            people=digest_of(walked.profiles),
            people_pages=walked.pages,
            expires_at=instants.now + PREVIEWS_KEPT,
        )
        preview = changed(preview, token=_token(table, change, foreseen, preview))
        is_kept = walked.position is not None or len(walked.effects) > PAGE_SIZE_MAX
        if is_kept:
            preview = await keep(table, actor.user_id, preview, walked.effects)
        if walked.position is not None:
            return PreviewPage(preview, True, EffectsPage((), None))
        return PreviewPage(preview, is_kept, first_page(table, preview, walked.effects, limit=PAGE_SIZE_MAX))

    async def get(self, actor: Actor, preview_id: str, *, limit: int, after: str | None = None) -> PreviewPage:
        """A preview that is kept, for whoever may preview what it is about: one that is not done goes on, by at most
        2,000 pairs. Safe to repeat, and beside others: of two who go on from one place, one does. Nothing but the
        preview itself is written.

        Raises NotFound, Invalid for a cursor of another preview, and what the change itself would raise by now;
        Forbidden where it is to go on and an API key is not for writing.
        """
        table = self._table.for_tenant(actor.tenant_id)
        preview = await table.find(Preview.at(preview_id=check_id(preview_id, "preview")))
        if preview is None or not await self._may_see(table, actor, preview):
            raise NotFound(f"there is no preview {shown(preview_id)}; previews are kept for 24 hours")
        if preview.state is PreviewState.RUNNING:
            actor.check_scope(Scope.WRITE)
            preview = await self._go_on(table, actor, preview)
        if preview.state is PreviewState.RUNNING:
            return PreviewPage(preview, True, EffectsPage((), None))
        return PreviewPage(preview, True, await read_page(table, preview, limit=limit, after=after))

    async def _go_on(self, table: BoundTable, actor: Actor, preview: Preview) -> Preview:
        """One walk further, or as far as somebody else has come at the same time."""
        change, instants = decoded(preview.change), Instants(preview.asked_at, preview.happens_at)
        foreseen, walked = await self._walked(table, actor, change, instants, preview)
        applies_to = _applies_to(change, foreseen)
        if applies_to != preview.applies_to:
            begun_anew = {"tally": Tally(), "run": preview.run + 1, "parts": 0, "people": "", "people_pages": 0}
            preview = changed(preview, applies_to=applies_to, **begun_anew)
        following = changed(
            preview,
            state=PreviewState.RUNNING if walked.position else PreviewState.DONE,
            tally=_tallied(preview.tally, walked, instants),
            position=walked.position,
            warnings=foreseen.warnings,
            shares_released=foreseen.shares_released,
            people=digest_of(walked.profiles, so_far=preview.people),
            people_pages=preview.people_pages + walked.pages,
        )
        following = changed(following, token=_token(table, change, foreseen, following))
        try:
            async with table.transaction() as tx:
                stored = tx.replace(write_parts(tx, following, walked.effects))
        except Conflict:
            return await table.get(Preview.at(preview_id=preview.preview_id))
        return stored

    async def _walked(
        self, table: BoundTable, actor: Actor, change: PreviewedChange, instants: Instants, begun: Preview | None
    ) -> tuple[Foreseen, Walk]:
        """What is foreseen, and one walk through it, as all was at one instant: from where the preview stopped, or from
        the beginning where something of what it is about has moved."""

        async def collect(reader: Reader) -> tuple[Foreseen, Walk]:
            foreseen = await self._foresee(table, reader, actor, change, instants)
            is_same = begun is not None and begun.applies_to == _applies_to(change, foreseen)
            position = begun.position if begun is not None and is_same else None
            begin = position or Position()
            walked = await walk(reader, self._kinds, foreseen, instants, begin, pairs_max=self._pairs_at_once)
            return foreseen, walked

        return await table.snapshot(collect)

    async def _foresee(
        self, table: BoundTable, reader: Reader, actor: Actor, change: PreviewedChange, instants: Instants
    ) -> Foreseen:
        now = instants.now
        match change:
            case SharesChange():
                return await self._resources.of_shares(table, reader, actor, change, now)
            case ResourceMove():
                return await self._resources.of_move(table, reader, actor, change, now, at=instants.at)
            case UserMove():
                return await self._directory.of_user(reader, actor, change, now)
            case UserDeletion():
                return await self._directory.of_user_deletion(reader, actor, change)
            case EntryMove():
                return await self._directory.of_entry(reader, actor, change)
            case EntryDeletion():
                return await self._directory.of_entry_deletion(reader, actor, change)
            case MembersChange():
                return await self._directory.of_members(reader, actor, change, now)
            case PolicyChange():
                return await self._directory.of_policy(reader, actor, change)

    async def _may_see(self, table: BoundTable, actor: Actor, preview: Preview) -> bool:
        """Whether the caller manages what the preview is about, now, and that is what it was about then."""
        if preview.resource is None:
            return actor.is_admin
        now = self._clock.now()
        try:
            caller = await self._resources.manager(table, actor, preview.resource, now, also_in_bin=True)
        except (NotFound, Forbidden):
            return False
        return caller.thing.begun_at == preview.thing_since

    def _instants(self, at: datetime | None) -> Instants:
        """Raises Invalid for an instant without a zone, one that is over, and one behind the last year."""
        now = _in_ms(self._clock.now())
        if at is None:
            return Instants(now, now)
        if at.tzinfo is None:
            raise Invalid(f"the instant {at.isoformat()} has no time zone; add Z or an offset")
        if _in_ms(at) < now:
            raise Invalid(f"the instant {at.isoformat()} is over; name one from {now.isoformat()} on, or none for now")
        try:
            return Instants(now, _in_ms(at.astimezone(UTC)))
        except OverflowError as error:
            raise Invalid(f"{at.isoformat()} is in no year up to 9999 in UTC; name an earlier instant") from error


def _tallied(tally: Tally, walked: Walk, instants: Instants) -> Tally:
    return tallied(tally, walked.effects, looked_at=walked.looked_at, at=instants.at)


def _applies_to(change: PreviewedChange, foreseen: Foreseen) -> AppliesTo:
    subject = foreseen.subject
    return AppliesTo(
        resource=None if subject is None else subject.thing.resource,
        resource_version=None if subject is None else subject.thing.version,
        directory_version=foreseen.directory.version,
        user_id=change.user_id if isinstance(change, UserMove | UserDeletion) else None,
        user_version=foreseen.profile_version,
    )


def _token(table: BoundTable, change: PreviewedChange, foreseen: Foreseen, preview: Preview) -> str | None:
    """For a change of shares that is made now, once all whom it concerns were seen. Other changes are guarded by the
    version of what they change, and of a later instant it is not shown what happens until then."""
    if not isinstance(change, SharesChange) or foreseen.subject is None or foreseen.is_by_itself:
        return None
    if preview.position is not None or preview.happens_at != preview.asked_at:
        return None
    if preview.people_pages > PAGES_CHECKED_MAX:
        return None
    thing = foreseen.subject.thing
    seen = Seen(resource_version=thing.version, directory_version=foreseen.directory.version, people=preview.people)
    return sealed(table, change, thing, seen)


def _resource_of(change: PreviewedChange) -> Resource | None:
    return change.resource if isinstance(change, SharesChange | ResourceMove) else None


def _in_ms(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
