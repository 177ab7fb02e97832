"""What departments, roles and groups have in common on the command line: reading, deleting, and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from entaku.cli.listing import Wanted, collect
from entaku.cli.output import show_changed, show_done, show_list, show_one
from entaku.cli.session import in_tenant
from entaku.cli.users import USER_COLUMNS

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.accounts import EntryChange, Principal

Kind = Literal["department", "role", "group"]


def show_entry(kind: Kind, entry_id: str) -> None:
    """The entry with what stands directly below or inside it."""

    async def work(app: App, actor: Actor) -> tuple[Any, list[str]]:
        principal = principal_of(kind, entry_id)
        entry = await app.accounts.directory.get(actor, principal)
        hierarchy = await app.accounts.directory.hierarchy(actor)
        return entry, sorted(hierarchy.children_of(principal))

    entry, children = in_tenant(work)
    show_one(entry, also={} if kind == "role" else {"children": children})


def create_entry(kind: Kind, entry_id: str, entry: Any) -> None:
    created = in_tenant(lambda app, actor: app.accounts.directory.create(actor, entry))
    show_done(f"created {kind} {entry_id}", created)


def change_entry(kind: Kind, entry_id: str, change: EntryChange) -> None:

    async def work(app: App, actor: Actor) -> tuple[Any, bool]:
        principal = principal_of(kind, entry_id)
        before = await app.accounts.directory.get(actor, principal)
        after = await app.accounts.directory.change(actor, principal, change)
        return after, after.version != before.version

    after, is_changed = in_tenant(work)
    show_changed(f"{kind} {entry_id}", after, is_changed=is_changed)


def delete_entry(kind: Kind, entry_id: str) -> None:
    in_tenant(lambda app, actor: app.accounts.directory.delete(actor, principal_of(kind, entry_id)))
    show_done(f"deleted {kind} {entry_id}", {"deleted": f"{kind}:{entry_id}"})


def show_members(kind: Kind, entry_id: str, part: Wanted) -> None:
    """The direct members, by user id."""
    listed = in_tenant(
        lambda app, actor: collect(
            lambda size, after: app.accounts.users.list_members(
                actor, principal_of(kind, entry_id), limit=size, after=after
            ),
            part,
        )
    )
    show_list(listed, USER_COLUMNS, what=f"members of {kind} {entry_id}")


def principal_of(kind: Kind, entry_id: str) -> Principal:
    from entaku.core.ids import check_id
    from entaku.modules.accounts import Principal, PrincipalKind

    return Principal(PrincipalKind(kind), check_id(entry_id, kind))
