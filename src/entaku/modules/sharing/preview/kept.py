"""Previews that are kept: written part by part as they go on, and read again in pages.

A page holds pairs in the order in which they were found: by user, in each by resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from entaku.core.errors import Invalid
from entaku.modules.sharing.preview.comparing import Effect
from entaku.modules.sharing.preview.model import PART_BYTES_MAX, PART_PAIRS_MAX, Preview, PreviewPart
from entaku.table import BoundTable, Transaction, changed

PARTS_READ_MAX = 10
"""Parts that are read for one page; a page of more may be short."""


class EffectsPage(msgspec.Struct, frozen=True):
    """Some pairs of a preview. It may be short although more follow."""

    effects: tuple[Effect, ...]
    cursor: str | None


def write_parts(tx: Transaction, preview: Preview, effects: Sequence[Effect]) -> Preview:
    """Writes the pairs behind those of the preview, which is the caller's to write: it counts them already."""
    parts = [
        PreviewPart(
            preview_id=preview.preview_id, run=preview.run, part=part, effects=some, expires_at=preview.expires_at
        )
        for part, some in enumerate(_split(effects), preview.parts + 1)
    ]
    for part in parts:
        tx.create(part)
    return changed(preview, parts=preview.parts + len(parts))


async def read_page(table: BoundTable, preview: Preview, *, limit: int, after: str | None) -> EffectsPage:
    """One call. Raises Invalid for a cursor of another preview, or of what it was before it began anew."""
    listing = f"pairs of preview {preview.preview_id} {preview.run}"
    part, offset = 1, 0
    if after is not None:
        try:
            part, offset = map(int, table.open_cursor(listing, after).split())
        except Invalid as error:
            raise Invalid("the cursor does not belong to this preview; start again without a cursor") from error
    found: list[Effect] = []
    last = min(preview.parts, part + PARTS_READ_MAX - 1)
    keys = [PreviewPart.at(preview_id=preview.preview_id, run=preview.run, part=n) for n in range(part, last + 1)]
    for each in await table.find_many(keys):
        for place, effect in enumerate(() if each is None else each.effects):
            if each is not None and (each.part > part or place >= offset):
                if len(found) == limit:
                    return EffectsPage(tuple(found), table.seal_cursor(listing, f"{each.part} {place}"))
                found.append(effect)
    more = table.seal_cursor(listing, f"{last + 1} 0") if last < preview.parts else None
    return EffectsPage(tuple(found), more)


def first_page(table: BoundTable, preview: Preview, effects: Sequence[Effect], *, limit: int) -> EffectsPage:
    """The same of a preview whose pairs are all at hand."""
    place, listing = limit, f"pairs of preview {preview.preview_id} {preview.run}"
    for part, some in enumerate(_split(effects), 1):
        if place < len(some):
            return EffectsPage(tuple(effects[:limit]), table.seal_cursor(listing, f"{part} {place}"))
        place -= len(some)
    return EffectsPage(tuple(effects), None)


def _split(effects: Sequence[Effect]) -> Iterator[tuple[Effect, ...]]:
    """The pairs in parts that each fit an item."""
    part: list[Effect] = []
    weight = 0
    for effect in effects:
        size = len(msgspec.json.encode(effect))
        if part and (len(part) == PART_PAIRS_MAX or weight + size > PART_BYTES_MAX):
            yield tuple(part)
            part, weight = [], 0
        part.append(effect)
        weight += size
    if part:
        yield tuple(part)
