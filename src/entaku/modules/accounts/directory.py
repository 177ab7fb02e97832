"""The directory of a tenant: departments, roles and groups. Every change advances the directory version.

A change reads the hierarchy at one version, is checked against it, and commits only if the version is still the same:
so two changes can never make a cycle together. Deleting takes three steps, each safe to repeat: mark the entry, so that
nothing new refers to it; let go of what refers to it; remove it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar, cast

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.core.ids import check_id
from entaku.modules.accounts.acting import Reads, run_acting
from entaku.modules.accounts.entries import (
    ENTRY_TYPES,
    EntryT,
    advance,
    check_place,
    check_texts,
    check_version,
    has_moved,
    key_of,
    own_fields,
    principal_of,
    shown_entry,
)
from entaku.modules.accounts.hierarchies import Hierarchies
from entaku.modules.accounts.hierarchy import Entry, Hierarchy
from entaku.modules.accounts.model import Department, Directory, EntryState, Group, Member, Role
from entaku.modules.accounts.names import check_description, check_name
from entaku.modules.accounts.principals import Principal, PrincipalKind
from entaku.modules.accounts.watching import MembershipWatcher
from entaku.modules.audit import Audit, Target
from entaku.table import BoundTable, Entity, IdempotencyKey, Page, Table, Transaction, changed

T = TypeVar("T")

ENTRIES_PUT_MAX = 40
"""Each is an item and an audit record of one transaction."""


StillDeleted = Callable[[], Awaitable[Entity | None]]
"""What is being deleted, at its present version; None when it is not any more."""


class Releaser(Protocol):
    """What else in the system refers to principals. Joined in the composition root; accounts knows nobody by name."""

    async def release(self, actor: Actor, principal: Principal, still: StillDeleted) -> int:
        """Remove everything that refers to the principal and say how much it was. Safe to repeat.

        `still` gives what is being deleted, as long as it is: every transaction checks it, and the work ends when it is
        None. Then somebody else has finished the deletion, and what refers to the id now is another's.
        """
        ...


class EntryChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a department, role or group; what is unset stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    parent: str | msgspec.UnsetType | None = msgspec.UNSET
    parents: frozenset[str] | msgspec.UnsetType = msgspec.UNSET

    def fields(self) -> dict[str, Any]:
        """The fields that are set."""
        return {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not msgspec.UNSET}


class PutCounts(msgspec.Struct, frozen=True):
    """What `put_many` came to."""

    created: int
    changed: int


class DirectoryService:
    """Departments, roles and groups. Everybody of the tenant may read; tenant administrators may change."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        audit: Audit,
        releaser: Callable[[], Releaser],
        watcher: Callable[[], MembershipWatcher],
    ) -> None:
        self._table, self._hierarchies, self._audit = table, hierarchies, audit
        self._releaser, self._watcher = releaser, watcher

    async def hierarchy(self, actor: Actor) -> Hierarchy:
        """The whole directory, as it was at one instant."""
        return await self._hierarchies.current(self._table.for_tenant(actor.tenant_id))

    async def get(self, actor: Actor, principal: Principal) -> Entry:
        """One department, role or group, read from the table. Raises NotFound."""
        table = self._table.for_tenant(actor.tenant_id)
        entry = await table.find(key_of(principal))
        if entry is None:
            raise NotFound(f"there is no {principal.kind.value} {principal.id!r}")
        return entry

    async def get_department(self, actor: Actor, department_id: str) -> Department:
        """One department. Raises NotFound."""
        return cast("Department", await self.get(actor, Principal(PrincipalKind.DEPARTMENT, department_id)))

    async def get_role(self, actor: Actor, role_id: str) -> Role:
        """One role. Raises NotFound."""
        return cast("Role", await self.get(actor, Principal(PrincipalKind.ROLE, role_id)))

    async def get_group(self, actor: Actor, group_id: str) -> Group:
        """One group. Raises NotFound."""
        return cast("Group", await self.get(actor, Principal(PrincipalKind.GROUP, group_id)))

    async def list_departments(self, actor: Actor, *, limit: int, after: str | None = None) -> Page[Department]:
        """The departments by id."""
        return await self._table.for_tenant(actor.tenant_id).list(Department.all(), limit=limit, after=after)

    async def list_roles(self, actor: Actor, *, limit: int, after: str | None = None) -> Page[Role]:
        """The roles by id."""
        return await self._table.for_tenant(actor.tenant_id).list(Role.all(), limit=limit, after=after)

    async def list_groups(self, actor: Actor, *, limit: int, after: str | None = None) -> Page[Group]:
        """The groups by id."""
        return await self._table.for_tenant(actor.tenant_id).list(Group.all(), limit=limit, after=after)

    async def list_children(
        self, actor: Actor, principal: Principal, *, limit: int, after: str | None = None
    ) -> Page[Any]:
        """What is directly below a department or inside a group, by id. Raises NotFound, Invalid for another cursor."""
        check_id(principal.id, principal.kind.value)
        table = self._table.for_tenant(actor.tenant_id)
        hierarchy = await self._hierarchies.current(table)
        if hierarchy.entry(principal) is None:
            raise NotFound(f"there is no {principal.kind.value} {principal.id!r}")
        listing = f"children of {principal}"
        position = "" if after is None else table.open_cursor(listing, after)
        ids = sorted(child for child in hierarchy.children_of(principal) if child > position)
        found: list[Any] = [hierarchy.entry(Principal(principal.kind, child)) for child in ids[:limit]]
        cursor = table.seal_cursor(listing, ids[limit - 1]) if len(ids) > limit else None
        return Page(tuple(found), cursor)

    async def create(self, actor: Actor, entry: EntryT, *, idempotency: IdempotencyKey | None = None) -> EntryT:
        """Add a department, role or group.

        Raises Forbidden, Invalid, Conflict when the id is taken, Limited when there may be no more of them.
        """
        _check_admin(actor)
        entry = check_texts(entry)
        principal = principal_of(entry)

        async def work(tx: Transaction, hierarchy: Hierarchy) -> EntryT:
            if hierarchy.entry(principal) is not None:
                raise Conflict(f"there is a {principal.kind.value} {principal.id!r} already")
            hierarchy.check_room(principal)
            check_place(hierarchy, entry)
            stored = tx.create(entry)
            self._note(tx, actor, "created", stored, None)
            return stored

        return await self._change(actor, work, type(entry), idempotency)

    async def put_many(self, actor: Actor, entries: Sequence[Entry]) -> PutCounts:
        """Create or change several entries, parents first, in one transaction; at most `ENTRIES_PUT_MAX`.

        Every field is as given afterwards. Safe to repeat. Raises what `create` and `change` do; then nothing is done.
        """
        _check_admin(actor)
        if len(entries) > ENTRIES_PUT_MAX:
            raise Invalid(f"{len(entries)} entries are too many at once; {ENTRIES_PUT_MAX} are possible")
        checked = [check_texts(entry) for entry in entries]

        async def work(tx: Transaction, hierarchy: Hierarchy) -> PutCounts:
            created = changed_count = 0
            moved: list[Principal] = []
            for entry in checked:
                before = hierarchy.entry(principal_of(entry))
                if before is None:
                    hierarchy.check_room(principal_of(entry))
                    check_place(hierarchy, entry)
                    stored = tx.create(entry)
                    self._note(tx, actor, "created", stored, None)
                    created += 1
                else:
                    hierarchy.usable(principal_of(entry))
                    following = changed(before, **own_fields(entry))
                    if following == before:
                        continue
                    check_place(hierarchy, following)
                    stored = tx.replace(following)
                    self._note(tx, actor, "changed", stored, before)
                    changed_count += 1
                    if has_moved(before, following):
                        moved.append(principal_of(entry))
                hierarchy = hierarchy.including(stored)
            self._watcher().entries_moved(tx, moved)
            return PutCounts(created, changed_count)

        return await self._change(actor, work, None, None)

    async def change(
        self,
        actor: Actor,
        principal: Principal,
        change: EntryChange,
        *,
        expect: int | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> Any:
        """Rename, describe, move. Raises Forbidden, NotFound, Invalid for a cycle, Conflict when the version moved."""
        _check_admin(actor)
        fields = _fields(principal, change)

        async def work(tx: Transaction, hierarchy: Hierarchy) -> Any:
            entry = hierarchy.usable(principal)
            check_version(entry.version, expect, str(principal))
            following = changed(entry, **fields)
            if following == entry:
                return entry
            check_place(hierarchy, following)
            stored = tx.replace(following)
            if has_moved(entry, following):
                self._watcher().entries_moved(tx, [principal])
            self._note(tx, actor, "changed", stored, entry)
            return stored

        return await self._change(actor, work, ENTRY_TYPES[principal.kind], idempotency)

    async def delete(self, actor: Actor, principal: Principal, *, expect: int | None = None) -> None:
        """Delete a department, role or group that has no members and nothing below it; shares with it go too.

        Raises Forbidden, NotFound, Conflict when it is not empty. A deletion that was interrupted is finished by
        repeating it.
        """
        _check_admin(actor)
        check_id(principal.id, principal.kind.value)
        table = self._table.for_tenant(actor.tenant_id)
        await self._check_empty(table, principal)
        mark = self._marking(actor, principal, EntryState.DELETING, expect)
        marked: Entry = await self._change(actor, mark, None, None)

        async def still() -> Entry | None:
            """The entry as long as this deletion has something to do; not a later one of the same id."""
            entry = await table.find(key_of(principal))
            if entry is None or entry.state is not EntryState.DELETING:
                return None
            return entry if entry.created_at == marked.created_at else None

        try:
            await self._check_empty(table, principal)
        except Conflict:
            await self._go_on(table, self._marking(actor, principal, EntryState.ACTIVE, None))
            raise
        await self._releaser().release(actor, principal, still)

        async def remove(tx: Transaction, hierarchy: Hierarchy) -> None:
            entry = hierarchy.entry(principal)
            if entry is None or entry.created_at != marked.created_at:
                return  # Somebody else has deleted it at the same time.
            if entry.state is EntryState.ACTIVE:
                raise Conflict(f"the deletion of {principal} was given up by somebody else; try again")
            tx.delete(entry)
            self._note(tx, actor, "deleted", None, entry)

        await self._go_on(table, remove)

    def _marking(
        self, actor: Actor, principal: Principal, state: EntryState, expect: int | None
    ) -> Callable[[Transaction, Hierarchy], Awaitable[Entry]]:
        """The work that begins a deletion, or gives it up."""

        async def work(tx: Transaction, hierarchy: Hierarchy) -> Entry:
            entry = hierarchy.entry(principal)
            if entry is None:
                raise NotFound(f"there is no {principal.kind.value} {principal.id!r}")
            if entry.state is EntryState.ACTIVE:
                # One that is being deleted has moved on from the version that its deletion expected.
                check_version(entry.version, expect, str(principal))
            if hierarchy.children_of(principal):
                raise Conflict(f"{principal} has others below it: {', '.join(hierarchy.children_of(principal)[:5])}")
            if entry.state is state:
                return entry
            stored = tx.replace(changed(entry, state=state))
            done = "deletion_begun" if state is EntryState.DELETING else "deletion_given_up"
            self._note(tx, actor, done, stored, entry)
            return stored

        return work

    async def _check_empty(self, table: BoundTable, principal: Principal) -> None:
        members = await table.list(Member.of_principal(principal=principal), limit=3)
        if members.items:
            names = ", ".join(member.user_id for member in members.items)
            more = " and others" if members.cursor else ""
            raise Conflict(f"{principal} has members: {names}{more}; move them first")

    async def _change(
        self,
        actor: Actor,
        work: Callable[[Transaction, Hierarchy], Awaitable[T]],
        answer: type[T] | None,
        idempotency: IdempotencyKey | None,
    ) -> T:
        """Runs the work on the hierarchy at one directory version, which it advances, for somebody who may act."""
        table = self._table.for_tenant(actor.tenant_id)

        async def attempt(tx: Transaction, reads: Reads) -> T:
            return await self._advance(tx, table, work, reads.find(Directory.at()))

        return await run_acting(
            self._table, actor, attempt, reading=(Directory.at(),), answer=answer, idempotency=idempotency
        )

    async def _go_on(self, table: BoundTable, work: Callable[[Transaction, Hierarchy], Awaitable[T]]) -> T:
        """The same for a later step of what has been decided."""
        return await table.run(lambda tx: self._advance(tx, table, work, None))

    async def _advance(
        self,
        tx: Transaction,
        table: BoundTable,
        work: Callable[[Transaction, Hierarchy], Awaitable[T]],
        just_read: Directory | None,
    ) -> T:
        directory, hierarchy = await self._hierarchies.with_version(table, just_read)
        result = await work(tx, hierarchy)
        if tx.action_count:
            advance(tx, directory)
        return result

    def _note(self, tx: Transaction, actor: Actor, done: str, after: Entry | None, before: Entry | None) -> None:
        entry = after or before
        assert entry is not None
        principal = principal_of(entry)
        self._audit.record(
            tx,
            actor,
            f"{principal.kind.value}_{done}",
            Target(principal.kind.value, principal.id),
            before=shown_entry(before),
            after=shown_entry(after),
            # Of what is gone the one that would follow: the record comes after all others, also in their millisecond.
            target_version=entry.version + (after is None),
        )


def _check_admin(actor: Actor) -> None:
    if not actor.is_admin:
        raise Forbidden("the directory is changed by tenant administrators")


def _fields(principal: Principal, change: EntryChange) -> dict[str, Any]:
    """What the change sets, as it is stored. Raises Invalid for a field that this kind of entry does not have."""
    check_id(principal.id, principal.kind.value)
    fields = change.fields()
    unknown = sorted(set(fields) - set(ENTRY_TYPES[principal.kind].__struct_fields__))
    if unknown:
        raise Invalid(f"a {principal.kind.value} has no {unknown[0]}")
    if "name" in fields:
        fields["name"] = check_name(fields["name"], str(principal))
    if "description" in fields:
        fields["description"] = check_description(fields["description"], str(principal))
    return fields
