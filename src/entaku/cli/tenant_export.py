"""A tenant as a workspace file, read through the services page by page, and what such a file cannot say.

Of a thing everything is written down, also what is empty: what a file leaves out stays as it is where it is imported.
Only of shares, each of which is one statement, it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from entaku.cli.listing import Wanted, collect
from entaku.cli.output import plain
from entaku.core.ids import shown
from entaku.core.limits import TIER_DEFAULT

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.accounts import Hierarchy, Tenant, UserProfile
    from entaku.modules.sharing import Library, ListedState, Share
    from entaku.table import Page

EVERYTHING = Wanted(None, None)
NAMED_MAX = 5


async def exported(app: App, tenant_id: str, state: ListedState | None = None) -> tuple[dict[str, Any], list[str]]:
    """The file as a value, and what it could not say, each with the way out. With `state` only libraries that are so;
    what is deleted is never in it. Raises NotFound.

    Read piece by piece: not of one instant while others write.
    """
    actor = app.operator(tenant_id)
    tenant = await app.accounts.tenants.get(actor, tenant_id)
    settings = await app.accounts.tenants.settings(actor)
    users = (await collect(lambda n, c: app.accounts.users.list(actor, limit=n, after=c), EVERYTHING)).items
    libraries = await libraries_of(app, tenant_id, state)
    file = {
        "name": settings.name,
        "policy": settings.sharing_policy.value,
        **_directory(await app.accounts.directory.hierarchy(actor)),
        "users": [_user(user) for user in sorted(users, key=lambda user: user.user_id) if user.state != "deleting"],
        "libraries": [
            await _library(app, actor, library) for library in sorted(libraries, key=lambda library: library.library_id)
        ],
    }
    return file, [*_of_tenant(tenant), *_of_users(users), *_of_libraries(libraries)]


async def libraries_of(app: App, tenant_id: str, state: ListedState | None) -> Sequence[Library]:
    """All libraries of the tenant that are so; None for all that are not deleted."""
    actor, libraries = app.operator(tenant_id), app.sharing.libraries
    return (await collect(lambda n, c: libraries.list(actor, limit=n, after=c, state=state), EVERYTHING)).items


def first_ones(libraries: Sequence[Library]) -> str:
    """The first ids, as a warning names them, and how many more there are."""
    ids = sorted(library.library_id for library in libraries)
    more = f" and {len(ids) - NAMED_MAX} more" if len(ids) > NAMED_MAX else ""
    return ", ".join(map(shown, ids[:NAMED_MAX])) + more


def to_yaml(file: dict[str, Any]) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Its own class, so that what it learns stays in it."""

    def text(dumper: Any, value: str) -> yaml.ScalarNode:
        # YAML 1.2, by which the file is read, knows numbers that the library's 1.1 takes for text, as 1e5 and 0o17.
        style = "'" if value[:1] in "+-." or value[:1].isdigit() else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return yaml.dump(file, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=120)


def _of_tenant(tenant: Tenant) -> Iterator[str]:
    """What the platform grants the tenant is no part of the organisation that a workspace file describes."""
    limits = "".join(f" --set-limit {name}={limit}" for name, limit in tenant.limits.items())
    if tenant.tier != TIER_DEFAULT or tenant.subdomain != tenant.tenant_id or limits:
        create = f"entaku tenants create {tenant.tenant_id} --tier {tenant.tier} --subdomain {tenant.subdomain}"
        change = f" && entaku tenants change {tenant.tenant_id}{limits}" if limits else ""
        yield f"the file does not say tier, sub-domain and limits; elsewhere, before the import: {create}{change}"


def _of_users(users: Iterable[UserProfile]) -> Iterator[str]:
    for user in users:
        if user.level == "operator":
            yield f"user {user.user_id} is an operator of the platform, which a file cannot say; it has tenant_admin"


def _of_libraries(libraries: Iterable[Library]) -> Iterator[str]:
    archived = [library for library in libraries if library.state == "archived"]
    if archived:
        yield (
            f"libraries are archived, which a file cannot say: {first_ones(archived)}; elsewhere, after the import, for"
            f" each of them: entaku libraries archive {min(library.library_id for library in archived)}"
        )


def _directory(hierarchy: Hierarchy) -> dict[str, Any]:
    departments = sorted(hierarchy.departments.values(), key=lambda entry: entry.department_id)
    roles = sorted(hierarchy.roles.values(), key=lambda entry: entry.role_id)
    groups = sorted(hierarchy.groups.values(), key=lambda entry: entry.group_id)
    return {
        "departments": [{"id": d.department_id, "name": d.name, "parent": d.parent} for d in departments],
        "roles": [{"id": r.role_id, "name": r.name} for r in roles],
        "groups": [
            {"id": g.group_id, "name": g.name, "description": g.description, "parents": sorted(g.parents)}
            for g in groups
        ],
    }


def _user(user: UserProfile) -> dict[str, Any]:
    return {
        "id": user.user_id,
        "name": user.name,
        "email": user.email,
        "level": "member" if user.level == "member" else "tenant_admin",
        "state": user.state.value,
        "service": user.is_service,
        "department": user.department,
        "role": user.role,
        "groups": sorted(user.groups),
    }


async def _library(app: App, actor: Actor, library: Library) -> dict[str, Any]:
    async def fetch(size: int, after: str | None) -> Page[Share]:
        return (await app.sharing.shares.list(actor, library.library_id, limit=size, after=after)).shares

    shares = await collect(fetch, EVERYTHING)
    return {
        "id": library.library_id,
        "name": library.name,
        "owner": library.owner,
        "description": library.description,
        "discoverable": library.is_discoverable,
        "shares": [_share(share) for share in shares.items],
    }


def _share(share: Share) -> dict[str, Any]:
    terms = share.terms
    entry: dict[str, Any] = {"with": str(share.principal), "permissions": plain(terms.permissions)}
    if terms.starts_at is not None:
        entry["from"] = plain(terms.starts_at)
    if terms.expires_at is not None:
        entry["until"] = plain(terms.expires_at)
    if not terms.include_children and share.principal.kind == "department":  # Nothing else has anything below it.
        entry["include_children"] = False
    if terms.is_delegated:
        entry |= {"delegated": True, "granted_by": terms.granted_by}
    return entry
