"""A tenant as a workspace file, read through the services page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from entaku.cli.listing import Wanted, collect

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.accounts import Hierarchy, UserProfile
    from entaku.modules.sharing import Library, Share
    from entaku.table import Page

EVERYTHING = Wanted(None, None)
PERMISSIONS = ("read", "write", "delete", "share")


async def exported(app: App, tenant_id: str) -> tuple[dict[str, Any], list[str]]:
    """The file as a value, and what it could not say. Raises NotFound. Read piece by piece: not of one instant while
    others write."""
    actor = app.operator(tenant_id)
    settings = await app.accounts.tenants.settings(actor)
    users = (await collect(lambda n, c: app.accounts.users.list(actor, limit=n, after=c), EVERYTHING)).items
    libraries = (await collect(lambda n, c: app.sharing.libraries.list(actor, limit=n, after=c), EVERYTHING)).items
    warnings = [
        f"user {user.user_id} is an operator of the platform, which a file cannot say; the file has tenant_admin"
        for user in users
        if user.level == "operator"
    ]
    file = {
        "name": settings.name,
        "policy": settings.sharing_policy.value,
        **_directory(await app.accounts.directory.hierarchy(actor)),
        "users": [_user(user) for user in sorted(users, key=lambda user: user.user_id) if user.state != "deleting"],
        "libraries": [
            await _library(app, actor, library) for library in sorted(libraries, key=lambda library: library.library_id)
        ],
    }
    return file, warnings


def to_yaml(file: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(file, allow_unicode=True, sort_keys=False, width=120)


def _directory(hierarchy: Hierarchy) -> dict[str, Any]:
    departments = sorted(hierarchy.departments.values(), key=lambda entry: entry.department_id)
    roles = sorted(hierarchy.roles.values(), key=lambda entry: entry.role_id)
    groups = sorted(hierarchy.groups.values(), key=lambda entry: entry.group_id)
    return {
        "departments": [_present(id=d.department_id, name=d.name, parent=d.parent) for d in departments],
        "roles": [_present(id=r.role_id, name=r.name) for r in roles],
        "groups": [
            _present(id=g.group_id, name=g.name, description=g.description, parents=sorted(g.parents)) for g in groups
        ],
    }


def _user(user: UserProfile) -> dict[str, Any]:
    return _present(
        id=user.user_id,
        name=user.name,
        email=user.email,
        level={"member": None}.get(user.level.value, "tenant_admin"),
        state={"active": None}.get(user.state.value, user.state.value),
        service=user.is_service,
        department=user.department,
        role=user.role,
        groups=sorted(user.groups),
    )


async def _library(app: App, actor: Actor, library: Library) -> dict[str, Any]:
    async def fetch(size: int, after: str | None) -> Page[Share]:
        return (await app.sharing.shares.list(actor, library.library_id, limit=size, after=after)).shares

    shares = await collect(fetch, EVERYTHING)
    return _present(
        id=library.library_id,
        name=library.name,
        owner=library.owner,
        description=library.description,
        discoverable=library.is_discoverable,
        shares=[_share(share) for share in shares.items],
    )


def _share(share: Share) -> dict[str, Any]:
    terms = share.terms
    entry: dict[str, Any] = {
        "with": str(share.principal),
        "permissions": [name for name in PERMISSIONS if name in {p.value for p in terms.permissions}],
    }
    if terms.starts_at is not None:
        entry["from"] = msgspec.to_builtins(terms.starts_at)
    if terms.expires_at is not None:
        entry["until"] = msgspec.to_builtins(terms.expires_at)
    if not terms.include_children:
        entry["include_children"] = False
    return entry


def _present(**fields: Any) -> dict[str, Any]:
    """The fields that say something: what is empty is what the file means by leaving it out."""
    return {name: value for name, value in fields.items() if value}
