"""Callers that share and move people over HTTP while what serves them is killed, and the ledger of what they were told.

Each thing that is changed belongs to one caller, who asks until there is an answer: so the ledger says in the end what
must be there. A request without an answer is sent again under its own key, to whoever serves then.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tests.reliability.wire import NoAnswer, Reply, Wire

LIBRARIES = tuple(f"l{number}" for number in range(6))
DEPARTMENTS = tuple(f"d{number}" for number in range(6))
GROUPS = tuple(f"g{number}" for number in range(6))
WIDE = "wide"
"""The department of many members, and the library that is shared with it."""
AGAIN_AFTER_S = 0.02
ENDS_WITHIN_S = 4.0
WIDE_STAYS_S = 6.0
"""The longest that the wide department keeps its share, or goes without: long enough for all its rows."""


class Acknowledged(msgspec.Struct, frozen=True):
    """A change that somebody was told is done."""

    key: str
    """Of a change of shares it is also the reason, so that the audit trail has it."""
    kind: str
    target: str
    version: int
    noted: tuple[tuple[str, str], ...]
    """What the trail must hold of it: actions and subjects."""


class Ledger:
    """What all callers were told, and so what must be there."""

    def __init__(self) -> None:
        self.is_over = False
        """Nobody begins anything any more."""
        self.acknowledged: list[Acknowledged] = []
        self.shares: dict[tuple[str, str], dict[str, Any]] = {}
        """By library and principal."""
        self.places: dict[str, tuple[str | None, tuple[str, ...]]] = {}
        """The department and the groups of those who were moved."""
        self.statuses: Counter[str] = Counter()
        self.wrong: list[str] = []

    def summary(self) -> str:
        statuses = ", ".join(f"{count} {what}" for what, count in sorted(self.statuses.items()))
        return f"{len(self.acknowledged)} changes acknowledged; {statuses}"


class Caller:
    """Asks one of several ports until somebody answers."""

    def __init__(self, name: str, ports: Sequence[int], token: str, ledger: Ledger, chance: random.Random) -> None:
        self.name, self.ledger, self.chance = name, ledger, chance
        self._wires = [Wire(port, token) for port in ports]

    async def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        """The answer, however often it has to be asked for. A conflict with others calls for the same once more."""
        while True:
            try:
                reply = await self._wires[0].call(method, target, body, **headers)
            except NoAnswer:
                self.ledger.statuses["without an answer"] += 1
                self._wires.append(self._wires.pop(0))
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            self.ledger.statuses[str(reply.status)] += 1
            if reply.status not in (409, 503):
                return reply
            await asyncio.sleep(AGAIN_AFTER_S)

    async def change(self, target: str, key: str, body: dict[str, Any]) -> Any:
        """What the change came to; None, with a line in the ledger, where it was refused."""
        reply = await self.ask("PATCH", target, body, Idempotency_Key=key)
        if reply.status != 200:
            self.ledger.wrong.append(f"{key} was answered {reply.status}: {reply.body.decode()}")
            return None
        return {"version": reply.version, **reply.json()}

    def close(self) -> None:
        for wire in self._wires:
            wire.close()


class Sharer(Caller):
    """Shares all libraries with a reader, a group and a department that nobody else shares them with."""

    def __init__(self, number: int, ports: Sequence[int], token: str, ledger: Ledger, chance: random.Random) -> None:
        super().__init__(f"s{number}", ports, token, ledger, chance)
        self._reader = f"r{number}"
        group, department = GROUPS[number], DEPARTMENTS[number]
        self._principals = [f"individual:{self._reader}", f"group:{group}", f"department:{department}"]

    async def run(self) -> None:
        for number in itertools.count():
            if self.ledger.is_over:
                return
            library = self.chance.choice(LIBRARIES)
            await self._change(f"{self.name}.{number}", library)
            if self.chance.random() < 0.3:
                await self._look()

    async def _change(self, key: str, library: str) -> None:
        shares = self.ledger.shares
        chosen = sorted(self.chance.sample(self._principals, self.chance.randrange(1, 4)))
        add = {each: self._terms() for each in chosen if (library, each) not in shares}
        remove = [each for each in chosen if each not in add]
        await share(self, key, library, add, remove)

    def _terms(self) -> dict[str, Any]:
        more = self.chance.choice([["read"], ["read", "write"], ["read", "delete"]])
        if self.chance.random() < 0.8:
            return {"permissions": more}
        ends_at = datetime.now(UTC) + timedelta(seconds=self.chance.uniform(1.0, ENDS_WITHIN_S))
        return {"permissions": more, "expires_at": ends_at.isoformat()}

    async def _look(self) -> None:
        """The reader, whom nobody moves, sees what was acknowledged, and nothing else."""
        reply = await self.ask("GET", f"/api/users/{self._reader}/libraries?limit=100")
        listed = {row["library_id"] for rows in reply.json()["libraries"].values() for row in rows}
        for library in LIBRARIES:
            mine = [self.ledger.shares.get((library, each)) for each in self._principals]
            is_sure = any(terms is not None and "expires_at" not in terms for terms in mine)
            if is_sure and library not in listed:
                self.ledger.wrong.append(f"{self._reader} has {library}, and was shown only {sorted(listed)}")
            if not any(mine) and library in listed:
                self.ledger.wrong.append(f"{self._reader} has no {library} any more, and was shown it")


class WideSharer(Caller):
    """Shares a library with the wide department and takes that back, at once or after a while."""

    async def run(self) -> None:
        for number in itertools.count():
            is_shared = (WIDE, f"department:{WIDE}") in self.ledger.shares
            # It ends with the share there: then every member has a row.
            if self.ledger.is_over and is_shared:
                return
            key, principal = f"{self.name}.{number}", f"department:{WIDE}"
            if is_shared:
                await share(self, key, WIDE, {}, [principal])
            else:
                await share(self, key, WIDE, {principal: {"permissions": ["read"]}}, [])
            waits_s = self.chance.uniform(0.0, WIDE_STAYS_S)
            while waits_s > 0 and not self.ledger.is_over:
                await asyncio.sleep(0.1)
                waits_s -= 0.1


class Mover(Caller):
    """Moves some people from one department to another, in groups and out of them."""

    def __init__(
        self, name: str, people: Sequence[str], ports: Sequence[int], token: str, ledger: Ledger, chance: random.Random
    ) -> None:
        super().__init__(name, ports, token, ledger, chance)
        self._people = people

    async def run(self) -> None:
        for number in itertools.count():
            if self.ledger.is_over:
                return
            user, key = self.chance.choice(self._people), f"{self.name}.{number}"
            before = self.ledger.places.get(user)
            departments = [each for each in (*DEPARTMENTS, WIDE, None) if before is None or each != before[0]]
            place = self.chance.choice(departments), tuple(self.chance.sample(GROUPS, self.chance.randrange(3)))
            # Without the name of the request the move to where somebody is already would be no change at all.
            body = {"department": place[0], "groups": place[1], "name": key}
            done = await self.change(f"/api/users/{user}", key, body)
            if done is not None:
                self.ledger.places[user] = place
                noted = (("user_changed", "None"),)
                self.ledger.acknowledged.append(Acknowledged(key, "user", user, done["version"], noted))


async def share(caller: Caller, key: str, library: str, add: dict[str, dict[str, Any]], remove: list[str]) -> None:
    """One change of shares, and what the ledger has of it. Principals are written `kind:id`."""
    body = {
        "add": [{"principal": _body(each), **terms} for each, terms in add.items()],
        "remove": [_body(each) for each in remove],
        "reason": key,
    }
    done = await caller.change(f"/api/libraries/{library}/shares", key, body)
    if done is None:
        return
    ledger = caller.ledger
    told = {what: sorted(f"{each['kind']}:{each['id']}" for each in done[what]) for what in ("added", "removed")}
    if told != {"added": sorted(add), "removed": sorted(remove)}:
        ledger.wrong.append(f"{key} was to add {sorted(add)} and to remove {remove}, and was answered {told}")
    for each, terms in add.items():
        ledger.shares[library, each] = terms
    for each in remove:
        del ledger.shares[library, each]
    noted = sorted([*(("share_added", each) for each in add), *(("share_removed", each) for each in remove)])
    ledger.acknowledged.append(Acknowledged(key, "library", library, done["version"], tuple(noted)))


def _body(principal: str) -> dict[str, str]:
    kind, _, name = principal.partition(":")
    return {"kind": kind, "id": name}
