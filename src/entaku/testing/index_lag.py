"""Indexes that lag: what recent writes have not done yet to the answers of an index.

A lagging index is the real one with the latest writes taken back: an item that one of them stored is hidden, and what
was there before is shown where it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from entaku.table.driver import Action, IndexKey, Item, ItemKey, Patch, Put, Range, Stretch

WRITES_LATE_MAX = 8
"""So many of the latest writes may still be on their way to the indexes."""


class Late:
    """One write of one item that an index has perhaps not heard of yet."""

    def __init__(self, key: ItemKey, before: Item | None, index_keys: tuple[IndexKey, ...]) -> None:
        self.key, self.before, self.index_keys = key, before, index_keys


class IndexLag:
    """Remembers the latest writes and where indexes showed their items before."""

    def __init__(self) -> None:
        self._late: deque[Late] = deque(maxlen=WRITES_LATE_MAX)
        self._index_keys: dict[ItemKey, tuple[IndexKey, ...]] = {}

    def note(self, actions: Sequence[Action], before: Sequence[Item | None], stored: Sequence[Item | None]) -> None:
        """A list of actions was committed."""
        for action, old, new in zip(actions, before, stored, strict=True):
            if new is None and old is None:
                continue
            known = () if old is None else self._index_keys.get(action.key)
            if known is not None:
                self._late.append(Late(action.key, old, known))
            if known is not None or not isinstance(action, Patch):
                self._index_keys[action.key] = _after(action, known or ())

    def settle(self) -> None:
        """All indexes have caught up."""
        self._late.clear()

    @property
    def depth(self) -> int:
        """How many writes can be taken back."""
        return len(self._late)

    def take_back(self, stretch: Stretch, part: Range, writes: int, now_ms: int) -> Stretch:
        """What the index answers while the latest so many writes have not reached it."""
        rows = {(i.pk, i.sk): (position, i) for position, i in zip(stretch.positions, stretch.items, strict=True)}
        for late in list(self._late)[: -writes - 1 : -1]:
            rows.pop(late.key, None)
            place = next((k for k in late.index_keys if k.index == part.index and k.pk == part.pk), None)
            if late.before is None or place is None or not _is_alive(late.before, now_ms):
                continue
            if _is_in(place.sk, part, stretch):
                rows[late.key] = (place.sk, late.before)
        ordered = sorted(rows.values(), key=lambda row: row[0], reverse=part.reverse)
        more = stretch.more or len(ordered) > part.limit
        if more and not ordered:
            return stretch
        del ordered[part.limit :]
        return Stretch(tuple(item for _, item in ordered), tuple(position for position, _ in ordered), more)


def _after(action: Action, known: tuple[IndexKey, ...]) -> tuple[IndexKey, ...]:
    match action:
        case Put():
            return action.item.index_keys
        case Patch():
            keys = {key.index: key for key in known} | action.index_keys
            return tuple(key for key in keys.values() if key is not None)
        case _:
            return ()


def _is_alive(item: Item, now_ms: int) -> bool:
    return item.expires_ms is None or item.expires_ms > now_ms


def _is_in(sk: str, part: Range, stretch: Stretch) -> bool:
    """Whether the place lies in the range, and not behind the end of a stretch that did not reach the range's end."""
    if sk < part.low or (part.high is not None and sk >= part.high):
        return False
    if part.after is not None and (sk >= part.after if part.reverse else sk <= part.after):
        return False
    if not stretch.more:
        return True
    last = stretch.positions[-1]
    return sk > last if part.reverse else sk < last
