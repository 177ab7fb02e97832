"""One page, cut out of the list of everyone who reaches a resource.

Where there are few candidates, all of them are judged for each page: then it is counted and sorted as one likes. Where
there are many, a page goes on in the order of ids from where the last one ended, and costs what it shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from entaku.core.errors import Invalid
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import UserProfile
from entaku.modules.sharing.reachers.candidates import Candidates, CandidateWalk
from entaku.modules.sharing.reachers.judging import Judging, Place, is_asked_for, place_of
from entaku.modules.sharing.reachers.model import (
    Reacher,
    ReachersBounds,
    ReachersRequest,
)
from entaku.table import Reader


class Cut(msgspec.Struct, frozen=True):
    """What a page shows of the list."""

    users: Sequence[Reacher]
    end: Place | None
    """Where the next page begins; None when nobody follows."""
    total: int | None
    is_walk: bool
    """Whether the next page goes on by ids, without counting anew."""


class Cutting:
    """Cuts pages for one request."""

    def __init__(
        self,
        reader: Reader,
        candidates: Candidates,
        judging: Judging,
        request: ReachersRequest,
        bounds: ReachersBounds,
    ) -> None:
        self._reader, self._candidates, self._judging = reader, candidates, judging
        self._request, self._bounds = request, bounds

    async def cut(self, after: Place | None, *, is_walk: bool) -> Cut:
        """The page behind a place. Raises Invalid where there are too many users for what is asked."""
        position = "" if after is None else after[1]
        if is_walk and not self._request.exact_total:
            return await self._of_walk(CandidateWalk(self._reader, self._candidates, position))
        walk = CandidateWalk(self._reader, self._candidates, "")
        ids = await self._more_than(self._whole_max, walk)
        if walk.is_over and len(ids) <= self._whole_max:
            return await self._of_whole(ids, after)
        self._check_can_walk()
        if after is not None:
            walk = CandidateWalk(self._reader, self._candidates, position)
        else:
            walk.give_back(ids)
        return await self._of_walk(walk)

    @property
    def _whole_max(self) -> int:
        if self._request.exact_total:
            return self._bounds.counted
        return self._bounds.counted_unasked if self._request.sort == "id" else self._bounds.sorted

    def _check_can_walk(self) -> None:
        if self._request.sort != "id":
            bound, sort = self._bounds.sorted, self._request.sort
            raise Invalid(f"sort={sort} is for up to {bound} users, and more may reach this; use sort=id")
        if self._request.exact_total:
            raise Invalid(
                f"more than {self._bounds.counted} users may reach this, too many to be counted in one answer; leave"
                " total out, and count the pages"
            )

    async def _more_than(self, count: int, walk: CandidateWalk) -> list[str]:
        """More candidates than that, or all there are."""
        ids = list[str]()
        while len(ids) <= count and not walk.is_over:
            ids += await walk.take(PAGE_SIZE_MAX)
            await asyncio.sleep(0)  # Many calls are much work; others get their turn.
        return ids

    async def _of_whole(self, ids: Sequence[str], after: Place | None) -> Cut:
        found = list[tuple[Place, Reacher]]()
        for start in range(0, len(ids), PAGE_SIZE_MAX):
            for reacher in await self._judged(ids[start : start + PAGE_SIZE_MAX]):
                found.append((place_of(reacher, self._request.sort), reacher))
            await asyncio.sleep(0)
        found.sort(key=lambda pair: pair[0])
        rest = found if after is None else [pair for pair in found if pair[0] > after]
        page = rest[: self._request.limit]
        end = page[-1][0] if len(rest) > len(page) else None
        return Cut([reacher for _, reacher in page], end, len(found), is_walk=False)

    async def _of_walk(self, walk: CandidateWalk) -> Cut:
        limit, found, looked_at, position = self._request.limit, list[Reacher](), 0, ""
        is_filtered = bool(self._request.q) or self._request.permission is not None
        # What a page needs, if nothing speaks against anybody; then as much as one call gives.
        size = PAGE_SIZE_MAX if is_filtered else limit
        while looked_at < self._bounds.looked_at and not walk.is_over:
            ids = await walk.take(min(size, self._bounds.looked_at - looked_at))
            for reacher in await self._judged(ids):
                found.append(reacher)
                if len(found) == limit:
                    is_end = walk.is_over and reacher.user_id == ids[-1]
                    return Cut(found, None if is_end else ("", reacher.user_id), None, is_walk=True)
            looked_at, size = looked_at + len(ids), PAGE_SIZE_MAX
            position = ids[-1] if ids else position
        return Cut(found, None if walk.is_over else ("", position), None, is_walk=True)

    async def _judged(self, ids: Sequence[str]) -> list[Reacher]:
        """Those of the candidates who reach it and are asked for."""
        profiles = await self._reader.find_many([UserProfile.at(user_id=user_id) for user_id in ids])
        reachers = (self._judging.judged(profile) for profile in profiles)
        return [each for each in reachers if each is not None and is_asked_for(each, self._request)]
