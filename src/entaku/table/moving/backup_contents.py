"""What a backup holds: the whole file read and proved, and which of its entries count in the end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec

from entaku.table.driver import ItemKey
from entaku.table.moving.backup_file import BackupReader, BlobEntry, Header, Section, Trailer
from entaku.table.moving.neutral import NeutralItem
from entaku.table.progress import Tell, tell_nobody


class Late(NamedTuple):
    """The last word about an item."""

    section: int
    kind: str | None
    """None for an item that is gone."""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """Of a file that is whole."""

    header: Header
    trailer: Trailer
    items: dict[str, int]
    """How many there are of each kind when everything has been told."""
    late: dict[ItemKey, Late]
    """What the log says in the end of the items that it tells of."""

    @property
    def identity(self) -> str:
        """The same for every copy of this very file."""
        return self.trailer.sha256

    def lasting(self, section: Section) -> list[NeutralItem]:
        """The items of a section of which no other says something later."""
        items = [entry for entry in section.entries if isinstance(entry, NeutralItem)]
        if not self.late:
            return items
        is_log = section.stage == "log"
        last = {entry.key: entry for entry in items if is_log or entry.key not in self.late}
        return [item for key, item in last.items() if not is_log or self._is_last_word(key, section)]

    def _is_last_word(self, key: ItemKey, section: Section) -> bool:
        late = self.late[key]
        return late.section == section.number and late.kind is not None


async def read_contents(path: Path, *, tell: Tell = tell_nobody) -> Contents:
    """Reads the whole file. Raises NotFound; Invalid for one that is damaged, not whole or no backup at all."""
    reader = BackupReader(path)
    header = await reader.header()
    counts, late, read = Counter[str](), dict[ItemKey, Late](), 0
    async for section in reader.sections():
        for entry in section.entries:
            if isinstance(entry, BlobEntry):
                continue
            kind = entry.kind if isinstance(entry, NeutralItem) else None
            if section.stage == "log":
                late[entry.key] = Late(section.number, kind)
            elif kind is not None:
                counts[kind] += 1
        read += len(section.entries)
        tell("entries read", read, None)
    assert reader.trailer is not None, "sections end with the trailer"
    if late:
        counts -= await _overtaken(reader, late)
        counts.update(last.kind for last in late.values() if last.kind is not None)
    items = {kind: counts[kind] for kind in sorted(counts)}
    return Contents(header=header, trailer=reader.trailer, items=items, late=late)


async def _overtaken(reader: BackupReader, late: dict[ItemKey, Late]) -> Counter[str]:
    """The items of the walk that the log tells of again, by kind."""
    counts = Counter[str]()
    async for section in reader.sections():
        if section.stage == "walk":
            found = (entry for entry in section.entries if isinstance(entry, NeutralItem))
            counts.update(item.kind for item in found if item.key in late)
    return counts
