"""The roll: every user as a member of the organisation, a base item each, so that all are found for certain, by id.

It is kept in the transactions that create and delete users. A tenant from before there was one gets it when its rows of
access are built; until then its directory does not say that it has a roll.
"""

from __future__ import annotations

from entaku.modules.accounts.model import Directory, Member, UserProfile, UserState
from entaku.modules.accounts.principals import ORGANISATION
from entaku.table import BoundTable, Query, Transaction, changed


def everyone() -> Query[Member]:
    """All users by id, also who is deactivated or just being deleted."""
    return Member.of_principal(principal=ORGANISATION)


def enroll(tx: Transaction, user_id: str) -> None:
    """Enters a user who is created. One action."""
    tx.create(Member(principal=ORGANISATION, user_id=user_id))


async def strike(tx: Transaction, table: BoundTable, user_id: str) -> None:
    """Takes out a user who is removed. One read, and one action unless there was no roll yet."""
    member = await table.find(Member.at(principal=ORGANISATION, user_id=user_id))
    if member is not None:
        tx.delete(member)


async def enroll_present(table: BoundTable, user_id: str) -> None:
    """Enters a user who was there before the roll. Safe to repeat; nothing for one who is gone, or just being deleted:
    whoever removes that user has looked already, perhaps, whether there is an entry."""

    async def work(tx: Transaction) -> None:
        profile = await table.find(UserProfile.at(user_id=user_id))
        member = await table.find(Member.at(principal=ORGANISATION, user_id=user_id))
        if profile is not None and profile.state is not UserState.DELETING and member is None:
            tx.check(profile)
            enroll(tx, user_id)

    await table.run(work)


async def complete_roll(table: BoundTable) -> None:
    """Says that everybody is entered. Safe to repeat; it advances the directory version once."""

    async def work(tx: Transaction) -> None:
        directory = await table.get(Directory.at())
        if not directory.has_roll:
            tx.replace(changed(directory, has_roll=True, revision=directory.revision + 1))

    await table.run(work)
