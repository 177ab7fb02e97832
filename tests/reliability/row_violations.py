"""What must be true of rows at rest, worked out anew from profiles, departments and shares; and of what was announced.

Nothing here asks a service. Departments may lie below others; groups are taken to be in no other group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from entaku.main import App
from entaku.modules.accounts import (
    Department,
    Membership,
    Principal,
    PrincipalKind,
    SharingPolicy,
    UserProfile,
)
from entaku.modules.sharing import Library, Share, Source, Terms, evaluate
from entaku.modules.sharing.access.evaluation import OWNER_ACCESS
from entaku.modules.sharing.rows.computing import AccessNotice, notice_of, told_of
from entaku.modules.sharing.rows.model import AccessRow, Pending, Told
from entaku.table.driver import Item
from entaku.table.entity import info_of
from entaku.table.reader import decode
from tests.reliability.stored import Holding

AT_ONCE = 500
Ways = dict[tuple[str, str], list[tuple[Principal, Terms]]]
"""Every share that reaches a user, by user and library."""


def row_violations(holding: Holding, now: datetime) -> Iterator[str]:
    """Rows that are missing, are too many, or say other than the shares do; and what is still pending."""
    for pending in holding.all(Pending):
        yield f"{pending.pending_id} is still pending: {pending.concern} of {pending.resource} {pending.principals}"
    owners = {library.library_id: library.owner for library in holding.all(Library)}
    ways = _ways(holding)
    pairs = {pair for pair in ways if pair[0] != owners[pair[1]]} | {(owner, each) for each, owner in owners.items()}
    rows = {(row.user_id, row.resource.id): row for row in holding.all(AccessRow) if not row.is_tombstone}
    for user_id, library in sorted(pairs ^ rows.keys()):
        is_missing = (user_id, library) in pairs
        yield f"{user_id} reaches {library} and has no row" if is_missing else f"{user_id} has a row of {library} still"
    for pair in sorted(pairs & rows.keys()):
        row, is_owner = rows[pair], owners[pair[1]] == pair[0]
        said = {(source.principal, source.terms) for source in row.sources}
        if said != (set() if is_owner else {*ways[pair]}):
            yield f"the row of {pair[0]} and {pair[1]} has the sources {said}, and there are {ways[pair]}"
        if row.told != _told(ways[pair], now, is_owner=is_owner):
            yield f"{pair[0]} was told {row.told} of {pair[1]}, and has {_told(ways[pair], now, is_owner=is_owner)}"


def members(holding: Holding) -> dict[Principal, list[tuple[str, bool]]]:
    """Who is in each principal, and whether directly."""
    parents = {department.department_id: department.parent for department in holding.all(Department)}
    found: dict[Principal, list[tuple[str, bool]]] = defaultdict(list)
    for profile in holding.all(UserProfile):
        found[Principal(PrincipalKind.INDIVIDUAL, profile.user_id)].append((profile.user_id, True))
        for group in profile.groups:
            found[Principal(PrincipalKind.GROUP, group)].append((profile.user_id, True))
        department, is_direct = profile.department, True
        while department is not None:
            found[Principal(PrincipalKind.DEPARTMENT, department)].append((profile.user_id, is_direct))
            department, is_direct = parents[department], False
    return found


async def notices_since(app: App, tenant_id: str, position: str) -> list[AccessNotice]:
    """What the change log has announced of a tenant's rows since then, in order."""
    driver, notices = app.table.driver, list[AccessNotice]()

    def decoded(item: Item | None) -> AccessRow | None:
        return None if item is None else decode(driver.codec, item, info_of(AccessRow))

    while True:
        batch = await driver.changes(position, limit=AT_ONCE)
        position = batch.position
        rows = [each for each in batch.changes if each.kind == "ACCESS" and each.tenant == tenant_id]
        notices += [notice for each in rows if (notice := notice_of(decoded(each.old), decoded(each.new)))]
        if not batch.changes:
            return notices


def notice_violations(notices: list[AccessNotice], holding: Holding) -> Iterator[str]:
    """Each announcement must begin where the one before has ended, and the last one must be how it is now."""
    last: dict[tuple[str, str], Told | None] = {}
    for notice in notices:
        pair = notice.user_id, notice.resource.id
        if notice.before != last.get(pair):
            yield f"{pair[0]} was told {last.get(pair)} of {pair[1]}, and then that it is no longer {notice.before}"
        if notice.before == notice.after:
            yield f"{pair[0]} was told {notice.after} of {pair[1]} twice"
        last[pair] = notice.after
    now = {(row.user_id, row.resource.id): row.told for row in holding.all(AccessRow)}
    for pair in sorted(now.keys() | last.keys()):
        if now.get(pair) != last.get(pair):
            yield f"{pair[0]} was last told {last.get(pair)} of {pair[1]}, and the row tells {now.get(pair)}"


def _ways(holding: Holding) -> Ways:
    people, found = members(holding), Ways()
    for share in holding.all(Share):
        for user_id, is_direct in people.get(share.principal, []):
            if is_direct or share.terms.include_children:
                found.setdefault((user_id, share.resource.id), []).append((share.principal, share.terms))
    return defaultdict(list, found)


def _told(ways: list[tuple[Principal, Terms]], now: datetime, *, is_owner: bool) -> Told | None:
    if is_owner:
        return told_of(OWNER_ACCESS)
    sources = [Source(Membership(principal), terms) for principal, terms in ways]
    return told_of(evaluate(sources, now=now, policy=SharingPolicy.PRECEDENCE))
