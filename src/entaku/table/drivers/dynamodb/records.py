"""Records of the stream as changes: what became of an item, told from its images before and after."""

from __future__ import annotations

import msgspec

from entaku.core.clock import from_ms
from entaku.table.driver import Change, ItemKey
from entaku.table.drivers.dynamodb.items import Image


class Content(msgspec.Struct, frozen=True):
    """What a record says."""

    sequence: str = msgspec.field(name="SequenceNumber")
    created_s: float = msgspec.field(name="ApproximateCreationDateTime")
    new: Image | None = msgspec.field(name="NewImage", default=None)
    old: Image | None = msgspec.field(name="OldImage", default=None)


class Record(msgspec.Struct, frozen=True):
    content: Content = msgspec.field(name="dynamodb")


def changes_of(record: Record) -> list[Change]:
    """None, one or two changes, without their positions.

    Two where an item was created in the place of one that had expired: each of them is told. None where nothing is
    logged, where a tombstone comes or goes, and where the version stayed what it was.
    """
    content = record.content
    old, new = _life(content.old), _life(content.new)
    if new is None:
        at = _instant(content) if content.new is None else content.new.updated_at.S
        # A removal is logged for whom its tombstone says; without one, DynamoDB removed what had expired.
        return [] if old is None else _removal(old, content.new or old, at)
    if old is None:
        return _change(None, new)
    if old.version.N == new.version.N:
        return []
    # In one life each write adds one. A new life begins above what the removal of the former one would have had.
    if old.expires_ms is not None and new.version.N > old.version.N + 1:
        return [*_removal(old, old, new.updated_at.S), *_change(None, new)]
    return _change(old, new)


def _life(image: Image | None) -> Image | None:
    return None if image is None or image.data is None else image


def _change(old: Image | None, new: Image) -> list[Change]:
    if new.logged_for is None:
        return []
    before = None if old is None else old.item()
    key = ItemKey(new.pk.S, new.sk.S)
    after, at = new.item(), new.updated_at.S
    return [Change("", new.logged_for.S, after.kind, key, before, after, after.version, at)]


def _removal(old: Image, labelled: Image, at: str) -> list[Change]:
    if labelled.logged_for is None:
        return []
    item = old.item()
    key = ItemKey(item.pk, item.sk)
    return [Change("", labelled.logged_for.S, item.kind, key, item, None, item.version + 1, at)]


def _instant(content: Content) -> str:
    return from_ms(int(content.created_s) * 1000).isoformat(timespec="milliseconds")[:-6] + "Z"
