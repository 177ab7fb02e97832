"""Members of a principal from a user id on: what it takes to merge those of several."""

from __future__ import annotations

from entaku.modules.accounts.model import Member
from entaku.modules.accounts.principals import Principal
from entaku.table import Query

_BEHIND = "!"
"""Sorts before every character that an id may have, so that an id with it stands right behind the id."""


def members_of(principal: Principal, *, after: str = "") -> Query[Member]:
    """The direct members by user id, strictly after the one given, who need not be one."""
    query = Member.of_principal(principal=principal)
    if not after:
        return query
    low = Member.at(principal=principal, user_id=after).sk + _BEHIND
    return Query(Member, query.pattern, query.index, query.partitions, low, query.high)
