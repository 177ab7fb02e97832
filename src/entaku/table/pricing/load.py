"""What is asked of the table, and how often: the load that an estimate is made for, as it stands in its file.

tenants:
  - name: small
    count: 200
    items: {LIBRARY: 300, USER: 40}
    calls:
      - {read: LIBRARY.at, per_second: 2}
      - {list: LIBRARY.by_name, page_size: 20, per_month: 50000}
      - {write: [patch LIBRARY name, create AUDIT], per_month: 4000}
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown
from entaku.core.limits import INDEXES_MAX, ITEM_BYTES_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, READ_KEYS_MAX
from entaku.table.pricing.units import Reading

MONTH_H = 730
"""Hours of a month, as AWS counts them."""
MONTH_S = MONTH_H * 3600

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Amount: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
Bytes: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=ITEM_BYTES_MAX)]
PatternName: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]*\.[a-z_][a-z0-9_]*$")]
"""The kind of an entity and one of its patterns, as in `LIBRARY.by_name`."""
_FIELDS = r"[a-z][a-z0-9_]*(, ?[a-z][a-z0-9_]*)*"
_WRITE = re.compile(rf"(create|replace|delete|check) [A-Z][A-Z0-9_]*|patch [A-Z][A-Z0-9_]*( {_FIELDS})?")


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is asked again and again: exactly one of `read`, `list`, `write` and `request`."""

    read: PatternName | None = None
    """Items by their key."""
    list: PatternName | None = None
    """A page of a listing."""
    write: str | tuple[str, ...] | None = None
    """A verb and the kind of an entity, after `patch` the fields that change, as in `patch LIBRARY name, description`;
    or all the writes of one transaction."""
    request: Literal["read", "write"] | None = None
    """What no entity declares, of `item_bytes`, with `indexes`."""
    name: str = ""
    """What the call is for; by default what it asks."""
    per_second: Amount | None = None
    """On average over the month; or `per_month`."""
    per_month: Amount | None = None
    reading: Reading | None = None
    """`consistent`, unless it reads an index or says another."""
    keys: Annotated[int, msgspec.Meta(ge=1, le=READ_KEYS_MAX)] = 1
    """How many items are read together."""
    page_size: Annotated[int, msgspec.Meta(ge=1, le=PAGE_SIZE_MAX)] = PAGE_SIZE_DEFAULT
    finds: Amount | None = None
    """How many items there are to list, on average; by default as many as the page wants."""
    item_bytes: Bytes | None = None
    """The size of each item; by default that of its entity."""
    indexes: Annotated[int, msgspec.Meta(ge=0, le=INDEXES_MAX)] = 0
    """Of a `request` that writes: how many indexes show the item."""

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.read, self.list, self.write, self.request)) != 1:
            raise ValueError("a call has exactly one of `read`, `list`, `write` and `request`")
        if (self.per_second is None) == (self.per_month is None):
            raise ValueError("a call has exactly one of `per_second` and `per_month`")
        for text in self.writes:
            if not _WRITE.fullmatch(text):
                raise ValueError(f"{shown(text)} is no write; say it as in 'create LIBRARY' or 'patch LIBRARY name'")
        if self.request is not None and self.item_bytes is None:
            raise ValueError("a `request` needs its `item_bytes`")

    @property
    def writes(self) -> tuple[str, ...]:
        if self.write is None:
            return ()
        return (self.write,) if isinstance(self.write, str) else self.write

    @property
    def title(self) -> str:
        return self.name or self.read or self.list or ", ".join(self.writes) or f"{self.request} of {self.item_bytes} B"

    @property
    def month_count(self) -> float:
        return self.per_month if self.per_month is not None else (self.per_second or 0.0) * MONTH_S


class Demand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one tenant, or the platform, keeps and asks."""

    calls: tuple[Call, ...] = ()
    items: dict[str, Amount] = {}
    """How many are kept, by the kind of the entity."""
    stored_gb: Amount = 0.0
    """What is kept beside them, indexes not counted."""


class TenantClass(Demand, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tenants that are alike. The figures are those of one of them."""

    name: str
    count: Annotated[int, msgspec.Meta(ge=0)] = 1


class Load(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is asked of one table."""

    tenants: tuple[TenantClass, ...] = ()
    platform: Demand = Demand()
    """What the platform's own entities are asked, for all tenants together."""
    sizes: dict[str, Bytes] = {}
    """Bytes of an item by the kind of its entity, where the estimate from its fields is not good enough."""
    capacity: Literal["on_demand", "provisioned"] = "on_demand"
    utilization: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.7
    """How much of the provisioned capacity is used at the peak."""
    peak: Annotated[float, msgspec.Meta(ge=1)] = 1.0
    """How many times the average the peak is; it counts for provisioned capacity only."""
    stream_reads_per_second: Amount = 0.0
    """GetRecords requests for the change log; those of Lambda triggers are free and not counted."""
    point_in_time_recovery: bool = True
    backup_copies: Amount = 0.0
    """Whole backups that are kept on DynamoDB."""
    free_tier: bool = True
    """Whether what AWS gives each account for nothing is left for this table."""


def load_from(document: Any) -> Load:
    """The load in plain values, as a YAML file has them. Raises Invalid with one flaw that names its place."""
    try:
        return msgspec.convert(document, Load)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        path = place.removesuffix("`").removeprefix(".")
        raise Invalid("the load cannot be read", flaws=(Flaw(message=_plain(message), path=path),)) from error


def load_schema_text() -> str:
    """The JSON Schema of the file, for editors: indented, with a line break at its end."""
    schema = json.loads(json.dumps(msgspec.json.schema(Load)))
    return json.dumps({"$schema": DIALECT, "title": "entaku load file", **schema}, indent=2, ensure_ascii=False) + "\n"


def _plain(message: str) -> str:
    """The library's sentences begin with a capital letter; ours follow a colon."""
    return message[:1].lower() + message[1:]
