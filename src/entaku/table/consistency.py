"""Consistency tokens: what a request has written, so that a later one can be sure to see at least that.

Reads of the table are consistent, so on one table every token is at its place at once. It matters where something may
be behind: a table that was restored or copied, a replica in another region. A token names items that its transactions
wrote or rested on, with their versions, and versions only grow. It says little about each and is sealed as cursors are:
nobody can make one, and it is good for its tenant only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from entaku.core.errors import Invalid, Unavailable
from entaku.core.ids import shown
from entaku.core.limits import ATTEMPTS_MAX
from entaku.table.commits import Committed, CommittedItem
from entaku.table.driver import Item, ItemKey
from entaku.table.reader import Binding
from entaku.table.table import Table

TOKEN_BYTES_MAX = 1_500
"""Of what is named, before it is sealed: a header of 2 kB is the most that every proxy lets through."""
NAMED_MAX = 20

_LISTING = "consistency token"
_USEFUL = ("changed", "created", "deleted", "checked")
"""What tells most, first: an item that was there before has an older version wherever the write has not arrived."""


class Behind(Unavailable):
    """What this place knows is older than the write that the consistency token stands for."""


class _Named(msgspec.Struct, frozen=True, array_like=True):
    """One item of a token."""

    pk: str
    """Without the tenant."""
    sk: str
    how: str
    version: int


class ConsistencyTokens:
    """Gives tokens and waits for what they stand for."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, tenant_id: str, commits: Sequence[Committed]) -> str | None:
        """The token of what was committed in the tenant; None where that was nothing."""
        last = {item.key: item for each in commits if each.tenant_id == tenant_id for item in each.items}
        prefix = Binding("tenant", tenant_id).prefix
        named: list[_Named] = []
        bytes_left = TOKEN_BYTES_MAX
        for item in _most_telling(last.values()):
            each = _Named(item.key.pk.removeprefix(prefix), item.key.sk, item.how, item.version)
            bytes_left -= len(msgspec.json.encode(each)) + 1
            if bytes_left < 0 or len(named) == NAMED_MAX:
                break
            named.append(each)
        if not named:
            return None
        return self._table.for_tenant(tenant_id).seal_cursor(_LISTING, msgspec.json.encode(named).decode())

    async def wait_for(self, tenant_id: str, token: str) -> None:
        """Returns when what the token stands for can be read here: at once, or after a few tries within about a second.

        One call of the table for each try. Raises Invalid for a token that was not given for this tenant, and Behind
        when it cannot be read.
        """
        named = self._opened(tenant_id, token)
        engine, prefix = self._table.engine, Binding("tenant", tenant_id).prefix
        keys = [ItemKey(prefix + each.pk, each.sk) for each in named]
        for attempt in range(1, ATTEMPTS_MAX + 1):
            if _has_arrived(named, await engine.read(keys, now_ms=engine.now_ms())):
                return
            if attempt < ATTEMPTS_MAX:
                await engine.pause(attempt)
        raise Behind(
            "what is known here is older than the write that your consistency token stands for: try again in a moment,"
            " or leave the token out to read what there is"
        )

    def _opened(self, tenant_id: str, token: str) -> list[_Named]:
        try:
            text = self._table.for_tenant(tenant_id).open_cursor(_LISTING, token)
            return msgspec.json.decode(text, type=list[_Named])
        except (Invalid, msgspec.DecodeError) as error:
            raise Invalid(
                f"consistency token {shown(token, 12)} was not given for this tenant; send the one that your last write"
                " was answered with, or none"
            ) from error


def _most_telling(items: Iterable[CommittedItem]) -> list[CommittedItem]:
    """Of what was created the last come first: what a change is noted by, which stays, follows what it makes."""
    by_use: dict[str, list[CommittedItem]] = {how: [] for how in _USEFUL}
    for item in items:
        by_use[item.how].append(item)
    by_use["created"].reverse()
    return [item for how in _USEFUL for item in by_use[how] if item.version]


def _has_arrived(named: Sequence[_Named], items: Sequence[Item | None]) -> bool:
    """Whether nothing is older than the token, and something shows that its write has come here.

    What is not there may have been deleted since, or not have come; so where all of it is missing, that decides.
    """
    seen = False
    for each, item in zip(named, items, strict=True):
        if each.how == "deleted":
            if item is not None and item.version <= each.version:
                return False
            seen = True
        elif item is not None:
            if item.version < each.version:
                return False
            seen = True
    return seen
