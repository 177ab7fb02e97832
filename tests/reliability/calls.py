"""Callers that write to one library for as long as they are let, and the tally of what they saw."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from typing import Any

import msgspec

from tests.reliability.wire import NoAnswer, Reply, Wire

AGAIN_AFTER_S = 0.05
REPEATED_EVERY = 4
"""One of so many acknowledged changes of shares is sent once more."""


class Won(msgspec.Struct, frozen=True):
    """A change that was acknowledged."""

    id: str
    """Sent as the reason, so that the audit trail has it."""
    library_id: str
    version: int
    action: str


class Calls:
    """What all callers saw. The phase is what the service is just put through."""

    def __init__(self) -> None:
        self.begin("start")
        self.is_over = False
        """Callers send nothing any more."""
        self.won: list[Won] = []
        self.attempted: set[str] = set()
        self._statuses: dict[str, Counter[str]] = defaultdict(Counter)
        self._waits_s: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
        self._wrong: list[str] = []

    def begin(self, phase: str) -> None:
        """From now on the service is put through this."""
        self.phase, self._phase_began = phase, time.monotonic()

    async def send(
        self, who: str, wire: Wire, method: str, target: str, body: Any = None, **headers: str
    ) -> Reply | None:
        """The answer, noted; None when there was none."""
        started, phase, since = time.monotonic(), self.phase, self._phase_began
        try:
            reply = await wire.call(method, target, body, **headers)
        except NoAnswer:
            self._statuses[phase][f"{method} without an answer"] += 1
            return None
        if method == "PATCH":
            self._waits_s[phase].append((time.monotonic() - started, started - since, who))
        self._statuses[phase][f"{method} {reply.status}"] += 1
        if reply.status >= 500 or b"locked" in reply.body:
            self._wrong.append(f"{who} was answered {reply.status} in phase {phase}: {reply.body.decode()}")
        return reply

    def wrong(self, sentence: str) -> None:
        self._wrong.append(sentence)

    def violations(self) -> list[str]:
        """What no caller may see, and versions that two of them won."""
        winners = Counter((won.library_id, won.version) for won in self.won)
        twice = [
            f"version {version} of {library_id} was won {count} times"
            for (library_id, version), count in winners.items()
            if count > 1
        ]
        return self._wrong + twice

    def summary(self) -> list[str]:
        """For people: answers and waits in each phase, and how evenly the versions went."""
        lines = [f"{len(self.won)} changes acknowledged, of {len(self.attempted)} asked for"]
        for phase, statuses in self._statuses.items():
            lines.append(f"{phase}: " + ", ".join(f"{count} {what}" for what, count in sorted(statuses.items())))
            waits = sorted(self._waits_s[phase])
            if waits:
                p50, p99 = (waits[len(waits) * percent // 100][0] * 1000 for percent in (50, 99))
                longest, at, who = waits[-1]
                lines.append(
                    f"  a write waits p50 {p50:.0f} ms, p99 {p99:.0f} ms, at most {longest * 1000:.0f} ms"
                    f" ({who}, {at:.1f} s into it)"
                )
        by_writer = Counter(won.id.partition(".")[0] for won in self.won)
        shares = ", ".join(f"{who} {count}" for who, count in sorted(by_writer.items()))
        return [*lines, f"changes by writer: {shares}"]


class Patching:
    """Renames the library at the version it has just read: one winner, and everybody else reads again."""

    def __init__(self, number: int, library_id: str, wire: Wire, calls: Calls) -> None:
        self._who, self._library, self._target = f"w{number}", library_id, f"/api/libraries/{library_id}"
        self._wire, self._calls = wire, calls

    async def run(self) -> None:
        for number in itertools.count():
            if self._calls.is_over:
                return
            read = await self._calls.send(self._who, self._wire, "GET", self._target)
            if read is None:
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            name = f"{self._who}.{number}"
            self._calls.attempted.add(name)
            tag, body = read.headers["etag"], {"name": name, "reason": name}
            reply = await self._calls.send(self._who, self._wire, "PATCH", self._target, body, If_Match=tag)
            if reply is not None and reply.status == 200:
                self._calls.won.append(Won(name, self._library, reply.version, "library_changed"))
                if reply.version != read.version + 1:
                    self._calls.wrong(f"{name} changed version {read.version} into {reply.version}")
            elif reply is not None and reply.status != 412:
                self._calls.wrong(f"{name} was answered {reply.status}: {reply.body.decode()}")


class Sharing:
    """Shares the library with a reader of its own and takes that back, each under a key, until there is an answer."""

    def __init__(self, number: int, library_id: str, wire: Wire, calls: Calls) -> None:
        self._who, self._library, self._reader = f"s{number}", library_id, f"s{number}"
        self._target = f"/api/libraries/{library_id}/shares"
        self._wire, self._calls = wire, calls

    async def run(self) -> None:
        principal = {"kind": "individual", "id": self._reader}
        for number in itertools.count():
            key, is_adding = f"{self._who}.{number}", number % 2 == 0
            change = {"add": [{"principal": principal}]} if is_adding else {"remove": [principal]}
            self._calls.attempted.add(key)
            reply = await self._until_answered(key, {**change, "reason": key})
            if reply is None:
                return
            outcome = reply.json()
            if outcome["added" if is_adding else "removed"] != [principal]:
                self._calls.wrong(f"{key} was done, and answered {outcome}")
            self._calls.won.append(
                Won(key, self._library, reply.version, "share_added" if is_adding else "share_removed")
            )
            if number % REPEATED_EVERY == 0:
                again = await self._until_answered(key, {**change, "reason": key})
                if again is None:
                    return
                if again.json() != outcome or again.headers.get("idempotency-replayed") != "true":
                    self._calls.wrong(f"{key} was repeated and answered {again.body.decode()}, not {outcome}")

    async def _until_answered(self, key: str, body: dict[str, Any]) -> Reply | None:
        """The answer that says it is done. No answer, and a conflict with others, call for the same once more; None
        when all is over before."""
        while not self._calls.is_over:
            reply = await self._calls.send(self._who, self._wire, "PATCH", self._target, body, Idempotency_Key=key)
            if reply is not None and reply.status == 200:
                return reply
            if reply is not None and reply.status != 409:
                self._calls.wrong(f"{key} was answered {reply.status}: {reply.body.decode()}")
            await asyncio.sleep(AGAIN_AFTER_S)
        return None
