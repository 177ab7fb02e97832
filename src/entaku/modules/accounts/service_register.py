"""The list of a tenant's service accounts, kept in the transactions that make and remove them; and the keys of one."""

from __future__ import annotations

from entaku.modules.accounts.model import API_KEYS_MAX, ApiKey, ServiceAccount, UserProfile
from entaku.table import BoundTable, Transaction, changed


def create_register(tx: Transaction, profile: UserProfile) -> None:
    """Adds a new user to the service accounts, if it is one."""
    if profile.is_service:
        tx.create(ServiceAccount(user_id=profile.user_id))


def advance_register(tx: Transaction, register: ServiceAccount | None, user_id: str) -> None:
    """Lets one key at a time be made. An account that is older than the list comes into it so."""
    if register is None:
        tx.create(ServiceAccount(user_id=user_id, revision=1))
    else:
        tx.replace(changed(register, revision=register.revision + 1))


async def delete_register(tx: Transaction, table: BoundTable, profile: UserProfile) -> None:
    """Takes a user off the list, with all keys, if it is a service account. Nobody makes it a key any more: it is
    marked already."""
    if profile.is_service:
        register = await table.find(ServiceAccount.at(user_id=profile.user_id))
        for item in (*await keys_of(table, profile.user_id), *([] if register is None else [register])):
            tx.delete(item)


async def keys_of(table: BoundTable, user_id: str) -> tuple[ApiKey, ...]:
    """The keys that have not expired, by id; one call."""
    page = await table.list(ApiKey.of_account(user_id=user_id), limit=2 * API_KEYS_MAX)
    return page.items
