"""Whom shares may reach, in the order of ids: members of all principals merged, and those that are named themselves.

Nobody whom a live share reaches is missing; some may be no users any more, or be reached by nothing: that is judged
afterwards. What is read is base items. Where the organisation is among the principals, or there are too many of them to
be merged, every user of the tenant is a candidate.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind, members_of
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.model import Share
from entaku.modules.sharing.rows.dirty import everything_in
from entaku.table import Reader

MEMBERS_AT_ONCE = 2_000
MEMBERS_OF_EACH_MIN = 10
"""Where many principals are merged, one call reads few members of each."""


class Candidates(msgspec.Struct, frozen=True):
    """Where candidates are found."""

    named: tuple[str, ...]
    """Ids in order: the owner, and whom shares name personally."""
    principals: tuple[Principal, ...]
    """Those whose direct members are candidates."""

    @property
    def are_everyone(self) -> bool:
        return self.principals == (ORGANISATION,)


class CandidateWalk:
    """Candidates with ids greater than a position, ascending, each once."""

    def __init__(self, reader: Reader, candidates: Candidates, position: str) -> None:
        self._reader = reader
        self._named = [each for each in candidates.named if position < each]
        self._members: dict[Principal, list[str]] = {principal: [] for principal in candidates.principals}
        """Those that have been read, and not been taken yet."""
        self._open = dict.fromkeys(candidates.principals, position)
        """How far each listing has been read that goes on."""
        self._back: list[str] = []

    @property
    def is_over(self) -> bool:
        """Whether nobody follows."""
        return not (self._back or self._named or self._open or any(self._members.values()))

    def give_back(self, ids: list[str]) -> None:
        """Those that were taken last are the next ones again."""
        self._back = ids + self._back

    async def take(self, size: int) -> list[str]:
        """The next ones, at most `size`; none only when nobody follows. One call of the table, or none."""
        if self._back:
            taken, self._back = self._back[:size], self._back[size:]
            return taken
        await self._read(size)
        # Behind the end of a listing that goes on, somebody may come who is not known yet.
        bound = min((self._members[principal][-1] for principal in self._open), default=None)
        known = set(self._named).union(*self._members.values())
        taken = sorted(each for each in known if bound is None or each <= bound)[:size]
        if taken:
            self._named = [each for each in self._named if each > taken[-1]]
            for principal, members in self._members.items():
                self._members[principal] = [each for each in members if each > taken[-1]]
        return taken

    async def _read(self, size: int) -> None:
        """Goes on with the listings, if of one of them all that was read has been taken; with those too of which little
        is left, or the next of them would soon take a call of its own."""
        if all(self._members[principal] for principal in self._open):
            return
        limit = min(size, max(MEMBERS_AT_ONCE // len(self._open), MEMBERS_OF_EACH_MIN))
        wanted = [principal for principal in self._open if len(self._members[principal]) <= limit // 2]
        queries = [members_of(principal, after=self._open[principal]) for principal in wanted]
        for principal, page in zip(wanted, await self._reader.list_each(*queries, limit=limit), strict=True):
            self._members[principal] += [member.user_id for member in page.items]
            if page.cursor is None:
                del self._open[principal]
            else:
                self._open[principal] = page.items[-1].user_id


def candidates_of(facts: Facts, live: Iterable[Share], *, lists_max: int) -> Candidates:
    """Whom these shares of the resource of the facts, and that it is theirs, make a candidate. Members of more
    principals than `lists_max` are not merged."""
    assert facts.thing is not None, "a resource that is not there is shared with nobody"
    named, whole = {facts.thing.owner}, set[Principal]()
    around = list[Principal]()
    for share in live:
        principal = share.principal
        match principal.kind:
            case PrincipalKind.INDIVIDUAL:
                named.add(principal.id)
            case PrincipalKind.GROUP:
                around.append(principal)
            case PrincipalKind.DEPARTMENT if share.terms.include_children:
                around.append(principal)
            case _:
                whole.add(principal)
    principals = whole | everything_in(facts.hierarchy, around)
    if ORGANISATION in principals or len(principals) > lists_max:
        return Candidates((), (ORGANISATION,))
    return Candidates(tuple(sorted(named)), tuple(sorted(principals)))
