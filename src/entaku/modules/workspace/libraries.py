"""The libraries of one import and their shares: only what differs is written, as much at a time as one change holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from entaku.modules.accounts import Principal, PrincipalKind
from entaku.modules.sharing import (
    SHARES_CHANGED_MAX,
    SHARES_OF_LIBRARY_MAX,
    Grant,
    LibraryChange,
    NewLibrary,
    ResourceState,
    ShareOutcome,
    Sharing,
    Terms,
    library_share_outcome,
)
from entaku.modules.sharing import Library as StoredLibrary
from entaku.modules.sharing import Share as StoredShare
from entaku.modules.workspace.model import Library, Share, said
from entaku.modules.workspace.present import Present
from entaku.modules.workspace.report import ImportReport
from entaku.table import BoundTable


class Libraries:
    """Each step is safe to repeat. Shares that the file does not name stay; with `prune` they go."""

    def __init__(
        self,
        table: BoundTable,
        sharing: Sharing,
        actor: Actor,
        present: Present,
        report: ImportReport,
        *,
        prune: bool,
    ) -> None:
        self._table, self._sharing, self._actor = table, sharing, actor
        self._present, self._report, self._prune = present, report, prune
        self._change_id = sharing.shares.new_change_id()

    async def bring_up(self, library: Library) -> None:
        """Creates the library, also anew after it was purged, or changes what differs. What is archived is left as it
        is."""
        count, libraries = self._report.of("libraries"), self._sharing.libraries
        before = self._present.libraries.get(library.id)
        if before is not None and before.is_half_purged:
            await libraries.purge(self._actor, library.id, reason="import")
        if before is None or before.state is ResourceState.PURGING:
            new = NewLibrary(
                library_id=library.id,
                name=library.name,
                owner=library.owner,
                **said(description=library.description, is_discoverable=library.discoverable),
            )
            await libraries.create(self._actor, new)
            count.created += 1
            return
        if before.state is ResourceState.ARCHIVED:
            self._report.warnings.append(
                f"library {library.id} is archived and left as it is; unarchive it to change it"
            )
            count.unchanged += 1
            return
        change = LibraryChange(
            name=library.name,
            owner=library.owner,
            description=library.description,
            is_discoverable=library.discoverable,
        )
        after = await libraries.change(self._actor, library.id, change, reason="import")
        count.changed += after.version != before.version
        count.unchanged += after.version == before.version

    async def share(self, library: Library) -> None:
        """Brings the library's shares up to the file: what goes before what comes, lest there are too many at once."""
        stored = await self._table.get(StoredLibrary.at(library_id=library.id))
        if stored.state is ResourceState.ARCHIVED:
            return
        query = StoredShare.of_resource(resource=stored.resource)
        (found,) = await self._table.list_all(query, at_most=SHARES_OF_LIBRARY_MAX)
        present = {share.principal: share.terms for share in found}
        named = {share.principal for share in library.shares}
        differing = [share for share in library.shares if not _is_so(share, present)]
        self._report.of("shares").unchanged += len(library.shares) - len(differing)
        changes: list[Grant | Principal] = [
            *(principal for principal in present if self._prune and principal not in named),
            *(_grant(share) for share in differing if share.delegated_by is None),
        ]
        version = stored.version
        for start in range(0, len(changes), SHARES_CHANGED_MAX):
            part = changes[start : start + SHARES_CHANGED_MAX]
            outcome = await self._sharing.shares.change(
                self._actor,
                library.id,
                add=[each for each in part if isinstance(each, Grant)],
                remove=[each for each in part if isinstance(each, Principal)],
                expect=version,
                reason="import",
                change_id=self._change_id,
            )
            version = outcome.version
            self._note(library, outcome)
        passed_on = [(share, share.delegated_by) for share in differing if share.delegated_by is not None]
        await self._pass_on(library, passed_on, present, version)

    async def _pass_on(
        self, library: Library, shares: Sequence[tuple[Share, str]], present: Mapping[Principal, Terms], version: int
    ) -> None:
        """Makes shares on the word of those who passed the library on, so that sharing decides whether they may.

        Who passes on what was passed on to them comes after that; what is refused in the end is told.
        """
        left = shares
        while left:
            refused: list[tuple[Share, str]] = []
            warnings: list[str] = []
            for share, user_id in left:
                try:
                    outcome = await self._sharing.shares.change(
                        self._on_the_word_of(library, user_id, present.get(share.principal)),
                        library.id,
                        add=[_grant(share)],
                        expect=version,
                        reason="import",
                        change_id=self._change_id,
                    )
                except (Unauthenticated, Forbidden, NotFound, Conflict) as error:
                    refused.append((share, user_id))
                    left_out = f"the share with {share.principal} that {user_id} passed on is left out"
                    warnings.append(f"library {library.id}: {left_out}: {error.message}")
                else:
                    version = outcome.version
                    self._note(library, outcome)
            if len(refused) == len(left):
                self._report.warnings += warnings
                return
            left = refused

    def _on_the_word_of(self, library: Library, user_id: str, present: Terms | None) -> Actor:
        """Whoever passed the library on, as a member: an administrator's share would lower others.

        Raises Forbidden for the owner, whose shares do as well, and where the share of somebody else is in the way.
        """
        if user_id == library.owner:
            raise Forbidden(f"{user_id!r} owns the library")
        if present is not None and (not present.is_delegated or present.granted_by != user_id):
            raise Forbidden(f"there is one from {present.granted_by!r}; remove that first")
        return Actor(tenant_id=self._actor.tenant_id, user_id=user_id, request_id=self._actor.request_id)

    def _note(self, library: Library, outcome: ShareOutcome) -> None:
        count = self._report.of("shares")
        self._report.change_id = outcome.change_id or self._report.change_id
        count.created += len(outcome.added)
        count.changed += len(outcome.changed)
        count.removed += len(outcome.removed)
        count.unchanged += len(outcome.unchanged)
        self._report.warnings += [
            f"library {library.id}: {warning.sentence}" for warning in library_share_outcome(outcome).warnings
        ]


def _grant(share: Share) -> Grant:
    return Grant(
        principal=share.principal,
        permissions=frozenset(share.permissions),
        starts_at=share.starts_at,
        expires_at=share.expires_at,
        include_children=share.include_children,
    )


def _is_so(share: Share, present: Mapping[Principal, Terms]) -> bool:
    """Whether the library is shared like this already. Only with a department it matters what is below it."""
    terms = present.get(share.principal)
    return (
        terms is not None
        and terms.permissions == frozenset(share.permissions)
        and (terms.starts_at, terms.expires_at) == (share.starts_at, share.expires_at)
        and (share.principal.kind is not PrincipalKind.DEPARTMENT or terms.include_children is share.include_children)
        and (terms.granted_by if terms.is_delegated else None) == share.delegated_by
    )
