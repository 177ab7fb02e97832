"""The envelope: what one transaction puts around each entity that it stores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from entaku.table.driver import Codec, IndexKey, Item, ItemKey
from entaku.table.entity import EntityInfo, changed
from entaku.table.keys import check_lengths
from entaku.table.reader import Binding


class Envelope:
    """The binding, the WriteId and the time of one transaction, and the codec of its engine."""

    def __init__(self, binding: Binding, codec: Codec, write_id: str, at: datetime) -> None:
        self.binding, self._codec, self.write_id = binding, codec, write_id
        self.at = time_iso(at)

    def key(self, entity: Any, info: EntityInfo) -> ItemKey:
        """Where the entity is stored. Raises Invalid for a key that is too long."""
        pk, sk = info.keys_of(entity)
        pk = self.binding.prefix + pk
        check_lengths(pk, sk)
        return ItemKey(pk, sk)

    def index_key(self, info: EntityInfo, index: int, entity: Any) -> IndexKey | None:
        """Where an index shows the entity; None where it does not."""
        found = info.index_key_of[index](entity)
        if found is None:
            return None
        pk = self.binding.prefix + found.pk
        check_lengths(pk, found.sk)
        return IndexKey(index, pk, found.sk)

    def item(self, entity: Any, info: EntityInfo, version: int, created_at: str) -> Item:
        """The entity as an item, with the keys of all indexes that show it."""
        pk, sk = self.key(entity, info)
        index_keys = [self.index_key(info, index, entity) for index in info.index_key_of]
        return Item(
            pk=pk,
            sk=sk,
            kind=info.kind,
            schema=info.schema,
            data=self.data(entity),
            version=version,
            write_id=self.write_id,
            created_at=created_at,
            updated_at=self.at,
            expires_ms=info.expires_ms(entity),
            index_keys=tuple(index_key for index_key in index_keys if index_key is not None),
        )

    def data(self, entity: Any) -> Any:
        """The encoded fields, without the envelope."""
        return self._codec.encode(changed(entity, _stored=msgspec.UNSET))


def whole_ms(at: datetime) -> datetime:
    """The instant in UTC, cut to milliseconds: what a key can hold."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def time_iso(at: datetime) -> str:
    """`2026-04-01T09:30:00.000Z`, of a time in UTC."""
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"
