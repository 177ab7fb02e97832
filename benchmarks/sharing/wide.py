"""Fills a tenant with one department of many members, or many groups with many libraries, written as items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from entaku.modules.accounts import ORGANISATION, Member, Principal, PrincipalKind, UserProfile
from entaku.modules.sharing import Library, Permission, Resource, Share, Terms
from entaku.modules.sharing.model import Ownership, PrincipalShare
from entaku.table import BoundTable

PEOPLE_AT_ONCE, LIBRARIES_AT_ONCE = 30, 20


async def fill_department(table: BoundTable, department: str, members: int) -> None:
    """People who are in that department and in nothing else."""
    principal = Principal(PrincipalKind.DEPARTMENT, department)
    for start in range(0, members, PEOPLE_AT_ONCE):
        async with table.transaction() as tx:
            for number in range(start, min(members, start + PEOPLE_AT_ONCE)):
                user_id = f"m{number:06d}"
                tx.create(UserProfile(user_id=user_id, name=user_id, department=department))
                tx.create(Member(principal=principal, user_id=user_id))
                tx.create(Member(principal=ORGANISATION, user_id=user_id))


async def fill_groups(table: BoundTable, groups: Sequence[str], libraries: int, owner: str, at: datetime) -> None:
    """So many libraries of one owner for each group, each shared with it alone."""
    terms = Terms(permissions=frozenset((Permission.READ, Permission.WRITE)), granted_by=owner, granted_at=at)
    for group in groups:
        principal = Principal(PrincipalKind.GROUP, group)
        for start in range(0, libraries, LIBRARIES_AT_ONCE):
            async with table.transaction() as tx:
                for number in range(start, min(libraries, start + LIBRARIES_AT_ONCE)):
                    name = f"{group}-l{number}"
                    resource = Resource("library", name)
                    tx.create(Library(library_id=name, name=name, owner=owner, share_counts={"group": 1}))
                    tx.create(Ownership(owner=owner, resource=resource))
                    tx.create(Share(resource=resource, principal=principal, terms=terms))
                    tx.create(PrincipalShare(principal=principal, resource=resource, terms=terms))
