"""Fills a tenant with people, libraries and shares, written as items: many more than an import would bring in a minute.

They come in blocks, each one transaction: eight people, four libraries that some of them own, and 28 shares. So what
somebody reaches is the same whatever else is in the table, and that is what is to be seen.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from entaku.modules.accounts import UserProfile, individual
from entaku.modules.sharing import Library, Permission, Resource, Share, Terms
from entaku.modules.sharing.model import Ownership, PrincipalShare
from entaku.table import BoundTable, Transaction

PEOPLE, LIBRARIES = 8, 4
SHARES = LIBRARIES * (PEOPLE - 1)
BLOCKS_AT_ONCE = 16


def person(block: int, number: int) -> str:
    return f"b{block:06d}-p{number}"


def library(block: int, number: int) -> str:
    return f"b{block:06d}-l{number}"


async def fill(table: BoundTable, first: int, end: int, at: datetime) -> None:
    """Writes the blocks from the first up to, and without, the end."""
    for start in range(first, end, BLOCKS_AT_ONCE):
        blocks = range(start, min(end, start + BLOCKS_AT_ONCE))
        await asyncio.gather(*(_write(table, block, at) for block in blocks))


async def _write(table: BoundTable, block: int, at: datetime) -> None:
    people = [person(block, number) for number in range(PEOPLE)]

    async def work(tx: Transaction) -> None:
        for each in people:
            tx.create(UserProfile(user_id=each, name=each))
        for number in range(LIBRARIES):
            owner, name = people[number], library(block, number)
            counts = {"individual": PEOPLE - 1}
            tx.create(Library(library_id=name, name=name, owner=owner, share_counts=counts))
            resource = Resource("library", name)
            tx.create(Ownership(owner=owner, resource=resource))
            terms = Terms(permissions=frozenset((Permission.READ, Permission.WRITE)), granted_by=owner, granted_at=at)
            for each in people:
                if each != owner:
                    tx.create(Share(resource=resource, principal=individual(each), terms=terms))
                    tx.create(PrincipalShare(principal=individual(each), resource=resource, terms=terms))

    await table.run(work)
