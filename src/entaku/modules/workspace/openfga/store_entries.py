"""The keys of an OpenFGA store file that are read. Its tests are passed over: they are questions, not facts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Instant = Annotated[datetime, Meta(tz=True)]


class ContextEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the conditions of our own model are told."""

    starts_at: Instant | None = None
    expires_at: Instant | None = None
    granted_by: str | None = None


class ConditionEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    context: ContextEntry | None = None


class TupleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    user: str
    relation: str
    object: str
    condition: ConditionEntry | None = None


class StoreEntry(msgspec.Struct, frozen=True):
    name: str | None = None
    model: str | None = None
    """In the modelling language."""
    model_file: str | None = None
    tuples: tuple[TupleEntry, ...] | None = None
    tuple_file: str | None = None
    tuple_files: tuple[str, ...] | None = None
