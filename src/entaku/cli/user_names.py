"""How a person of any tenant is named on the command line: `user@tenant`."""

from __future__ import annotations

from entaku.cli.commands import named_tenant


def user_and_tenant(text: str) -> tuple[str, str | None]:
    """The user and the tenant of `user@tenant`. Ids of users may hold an @ themselves, so the last one separates.

    Without an @, or with --tenant, all of it is the user.
    """
    named = named_tenant()
    if named is not None:
        return text.removesuffix(f"@{named}"), named
    user_id, at, tenant_id = text.rpartition("@")
    return (user_id, tenant_id) if at else (text, None)
