"""What must be true of a whole table at rest, whatever happened to the processes that wrote it.

`violations` walks every item and compares what is kept twice, counted, guarded or recorded, with code of its own:
nothing here asks a service. An empty list is the proof that no transaction is half there; a sentence names each place.
Share changes are checked in `share_history`, which replays the audit trail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from entaku.main import App
from entaku.modules.accounts import (
    ORGANISATION,
    Department,
    Directory,
    Group,
    Member,
    Principal,
    PrincipalKind,
    Role,
    Tenant,
    UserProfile,
)
from entaku.modules.accounts.model import EmailGuard, SubdomainGuard, Usage
from entaku.modules.accounts.names import email_key
from entaku.modules.accounts.profiles import entries_of
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing import Library, ResourceState, Share
from entaku.modules.sharing.model import Ownership, PrincipalShare
from entaku.table import BoundTable, Entity, Query
from tests.reliability.share_history import history_violations
from tests.reliability.stored import REGISTRY, Holding, holdings

E = TypeVar("E", bound=Entity)

PAGE = 200


async def violations(app: App) -> list[str]:
    """Everything that is not as it must be, as sentences; none in a sound table. Nobody may write meanwhile."""
    found = await holdings(app)
    sentences = [*_registry(found.get(REGISTRY, Holding()), found)]
    for tenant_id, holding in sorted(found.items()):
        if tenant_id != REGISTRY:
            parts = [*tenant_violations(holding), *[text async for text in _indexes(app, tenant_id, holding)]]
            sentences += [f"tenant {tenant_id}: {sentence}" for sentence in parts]
    return sentences


def tenant_violations(holding: Holding) -> list[str]:
    """The same for what one tenant has."""
    checks = (_twins, _share_counts, _share_ends, _owners, _members, _emails, _usage, _directory, history_violations)
    return [sentence for check in checks for sentence in check(holding)]


def _registry(registry: Holding, found: dict[str, Holding]) -> Iterator[str]:
    guards = {guard.subdomain: guard.tenant_id for guard in registry.all(SubdomainGuard)}
    tenants = {tenant.subdomain: tenant.tenant_id for tenant in registry.all(Tenant)}
    if guards != tenants:
        yield f"sub-domains are guarded as {guards} and belong to {tenants}"
    for tenant_id in tenants.values():
        if tenant_id not in found or not found[tenant_id].all(Directory):
            yield f"tenant {tenant_id} has no directory"


def _twins(holding: Holding) -> Iterator[str]:
    """Each share lies under its library and under its principal, on equal terms, written by one transaction."""
    shares = {(f.entity.resource, f.entity.principal): f for f in holding.found(Share)}
    twins = {(f.entity.resource, f.entity.principal): f for f in holding.found(PrincipalShare)}
    for resource, principal in sorted(shares.keys() ^ twins.keys()):
        place = "under its principal" if (resource, principal) in twins else "under its library"
        yield f"the share of {resource} with {principal} is only {place}"
    for pair in sorted(shares.keys() & twins.keys()):
        share, twin = shares[pair], twins[pair]
        if share.entity.terms != twin.entity.terms:
            yield f"the share of {pair[0]} with {pair[1]} is on other terms under its principal"
        if share.write_id != twin.write_id:
            yield f"the share of {pair[0]} with {pair[1]} was written by another transaction than its twin"


def _share_counts(holding: Holding) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter((s.resource.id, s.principal.kind.value) for s in holding.all(Share))
    for library in holding.all(Library):
        real = {kind: count for (library_id, kind), count in counts.items() if library_id == library.library_id}
        if library.share_counts != real:
            yield f"library {library.library_id} counts {library.share_counts} shares and has {real}"


def _share_ends(holding: Holding) -> Iterator[str]:
    """Both ends of a share are there, and an owner has none."""
    libraries = {library.library_id: library for library in holding.all(Library)}
    known = _principals(holding)
    for share in holding.all(Share):
        library = libraries.get(share.resource.id)
        if library is None:
            yield f"{share.resource} is shared and is not there"
        elif share.principal == Principal(PrincipalKind.INDIVIDUAL, library.owner):
            yield f"{share.resource} is shared with its owner {library.owner}"
        if share.principal.kind is not PrincipalKind.ORGANISATION and share.principal not in known:
            yield f"{share.resource} is shared with {share.principal}, who is not there"


def _owners(holding: Holding) -> Iterator[str]:
    owned_still = [library for library in holding.all(Library) if library.state is not ResourceState.PURGING]
    owners = {(library.library_id, library.owner) for library in owned_still}
    owned = {(ownership.resource.id, ownership.owner) for ownership in holding.all(Ownership)}
    people = {profile.user_id for profile in holding.all(UserProfile)}
    for library_id, owner in sorted(owners ^ owned):
        where = "has no ownership for" if (library_id, owner) in owners else "is not of, but has an ownership for,"
        yield f"library {library_id} {where} {owner}"
    for library_id, owner in sorted(owners):
        if owner not in people:
            yield f"library {library_id} is owned by {owner}, who is not there"


def _members(holding: Holding) -> Iterator[str]:
    members = {(member.principal, member.user_id) for member in holding.all(Member)}
    profiles = {(entry, profile.user_id) for profile in holding.all(UserProfile) for entry in entries_of(profile)}
    if any(directory.has_roll for directory in holding.all(Directory)):
        profiles |= {(ORGANISATION, profile.user_id) for profile in holding.all(UserProfile)}
    known = _principals(holding) | {ORGANISATION}
    for principal, user_id in sorted(members ^ profiles):
        where = "the profile" if (principal, user_id) in members else "the member items"
        yield f"{user_id} is in {principal}, but not by {where}"
    for principal, user_id in sorted(members):
        if principal not in known:
            yield f"{user_id} is a member of {principal}, which is not there"


def _emails(holding: Holding) -> Iterator[str]:
    guards = {(guard.email, guard.user_id) for guard in holding.all(EmailGuard)}
    addresses = {(email_key(p.email), p.user_id) for p in holding.all(UserProfile) if p.email}
    for email, user_id in sorted(guards ^ addresses):
        yield f"the address {email} of {user_id} has no {'profile' if (email, user_id) in guards else 'guard'}"
    for email, count in Counter(email for email, _ in addresses).items():
        if count > 1:
            yield f"the address {email} belongs to {count} users"


def _usage(holding: Holding) -> Iterator[str]:
    """A deleted library counts until its last share is gone."""
    users = len(holding.all(UserProfile))
    libraries = sum(not library.is_gone for library in holding.all(Library))
    for usage in holding.all(Usage):
        if (usage.users, usage.libraries) != (users, libraries):
            yield f"usage is counted as {usage.users} users, {usage.libraries} libraries; it is {users}, {libraries}"


def _directory(holding: Holding) -> Iterator[str]:
    """Each recorded change of the directory advanced its version; what contains an entry is there."""
    known = _principals(holding)
    for group in holding.all(Group):
        for parent in sorted(group.parents):
            if Principal(PrincipalKind.GROUP, parent) not in known:
                yield f"group {group.group_id} is inside group {parent}, which is not there"
    for department in holding.all(Department):
        if department.parent and Principal(PrincipalKind.DEPARTMENT, department.parent) not in known:
            yield f"department {department.department_id} is below {department.parent}, which is not there"
    kinds = {PrincipalKind.DEPARTMENT.value, PrincipalKind.GROUP.value, PrincipalKind.ROLE.value}
    changes = {found.write_id for found in holding.found(AuditRecord) if found.entity.target.kind in kinds}
    for directory in holding.all(Directory):
        if directory.revision < len(changes):
            yield f"the directory counts {directory.revision} changes and its audit trail holds {len(changes)}"


async def _indexes(app: App, tenant_id: str, holding: Holding) -> AsyncIterator[str]:
    """The listings by name find exactly what is there."""
    table = app.table.for_tenant(tenant_id)
    listings = (
        ("users", await _listed(table, UserProfile.by_name()), holding.all(UserProfile)),
        ("libraries", await _listed(table, Library.by_name()), holding.all(Library)),
    )
    for what, listed, there in listings:
        if sorted(map(repr, listed)) != sorted(map(repr, there)):
            yield f"the listing of {what} by name finds {len(listed)}, and there are {len(there)}, or others"


async def _listed(table: BoundTable, query: Query[E]) -> list[E]:
    found: list[E] = []
    cursor: str | None = None
    while True:
        page = await table.list(query, limit=PAGE, after=cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found


def _principals(holding: Holding) -> set[Principal]:
    """Everybody one can share with, the organisation apart."""
    return {
        *(Principal(PrincipalKind.INDIVIDUAL, profile.user_id) for profile in holding.all(UserProfile)),
        *(Principal(PrincipalKind.GROUP, group.group_id) for group in holding.all(Group)),
        *(Principal(PrincipalKind.ROLE, role.role_id) for role in holding.all(Role)),
        *(Principal(PrincipalKind.DEPARTMENT, each.department_id) for each in holding.all(Department)),
    }
