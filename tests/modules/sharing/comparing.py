"""Comparing what the system answers with what the naive tenant works out: checks, access with why, lists, trails."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import msgspec

from entaku.core.errors import NotFound, Unauthenticated
from entaku.modules.sharing import AccessAnswer, Check, ListRequest, Permission
from tests.modules.sharing.naive import LEVELS, Naive, NaiveLibrary, NaiveShare, folded, level_of
from tests.modules.sharing.world import ROOT, World

CHECKS_AT_ONCE = 100


class Comparison:
    """Holds a world against a naive tenant. Every method raises AssertionError where they differ."""

    def __init__(self, world: World, naive: Naive, dice: random.Random) -> None:
        self.world, self.naive, self.dice = world, naive, dice

    async def everything(self) -> None:
        """All pairs are checked; access with why, list and trail are looked at for one user and library."""
        await self.checks()
        user = self.dice.choice([*self.naive.people])
        await self.list(user)
        await self.first_page(user)
        if self.naive.libraries:
            library = self.dice.choice([*self.naive.libraries])
            await self.access(user, library)
            await self.trail(library)

    async def checks(self) -> None:
        """Every user, every library, every permission; and some that do not exist."""
        users, libraries = [*self.naive.people, "nobody"], [*self.naive.libraries, "l0"]
        pairs = [(user, library) for user in users for library in libraries]
        asked = [Check(user_id=u, library_id=lib, permission=p) for u, lib in pairs for p in Permission]
        answers: list[bool] = []
        for start in range(0, len(asked), CHECKS_AT_ONCE):
            answers += await self.world.sharing.checks.check(self.world.actor(), asked[start : start + CHECKS_AT_ONCE])
        wrong = [
            check
            for check, answer in zip(asked, answers, strict=True)
            if answer is not (check.permission in self._may(check.user_id, check.asked().id))
        ]
        assert wrong == []

    def _may(self, user: str, library: str) -> frozenset[str]:
        return self.naive.may(user, library) if library in self.naive.libraries else frozenset()

    async def access(self, user: str, library: str) -> None:
        """As the administrator is told, and as the user is told."""
        naive = self.naive
        if naive.libraries[library].is_deleted or naive.libraries[library].kept_until is not None:
            return
        answer = await self.world.access(user, library)
        transitions = naive.transitions(user, library)
        assert frozenset(answer.permissions) == naive.may(user, library)
        assert answer.access_type == naive.access_type(user, library)
        assert answer.next_transition == (transitions[0] if transitions else None)
        counting = {str(source.principal): source for source in answer.why.sources if source.state == "counts"}
        if naive.people[user].is_active or counting:
            assert set(counting) == {principal for principal, _ in naive.counting(user, library, naive.now)}
        if naive.libraries[library].owner != user:
            explained = {str(source.principal) for source in answer.why.sources if source.state != "only_itself"}
            assert explained == {principal for principal, _ in naive.reaching(user, library)}
            near = {str(source.principal) for source in answer.why.sources if source.state == "only_itself"}
            assert near == naive.stopping_above(user, library)
        try:
            own = await self.world.access(user, library, by=user)
        except (NotFound, Unauthenticated):
            assert not naive.may_know(user, library)
        else:
            assert naive.may_know(user, library)
            assert (own.permissions, own.access_type) == (answer.permissions, answer.access_type)
            self._own(own, answer, is_manager=naive.manages(user, library))

    def _own(self, own: AccessAnswer, answer: AccessAnswer, *, is_manager: bool) -> None:
        """What is told to the person, given what an administrator is told: the same, or what is live of it."""
        if is_manager:
            assert own == answer
            return
        live = tuple(source for source in answer.why.sources if source.state in ("counts", "outranked"))
        ends = [source.expires_at for source in live if source.expires_at is not None]
        assert own.why.sources == live
        assert own.next_transition == min(ends, default=None)
        assert own.why.verdict == (answer.why.verdict if live else "not_told")

    async def list(self, user: str) -> None:
        """All pages of a list as they go over the wire, to the user or to an administrator: order, grouping, totals and
        every row."""
        by = self.dice.choice([ROOT, user])
        include_expired, q = self.dice.random() < 0.3, self.dice.choice(["", "", "AT", "ss", "no such thing"])
        sort: Any = self.dice.choice(["name", "granted_at", "owner", "id"])
        rows = list[dict[str, Any]]()
        request = ListRequest(limit=self.dice.randint(1, 4), sort=sort, q=q, include_expired=include_expired)
        while True:
            wire = await self.world.sharing.pages.page(self.world.actor(by), user, request)
            page = msgspec.json.decode(wire.body(0.0))
            grouped = [(group, row) for group, found in page["libraries"].items() for row in found]
            assert all(group == group_of(row) for group, row in grouped)
            assert len(grouped) <= request.limit
            placed = sorted((row for _, row in grouped), key=lambda row: row["place"])
            assert [row.pop("place") for row in placed] == [*range(1, len(placed) + 1)]
            rows += placed
            if page["next_cursor"] is None:
                break
            request = msgspec.structs.replace(request, cursor=page["next_cursor"])
        expected = self._rows(user, include_expired, q, by)
        assert (page["total"], page["complete"]) == (len(expected), True)
        assert [row["library_id"] for row in rows] == [
            row["library_id"] for row in sorted(expected.values(), key=lambda row: sort_key(row, sort))
        ]
        for row in rows:
            wanted = expected[row["library_id"]]
            assert row.pop("granted_by") in wanted.pop("granted_by")
            assert row == wanted

    async def first_page(self, user: str) -> None:
        """The page that everybody asks for, again and again: one that may be remembered."""
        wire = await self.world.sharing.pages.page(self.world.actor(user), user, ListRequest(limit=20))
        groups = msgspec.json.decode(wire.body(0.0))["libraries"].values()
        shown = {row["library_id"]: set(row["permissions"]) for group in groups for row in group}
        assert shown == {each: may for each in self.naive.libraries if (may := self.naive.may(user, each))}

    def _rows(self, user: str, include_expired: bool, q: str, by: str) -> dict[str, dict[str, Any]]:
        naive = self.naive
        rows = {
            library: self._row(user, library, known)
            for library, known in naive.libraries.items()
            if naive.may(user, library) or (include_expired and naive.has_ended_for(user, library))
        }
        for library, row in rows.items():
            if by != ROOT and not naive.may_know(user, library):
                row.update(name=None, owner=None, granted_by={None}, state=None)
        return {library: row for library, row in rows.items() if folded(q) in folded(row["name"] or "")}

    def _row(self, user: str, library: str, known: NaiveLibrary) -> dict[str, Any]:
        naive = self.naive
        permissions = naive.may(user, library)
        counting = [share for _, share in naive.counting(user, library, naive.now)]
        row: dict[str, Any] = {"library_id": library, "name": known.name, "owner": known.owner}
        row["state"] = "archived" if known.is_archived else "active"
        row["permissions"] = [each for each in Permission if each in permissions]
        row["access_type"] = naive.access_type(user, library)
        row["expires_at"] = naive.loses_at(user, library, permissions)
        if not permissions:
            row["access_type"], row["expires_at"], counting = self._last_ended(user, library)
        granted_at = min((share.granted_at for share in counting), default=known.created_at)
        row["granted_by"] = {s.granted_by for s in counting if s.granted_at == granted_at} or {known.owner}
        row["granted_at"] = granted_at
        builtins: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({**row, "granted_by": None}))
        return {**builtins, "granted_by": row["granted_by"]}

    def _last_ended(self, user: str, library: str) -> tuple[str, datetime, list[NaiveShare]]:
        """Of the shares that have ended the last, and of several the nearest: level, end, shares of that kind."""
        ended = [
            (end, -level_of(principal), share)
            for principal, share in self.naive.reaching(user, library)
            if (end := share.terms.expires_at) is not None and end <= self.naive.now
        ]
        last = max((end, nearness) for end, nearness, _ in ended)
        return LEVELS[-last[1]], last[0], [s for end, nearness, s in ended if (end, nearness) == last]

    async def trail(self, library: str) -> None:
        assert len(await self.world.audited(library)) == self.naive.libraries[library].records


def group_of(row: dict[str, Any]) -> str:
    if row["access_type"] == "owner":
        return "owned"
    return "write_access" if "write" in row["permissions"] else "read_access"


def sort_key(row: dict[str, Any], sort: str) -> tuple[Any, str]:
    """Names as people compare them, times as times; ids decide between equals."""
    match sort:
        case "name":
            return folded(row["name"] or ""), row["library_id"]
        case "granted_at":
            return datetime.fromisoformat(row["granted_at"]), row["library_id"]
        case "owner":
            return row["owner"] or "", row["library_id"]
        case _:
            return "", row["library_id"]
