"""Interleavings: tasks that call the engine one call at a time, in an order that the test chooses.

    turns = Turns(driver)                       # and build the system on it
    async for order in every_order(): ...       # see `play`

A task that is named as a player waits before each of its calls until it is its turn; all others pass. Reads of a player
that is said to be `brisk` pass too: what a writer reads in between is nobody's business but its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from entaku.core.errors import EntakuError
from entaku.table.driver import Action, ChangeBatch, Driver, Item, ItemKey, Range, Snapshot, Stretch

ORDERS_MAX = 2_000
"""More than these, and the players have to be made smaller."""

Player = Callable[[], Awaitable[Any]]


class Choice(NamedTuple):
    """Whose turn it was, and whose it could have been."""

    player: str
    options: tuple[str, ...]


class Played(NamedTuple):
    """What the players came to: what each answered, or the error it met with."""

    outcomes: dict[str, Any]
    choices: list[Choice]


class Turns:
    """Implements `Driver` by another one, in whose calls players take turns. It has no snapshots."""

    snapshots = False

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.codec = driver.codec
        self._players: frozenset[str] = frozenset()
        self._brisk: frozenset[str] = frozenset()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._arrived = asyncio.Event()

    async def play(self, players: Mapping[str, Player], order: Sequence[str], brisk: Sequence[str] = ()) -> Played:
        """Lets the players run side by side, taking turns in this order; when it is used up, by name."""
        self._players, self._brisk = frozenset(players), frozenset(brisk)
        tasks = {name: asyncio.create_task(_caught(player), name=name) for name, player in players.items()}
        choices: list[Choice] = []
        while True:
            await self._everybody_waits(tasks)
            options = tuple(sorted(self._waiting))
            if not options:
                self._players = frozenset()
                return Played({name: task.result() for name, task in tasks.items()}, choices)
            wanted = order[len(choices)] if len(choices) < len(order) else options[0]
            player = wanted if wanted in options else options[0]
            choices.append(Choice(player, options))
            self._waiting.pop(player).set_result(None)
            await asyncio.sleep(0)

    async def _everybody_waits(self, tasks: Mapping[str, asyncio.Task[Any]]) -> None:
        """Until every player stands before a call, or is done."""
        while running := [task for name, task in tasks.items() if name not in self._waiting and not task.done()]:
            arrival = asyncio.ensure_future(self._arrived.wait())
            self._arrived.clear()
            await asyncio.wait([arrival, *running], return_when=asyncio.FIRST_COMPLETED)
            arrival.cancel()

    async def _turn(self, *, is_write: bool = False) -> None:
        task = asyncio.current_task()
        name = "" if task is None else task.get_name()
        if name in self._players and (is_write or name not in self._brisk):
            turn = asyncio.get_running_loop().create_future()
            self._waiting[name] = turn
            self._arrived.set()
            await turn

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        await self._turn()
        return await self._driver.read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        await self._turn(is_write=True)
        return await self._driver.write(actions, tenant=tenant, now_ms=now_ms)

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        await self._turn()
        return await self._driver.query(ranges, now_ms=now_ms, consistent=consistent)

    async def begin_snapshot(self) -> Snapshot:
        raise AssertionError("it says that it has no snapshots")

    async def changes(self, after: str | None, *, limit: int) -> ChangeBatch:
        return await self._driver.changes(after, limit=limit)

    async def remove_expired(self, *, now_ms: int, limit: int) -> int:
        return await self._driver.remove_expired(now_ms=now_ms, limit=limit)

    async def walk(self, segment: int, segments: int, *, after: ItemKey | None, limit: int) -> list[Item]:
        return await self._driver.walk(segment, segments, after=after, limit=limit)

    async def create_table(self, indexes: int) -> None:
        await self._driver.create_table(indexes)

    async def close(self) -> None:
        await self._driver.close()


async def _caught(player: Player) -> Any:
    try:
        return await player()
    except EntakuError as error:
        return error


def following_order(choices: Sequence[Choice]) -> list[str] | None:
    """The order to play next, after one has come to these choices: each is played once. None after the last."""
    left = list(choices)
    while left and left[-1].player == left[-1].options[-1]:
        left.pop()
    if not left:
        return None
    last = left.pop()
    return [choice.player for choice in left] + [last.options[last.options.index(last.player) + 1]]
