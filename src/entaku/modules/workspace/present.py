"""What is in the tenant of everything that a workspace names, read before an import begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from entaku.core.context import Actor
from entaku.modules.accounts import Accounts, Hierarchy, Principal, TenantSettings, UserProfile
from entaku.modules.sharing import SHARES_OF_LIBRARY_MAX, Library, Share
from entaku.modules.workspace.model import Workspace
from entaku.table import BoundTable, Entity, Key

E = TypeVar("E", bound=Entity)


class Present(msgspec.Struct, frozen=True):
    """Each part is right by itself; together they are not of one instant while others write."""

    settings: TenantSettings
    hierarchy: Hierarchy
    users: Mapping[str, UserProfile]
    """By id, also those who are being deleted."""
    libraries: Mapping[str, Library]
    """By id, deleted ones too."""
    holders: Mapping[str, UserProfile]
    """Who has the address that the workspace gives to another: by the id of that other."""
    shared_with: Mapping[str, frozenset[Principal]]
    """Whom a library is shared with; only of those that might come to have too many shares."""


async def read_present(table: BoundTable, accounts: Accounts, actor: Actor, workspace: Workspace) -> Present:
    """Costs a call for every 100 users and libraries, and two for every 100 addresses that are not there yet."""
    users = await _found(table, {user.id: UserProfile.at(user_id=user.id) for user in workspace.users})
    libraries = await _found(table, {each.id: Library.at(library_id=each.id) for each in workspace.libraries})
    emails = {
        user.id: user.email
        for user in workspace.users
        if isinstance(user.email, str) and (user.id not in users or users[user.id].email != user.email)
    }
    by_email = await accounts.users.find_by_emails(actor, list(emails.values()))
    return Present(
        settings=await accounts.tenants.settings(actor),
        hierarchy=await accounts.directory.hierarchy(actor),
        users=users,
        libraries=libraries,
        holders={
            user_id: by_email[email]
            for user_id, email in emails.items()
            if email in by_email and by_email[email].user_id != user_id
        },
        shared_with={
            each.id: await _shared_with(table, libraries[each.id])
            for each in workspace.libraries
            if each.id in libraries
            and not libraries[each.id].is_gone
            and sum(libraries[each.id].share_counts.values()) + len(each.shares) > SHARES_OF_LIBRARY_MAX
        },
    )


async def _found(table: BoundTable, keys: Mapping[str, Key[E]]) -> dict[str, E]:
    found = await table.find_many(list(keys.values()))
    return {name: entity for name, entity in zip(keys, found, strict=True) if entity is not None}


async def _shared_with(table: BoundTable, library: Library) -> frozenset[Principal]:
    (shares,) = await table.list_all(Share.of_resource(resource=library.resource), at_most=SHARES_OF_LIBRARY_MAX)
    return frozenset(share.principal for share in shares)
