"""Previews that are kept: written part by part as they go on, and read again in pages.

A page holds pairs in the order in which they were found: by user, in each by resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from entaku.core.clock import instant_text
from entaku.core.errors import Invalid, Limited
from entaku.core.limits import PREVIEWS_OF_USER_MAX
from entaku.modules.sharing.preview.comparing import Effect
from entaku.modules.sharing.preview.model import (
    PART_BYTES_MAX,
    PART_PAIRS_MAX,
    Preview,
    PreviewPart,
    PreviewsOfUser,
)
from entaku.table import BoundTable, Transaction, changed

PARTS_READ_MAX = 10
"""Parts that are read for one page; a page of more may be short."""


class EffectsPage(msgspec.Struct, frozen=True):
    """Some pairs of a preview. It may be short although more follow."""

    effects: tuple[Effect, ...]
    cursor: str | None


async def keep(table: BoundTable, user_id: str, preview: Preview, effects: Sequence[Effect]) -> Preview:
    """Writes a new preview of this user. Raises Limited for one more than a user may have."""
    here = PreviewsOfUser.at(user_id=user_id)

    async def work(tx: Transaction) -> Preview:
        before = await table.find(here)
        kept_until = _kept_until(before, tx.now, preview.expires_at)
        after = PreviewsOfUser(user_id=user_id, kept_until=kept_until, expires_at=preview.expires_at)
        if before is None:
            tx.create(after)
        else:
            tx.replace(changed(after, _stored=before.stored))
        return tx.create(write_parts(tx, preview, effects))

    return await table.run(work, answer=Preview)


def _kept_until(before: PreviewsOfUser | None, now: datetime, until: datetime) -> tuple[datetime, ...]:
    """The ends of those there are, and of one more. Raises Limited for one too many."""
    present = [] if before is None else [end for end in before.kept_until if end > now]
    if len(present) >= PREVIEWS_OF_USER_MAX:
        raise Limited(
            f"{len(present)} previews of yours are kept, as many as may be; preview a change of fewer users, which is"
            f" not kept, or wait until {instant_text(present[0])}",
            retry_after_s=max(1.0, (present[0] - now).total_seconds()),
        )
    return tuple(sorted((*present, until)))


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
