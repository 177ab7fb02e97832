"""What a model declares, for a reader: each entity with its access patterns, the envelope, and who uses which index.

`documented` gathers it as data; `markdown` writes it as one page. Both follow the order of the model, so that a page
kept in a repository changes only where a declaration did.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from entaku.table.entity import EntityInfo
from entaku.table.keys import SEPARATOR
from entaku.table.model import Model
from entaku.table.patterns import Pattern
from entaku.table.templates import components, text_of

TENANT_PREFIX = "TENANT#{tenant}#"
"""What the table puts before every partition key of a tenant's entity, in the table and in indexes."""

ENVELOPE = (
    ("PK, SK", "The key. No two items share one."),
    ("GSI*n*PK, GSI*n*SK", "The key in index *n*; absent where the index does not show the item."),
    ("EntityType", "The kind of the entity, as in the headings above."),
    ("Schema", "The schema that the fields were written in."),
    ("Data", "The fields of the entity."),
    ("CreatedAt, UpdatedAt", "ISO 8601, UTC, milliseconds."),
    ("Version", "Microseconds since 1970 when the item was created, and one more with each write."),
    ("WriteId", "Stamped anew by each write, to recognise it when its answer was lost."),
    ("TTL", "Seconds since 1970 from which the item may be removed; absent where it does not expire."),
)
"""Attributes of every item, by the names that DynamoDB tools show; the embedded engine has columns of like names."""


class DocumentedPattern(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which items of an entity are found."""

    name: str
    purpose: str
    parameters: tuple[str, ...]
    index: int
    """0 is the table itself."""
    partition: str
    sort: str
    """What the parameters fix of the sort key; empty when they fix nothing."""
    order: str
    """The rest of the sort key, which orders what is listed; empty when one item is found."""
    partitions: int
    """How many are read and merged: more than one where a shard is not given."""
    is_key: bool
    may_lag: bool
    """Whether what was just written may be missing. Reads of the table itself are consistent unless they waive it."""


class DocumentedEntity(msgspec.Struct, frozen=True, kw_only=True):
    """One entity, and how its items are found."""

    kind: str
    name: str
    """Of the class."""
    purpose: str
    scope: str
    schema: int
    logged: bool
    expires: str | None
    kept_apart: dict[str, int]
    """Fields whose larger values are in the blob store, and above how many bytes."""
    patterns: tuple[DocumentedPattern, ...]


class IndexUse(msgspec.Struct, frozen=True, kw_only=True):
    """What one index holds of one entity."""

    index: int
    kind: str
    partition: str
    sort: str
    shards: int
    """Partitions over which a listing is spread; 1 for an index that is not sharded."""
    patterns: tuple[str, ...]


class TableDocumentation(msgspec.Struct, frozen=True):
    """Everything that a model declares."""

    entities: tuple[DocumentedEntity, ...]
    indexes: tuple[IndexUse, ...]
    """By index, then in the order of the model."""


def documented(model: Model) -> TableDocumentation:
    """The declarations of a model as data."""
    uses = [use for info in model.entities for use in _index_uses(info)]
    return TableDocumentation(
        tuple(_documented_entity(info) for info in model.entities), tuple(sorted(uses, key=lambda use: use.index))
    )


def markdown(model: Model) -> str:
    """The declarations of a model as one page of Markdown."""
    found = documented(model)
    parts = ["# Access patterns", _INTRODUCTION]
    for scope, heading in (("tenant", "Entities of a tenant"), ("platform", "Entities of the platform")):
        entities = [entity for entity in found.entities if entity.scope == scope]
        if entities:
            parts.append(f"## {heading}")
        for entity in entities:
            parts.extend(_entity_parts(entity))
    parts.extend(("## Indexes", _indexes_part(found.indexes), "## The item", _envelope_part()))
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = f"""Generated from the declarations; do not edit. Entities of a tenant are stored under
`{TENANT_PREFIX}`, which the table puts before each of their partition keys below. A pattern on the table is consistent
unless its caller waives that; one on an index may lag behind the latest writes."""


def _documented_entity(info: EntityInfo) -> DocumentedEntity:
    return DocumentedEntity(
        kind=info.kind,
        name=info.cls.__name__,
        purpose=_one_line(info.cls.__doc__),
        scope=info.scope,
        schema=info.schema,
        logged=info.logged,
        expires=info.expires,
        kept_apart={field.name: field.above_bytes for field in info.apart.values()},
        patterns=tuple(_documented_pattern(info, pattern) for pattern in info.patterns),
    )


def _documented_pattern(info: EntityInfo, pattern: Pattern) -> DocumentedPattern:
    stored = next((i.sort for i in info.indexes if i.index == pattern.index), info.sort)
    return DocumentedPattern(
        name=pattern.name,
        purpose=_one_line(pattern.doc),
        parameters=pattern.parameters,
        index=pattern.index,
        partition=text_of(pattern.partition),
        sort=text_of(pattern.sort[: pattern.bound]),
        order=text_of(stored[pattern.bound :]),
        partitions=_shards(pattern),
        is_key=pattern.is_key,
        may_lag=pattern.index > 0,
    )


def _shards(pattern: Pattern) -> int:
    """How many partitions one listing reads: those of a shard that no parameter gives."""
    free = [c for c in components(pattern.partition) if c.form == "shard" and c.root not in pattern.parameters]
    return free[0].size if free else 1


def _index_uses(info: EntityInfo) -> Iterator[IndexUse]:
    for index in info.indexes:
        patterns = [pattern for pattern in info.patterns if pattern.index == index.index]
        yield IndexUse(
            index=index.index,
            kind=info.kind,
            partition=text_of(index.partition),
            sort=text_of(index.sort),
            shards=max(_shards(pattern) for pattern in patterns),
            patterns=tuple(pattern.name for pattern in patterns),
        )


def _entity_parts(entity: DocumentedEntity) -> Iterator[str]:
    yield f"### {entity.kind}"
    facts = [f"`{entity.name}`", f"schema {entity.schema}"]
    if entity.logged:
        facts.append("changes are logged")
    if entity.expires:
        facts.append(f"expires by `{entity.expires}`")
    facts += [f"`{name}` above {size} bytes is kept apart" for name, size in entity.kept_apart.items()]
    yield f"{', '.join(facts)}."
    if entity.purpose:
        yield entity.purpose
    yield _table(
        ("Pattern", "Purpose", "Parameters", "Where", "Partition", "Sort", "Reads"),
        (_pattern_cells(pattern) for pattern in entity.patterns),
    )


def _pattern_cells(pattern: DocumentedPattern) -> tuple[str, ...]:
    return (
        f"`{pattern.name}`",
        pattern.purpose,
        ", ".join(f"`{parameter}`" for parameter in pattern.parameters) or "none",
        f"GSI{pattern.index}" if pattern.index else "table",
        f"`{pattern.partition}`",
        _sort_cell(pattern),
        _reads_cell(pattern),
    )


def _sort_cell(pattern: DocumentedPattern) -> str:
    if not pattern.order:
        return f"`{pattern.sort}`"
    order = f"by `{pattern.order}`"
    return f"`{pattern.sort}{SEPARATOR}` {order}" if pattern.sort else order


def _reads_cell(pattern: DocumentedPattern) -> str:
    reads = "one item" if pattern.is_key else "a page"
    if pattern.partitions > 1:
        reads += f", merged from {pattern.partitions} shards"
    return reads + (", may lag" if pattern.may_lag else ", consistent")


def _indexes_part(uses: Sequence[IndexUse]) -> str:
    if not uses:
        return "No entity uses an index."
    return _table(
        ("Index", "Entity", "Partition", "Sort", "Shards", "Used by"),
        (
            (
                f"GSI{use.index}",
                use.kind,
                f"`{use.partition}`",
                f"`{use.sort}`",
                str(use.shards) if use.shards > 1 else "not sharded",
                ", ".join(f"`{name}`" for name in use.patterns),
            )
            for use in uses
        ),
    )


def _envelope_part() -> str:
    return _table(("Attribute", "What it holds"), ENVELOPE)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (_row(cells) for cells in (heads, tuple("---" for _ in heads), *rows))
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    # A bar would end the cell, also inside code.
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _one_line(doc: str | None) -> str:
    return " ".join(inspect.cleandoc(doc or "").split())
