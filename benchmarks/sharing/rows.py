"""Fills a tenant with people, libraries, shares and access rows, written as items: many more than an import would bring
in a minute.

They come in blocks: eight people, four libraries that some of them own, 28 shares, and the 32 rows that come of it. So
what somebody reaches is the same whatever else is in the table, and that is what is to be seen.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from entaku.modules.accounts import UserProfile, individual
from entaku.modules.sharing import Library, Permission, Resource, Share, Terms
from entaku.modules.sharing.model import Ownership, PrincipalShare
from entaku.modules.sharing.rows.model import AccessRow, RowSource, RowThing, Told
from entaku.modules.sharing.shareable import ResourceState
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
    terms = [
        Terms(permissions=frozenset((Permission.READ, Permission.WRITE)), granted_by=owner, granted_at=at)
        for owner in people[:LIBRARIES]
    ]

    async def truth(tx: Transaction) -> datetime:
        for each in people:
            tx.create(UserProfile(user_id=each, name=each))
        for number, granted in enumerate(terms):
            owner, name = people[number], library(block, number)
            counts = {"individual": PEOPLE - 1}
            tx.create(Library(library_id=name, name=name, owner=owner, share_counts=counts))
            resource = Resource("library", name)
            tx.create(Ownership(owner=owner, resource=resource))
            for each in people:
                if each != owner:
                    tx.create(Share(resource=resource, principal=individual(each), terms=granted))
                    tx.create(PrincipalShare(principal=individual(each), resource=resource, terms=granted))
        return tx.now

    begun_at = await table.run(truth)

    async def rows(tx: Transaction) -> None:
        for number, granted in enumerate(terms):
            for each in people:
                tx.create(_row(each, people[number], library(block, number), granted, begun_at))

    await table.run(rows)


def _row(user: str, owner: str, name: str, terms: Terms, begun_at: datetime) -> AccessRow:
    """As a worker writes it, but for the versions that it names."""
    is_owner = user == owner
    told = Told(tuple(Permission), "owner") if is_owner else _SHARED
    return AccessRow(
        user_id=user,
        resource=Resource("library", name),
        thing=RowThing(name, owner, begun_at, is_discoverable=False, state=ResourceState.ACTIVE),
        sources=() if is_owner else (RowSource(individual(user), terms),),
        thing_version=1,
        user_version=1,
        directory_version=1,
        told=told,
    )


_SHARED = Told((Permission.READ, Permission.WRITE), "individual")
