"""Taking large values out of what is written: which ones go to the blob store, and under which key.

Every write of a value has a blob of its own, under a key that nobody had before: so a blob has one item that can refer
to it, and what removes an old one can never meet somebody who has just come to need it. The only reference that is used
again is the one that the item has already, for a value that has not changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import Randomness
from entaku.core.limits import BLOB_BYTES_MAX, TRANSACTION_BLOB_BYTES_MAX
from entaku.table.blobs.apart import ApartField, BlobReference, held_form, references
from entaku.table.blobs.keys import value_key
from entaku.table.driver import Codec
from entaku.table.entity import EntityInfo, Stored

Known = Mapping[str, BlobReference]
"""By field, what the item refers to now, where a write is guarded by the version at which it does."""

NOTHING: Known = {}


class Separation:
    """What one transaction keeps apart; nothing is put anywhere yet."""

    def __init__(self, tenant_id: str | None, codec: Codec, randomness: Randomness) -> None:
        """`tenant_id`: None for the platform's own."""
        self._tenant_id, self._codec, self._randomness = tenant_id, codec, randomness
        self.blobs: dict[str, bytes] = {}
        """By key, what must be in the blob store before the items that refer to it are written."""

    def known(self, info: EntityInfo, stored: Stored) -> Known:
        """What an item that was read refers to; nothing for one of an older schema."""
        if not info.apart or stored.schema != info.schema:
            return NOTHING
        return references(self._codec.decode(stored.data, info.held_cls), info.apart)

    def held(self, entity: Any, info: EntityInfo, known: Known = NOTHING) -> Any:
        """The entity as it is stored. Raises Invalid for a value that is too large, and for a reference in its place
        that the item does not have."""
        if not info.apart:
            return entity
        refers = references(entity, info.apart)
        for name, reference in refers.items():
            if known.get(name) != reference:
                raise Invalid(
                    f"{info.cls.__name__}.{name} is only a reference to blob {reference.blob}; read the entity, or make"
                    " it whole, before it is written elsewhere"
                )
        for field in info.apart.values():
            reference = (
                None if field.name in refers else self._reference(field, getattr(entity, field.name), info, known)
            )
            if reference is not None:
                refers[field.name] = reference
        return held_form(entity, info.held_cls, info.apart, refers)

    def patched(self, info: EntityInfo, changes: Mapping[str, Any], known: Known) -> dict[str, Any]:
        """The changed fields of a patch as they are stored."""
        stored = dict(changes)
        for name in info.apart.keys() & changes.keys():
            field = info.apart[name]
            reference = self._reference(field, changes[name], info, known)
            stored[name] = changes[name] if reference is None else None
            stored[field.reference] = reference
        return stored

    def _reference(self, field: ApartField, value: Any, info: EntityInfo, known: Known) -> BlobReference | None:
        """Where the value will be; None for one that stays in the item."""
        if value is None or value is msgspec.UNSET:
            return None
        name = f"{info.cls.__name__}.{field.name}"
        try:
            content = field.content(value)
        except UnicodeEncodeError as error:
            raise Invalid(f"{name} has a lone surrogate at position {error.start + 1}; store valid Unicode") from error
        if len(content) <= field.above_bytes:
            return None
        if len(content) > BLOB_BYTES_MAX:
            raise Invalid(f"{name} has {len(content)} bytes; a value holds at most {BLOB_BYTES_MAX}: store it in parts")
        sha256 = hashlib.sha256(content).hexdigest()
        present = known.get(field.name)
        if present is not None and (present.sha256, present.size_bytes) == (sha256, len(content)):
            return present
        key = value_key(self._tenant_id, info.kind, self._randomness)
        self.blobs[key] = content
        if sum(map(len, self.blobs.values())) > TRANSACTION_BLOB_BYTES_MAX:
            raise Invalid(
                f"the values that this change keeps apart have more than {TRANSACTION_BLOB_BYTES_MAX} bytes together;"
                " send it in parts"
            )
        return BlobReference(key, len(content), sha256)
