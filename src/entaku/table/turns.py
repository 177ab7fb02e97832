"""Taking turns: who was beaten over an item lines up for it, and is not beaten again by anybody of this process.

Reading, deciding and writing anew is quick where two meet, and hopeless where thirty do: each loses to most of the
others, attempt after attempt. So the first attempt is free, for nobody knows beforehand what will be contended; who
fails stands in line for the item, holds its turn until everything is done, and nobody pushes in meanwhile: an attempt
that would is not made, and stands in line too. A line is there while somebody stands in it. Between processes nothing
is held: there, attempts are spaced as ever.

A turn is a courtesy and no lock: what makes writing right is the version that a write expects. Therefore nobody waits
for longer than `TURN_WAIT_S`, and then makes the attempt all the same.
"""

from __future__ import annotations

from collections.abc import Collection
from types import TracebackType

from entaku.table.driver import ItemKey

TURN_WAIT_S = 5.0
"""The longest wait for the turns of one attempt."""


class Turns:
    """The lines of one process, one for each contended item."""

    def __init__(self, *, wait_s: float = TURN_WAIT_S) -> None:
        self.wait_s = wait_s
        self._lines: dict[ItemKey, _Line] = {}

    def place(self) -> Place:
        """For one who changes something, perhaps in several attempts: `with turns.place() as place`."""
        return Place(self)

    @property
    def lines_count(self) -> int:
        """For how many items somebody waits or holds the turn."""
        return len(self._lines)

    def has_line(self, key: ItemKey) -> bool:
        return key in self._lines

    async def wait(self, key: ItemKey) -> None:
        """Until it is the caller's turn; `pass_on` follows."""
        line = self._lines.setdefault(key, _Line())
        line.standing += 1
        is_our_turn = False
        try:
            is_our_turn = await line.turn.acquire()
        finally:
            if not is_our_turn:
                self._leave(key, line)

    def pass_on(self, key: ItemKey) -> None:
        """The turn, to the next in line."""
        line = self._lines[key]
        line.turn.release()
        self._leave(key, line)

    def _leave(self, key: ItemKey, line: _Line) -> None:
        line.standing -= 1
        if not line.standing:
            del self._lines[key]


class _Line:
    """Those who wait for an item, and the one whose turn it is."""

    def __init__(self) -> None:
        # Imported when the first line forms: declaring entities needs no event loop.
        import asyncio

        self.turn = asyncio.Lock()
        self.standing = 0


class Place:
    """Where one stands: with which items others were faster, and whose turns are held."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._contended: set[ItemKey] = set()
        self._held: list[ItemKey] = []
        """Ascending. Everybody takes turns in this order, so that no two wait for each other."""

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._held:
            self._turns.pass_on(self._held.pop())

    def beaten_over(self, key: ItemKey) -> None:
        """An attempt has failed, for somebody else was faster with this item."""
        self._contended.add(key)

    def would_push_in(self, keys: Collection[ItemKey]) -> bool:
        """Whether an attempt to write these items would overtake those who stand in line for one of them.

        Then it has failed, and counts as beaten. True at most once for each item, so that attempts are made in the end.
        """
        lines = set(filter(self._turns.has_line, keys)) - self._contended
        self._contended |= lines
        return bool(lines)

    async def take_turns(self) -> bool:
        """Wait for the turn of every contended item. False when that changes nothing: space the attempts instead."""
        missing = sorted(self._contended.difference(self._held))
        if not missing:
            return False
        import asyncio

        while self._held and self._held[-1] > missing[0]:
            self._turns.pass_on(self._held.pop())
        try:
            async with asyncio.timeout(self._turns.wait_s):
                for key in sorted(self._contended.difference(self._held)):
                    await self._turns.wait(key)
                    self._held.append(key)
        except TimeoutError:
            return False
        return True
