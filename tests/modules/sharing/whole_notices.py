"""Users who hear what is announced of their access, and know the rest from the last time all was at rest."""

from __future__ import annotations

from typing import Any

from entaku.modules.sharing import Permission
from entaku.modules.sharing.rows.computing import AccessNotice
from entaku.modules.sharing.rows.model import Told
from tests.modules.sharing.naive import Naive
from tests.modules.sharing.row_world import RowWorld

Pair = tuple[str, str]


class Listeners:
    """All users of a tenant. What is by reference is announced by no row, so of a library that was shared so meanwhile
    they are held only against what their rows have told at rest."""

    def __init__(self, rows: RowWorld, naive: Naive) -> None:
        self._rows, self._naive = rows, naive
        self._known: dict[Pair, Told | None] = {}
        self._by_reference = set[str]()
        self._announced: list[AccessNotice] = []
        self.heard = 0

    async def listen(self) -> None:
        """Takes up what has been announced, to be judged at rest."""
        self._announced += await self._rows.notices()

    def look(self) -> None:
        """Notes what is by reference now."""
        self._by_reference |= {
            each for each, known in self._naive.libraries.items() if any(map(self._is_reference, known.shares))
        }

    def _is_reference(self, principal: str) -> bool:
        kind = principal.partition(":")[0]
        return kind == "organisation" or (self._rows.app.config.rows_threshold > 0 and kind != "individual")

    async def hear(self) -> None:
        """At rest: each notice follows on what was known and tells something else; in the end all know the truth."""
        self.look()
        await self.listen()
        truth, known = self._truth(), dict(self._known)
        for notice in self._announced:
            pair = (notice.user_id, notice.resource.id)
            assert notice.before != notice.after, f"{notice} tells nothing"
            assert pair[1] in self._by_reference or notice.before == known.get(pair), (
                f"{notice} after {known.get(pair)}"
            )
            known[pair] = notice.after
            self.heard += 1
        for pair in known.keys() | truth.keys():
            if pair[1] not in self._by_reference:
                assert known.get(pair) == truth.get(pair), f"{pair} has heard {known.get(pair)}, not {truth.get(pair)}"
        for pair, told in truth.items():
            row = await self._rows.row(*pair)
            assert row is None or row.is_tombstone or row.told == told, f"the row of {pair} tells {row}"
        self._known, self._by_reference, self._announced = truth, set[str](), []
        self.look()

    def _truth(self) -> dict[Pair, Told | None]:
        naive = self._naive
        return {(user, each): self._told(user, each) for user in naive.people for each in naive.libraries}

    def _told(self, user: str, library: str) -> Told | None:
        may = self._naive.may(user, library)
        access_type: Any = self._naive.access_type(user, library)
        return Told(tuple(each for each in Permission if each in may), access_type) if may else None
