"""Entities: frozen structs with their keys declared beside their fields.

    class Share(Entity, kind="SHARE", schema=1, changes=True):
        library_id: str
        principal: Principal
        permissions: frozenset[Permission]

        @key("LIBRARY#{library_id}", "SHARE#{principal}")
        def at(*, library_id: str, principal: Principal): "The share of a library with one principal."

What is declared is checked when the class is made; what two entities may do to each other, by `Model`. Nothing
registers itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, dataclass_transform

import msgspec

from entaku.core.clock import to_ms
from entaku.core.errors import Internal
from entaku.core.limits import INDEXES_MAX
from entaku.table.blobs.apart import Apart, apart_fields, check_not_in_key, held_class
from entaku.table.driver import Data, IndexKey
from entaku.table.field_checks import check_fields
from entaku.table.patterns import Declaration, KeyPattern, Pattern, QueryPattern, compiled, fits
from entaku.table.templates import RENDERERS, Component, Template, components, parse, source, text_of

Scope = Literal["tenant", "platform"]
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
U = TypeVar("U", bound=Upgrade)


class Stored(msgspec.Struct, frozen=True, gc=False):
    """What the envelope said when an entity was read or written."""

    version: int
    created_at: str
    updated_at: str
    schema: int
    data: Data
    """The encoded fields as they are stored, to tell whether a replace changes anything."""


class IndexTemplate(msgspec.Struct, frozen=True):
    """What is stored in one index."""

    index: int
    partition: Template
    sort: Template

    @property
    def roots(self) -> frozenset[str]:
        """The fields that its key is made of."""
        return frozenset(c.root for c in (*components(self.partition), *components(self.sort)))


class EntityInfo:
    """Everything that is known of an entity class; `info_of(cls)` finds it."""

    def __init__(
        self, cls: type[Any], *, kind: str, schema: int, scope: Scope, changes: bool, expires: str | None
    ) -> None:
        self.cls, self.kind, self.schema, self.scope = cls, kind, schema, scope
        self.logged = changes
        self.expires = expires
        self.fields: dict[str, Any] = {f.name: f.type for f in msgspec.structs.fields(cls) if f.name != "_stored"}
        self.apart: Apart = apart_fields(cls, self.fields)
        self.held_cls: type[Any] = held_class(cls, self.apart)
        """What is stored and read: the class itself, but where something is kept apart (`table/blobs/apart.py`)."""
        self.patterns: tuple[Pattern, ...] = ()
        self.partition: Template = ()
        self.sort: Template = ()
        self.indexes: tuple[IndexTemplate, ...] = ()
        self.upgrades: Mapping[int, Upgrade] = {}
        self.keys_of: Callable[[Any], tuple[str, str]]
        """Partition and sort key of an entity, without the tenant."""
        self.index_key_of: Mapping[int, Callable[[Any], IndexKey | None]] = {}
        """For each index, the entity's key there, without the tenant; None where it is not shown."""

    @property
    def key_roots(self) -> frozenset[str]:
        """The fields that the table's own key is made of."""
        return frozenset(c.root for c in (*components(self.partition), *components(self.sort)))

    def expires_ms(self, entity: Any) -> int | None:
        """The instant from which on the entity is absent; milliseconds."""
        at: datetime | None = getattr(entity, self.expires) if self.expires else None
        return None if at is None else to_ms(at)

    def __repr__(self) -> str:
        return f"{self.cls.__name__} ({self.kind}, schema {self.schema})"


_INFO: str = "__entaku_info__"


def info_of(cls: type[Any]) -> EntityInfo:
    """What is known of an entity class."""
    return getattr(cls, _INFO)


def entity_info(entity: Any) -> EntityInfo:
    """What is known of the class of an entity, in whichever form it is."""
    return info_of(cast("type[Any]", type(entity)))


def upgrade(schema: int) -> Callable[[U], U]:
    """Declares, in an entity's body, the pure function that turns the fields of this schema into those of the next.

    It is given a dictionary of plain values and returns one; it runs when an item of an older schema is read. A number
    with a fraction is not of one type everywhere (`Codec.fields`): convert it before counting with it, as in
    `Decimal(fields["price"]) * 2`, and leave it in the type of its field.
    """

    def declare(function: U) -> U:
        function.__dict__["upgrades_schema"] = schema
        return function

    return declare


def _declare(cls: type[Any], info: EntityInfo, namespace: Mapping[str, Any]) -> None:
    """Checks the declarations of a class body and puts patterns in their place."""
    patterns: list[Pattern] = []
    for name, declaration in namespace.items():
        if isinstance(declaration, Declaration):
            check_not_in_key(cls, name, (declaration.partition, declaration.sort), info.apart)
            partition, sort = parse(declaration.partition, info.fields), parse(declaration.sort, info.fields)
            made: KeyPattern[..., Any] | QueryPattern[..., Any]
            made = compiled(cls, name, declaration, partition, sort, info.fields)
            setattr(cls, name, made)
            patterns.append(made.pattern)
    info.patterns = tuple(patterns)
    own = [p for p in patterns if p.is_key]
    if len(own) != 1:
        raise TypeError(f"{cls.__name__}: declare exactly one @key, found {len(own)}")
    info.partition, info.sort = own[0].partition, own[0].sort
    info.indexes = tuple(_index(cls, info, n, patterns) for n in sorted({p.index for p in patterns} - {0}))
    for pattern in patterns:
        home = next((i for i in info.indexes if i.index == pattern.index), None)
        partition, sort = (home.partition, home.sort) if home else (info.partition, info.sort)
        if not fits(pattern, partition, sort):
            raise TypeError(
                f"{cls.__name__}.{pattern.name}: {pattern} does not begin the key stored there,"
                f" {text_of(partition)} / {text_of(sort)}"
            )
    info.keys_of = _compile_keys(info.partition, info.sort)
    info.index_key_of = {i.index: _compile_index(i) for i in info.indexes}


def _index(cls: type[Any], info: EntityInfo, number: int, patterns: list[Pattern]) -> IndexTemplate:
    """The key an index stores: of the pattern with the longest sort key. It must hold every part of the table's key."""
    if not 1 <= number <= INDEXES_MAX:
        raise TypeError(f"{cls.__name__}: there is no index {number}; indexes count from 1 to {INDEXES_MAX}")
    longest = max((p for p in patterns if p.index == number), key=lambda p: len(p.sort))
    stored = (*components(longest.partition), *components(longest.sort))
    held = {c.path for c in stored if _is_whole(c)}
    missing = [
        c for c in (*components(info.partition), *components(info.sort)) if c.path not in held and c not in stored
    ]
    if missing:
        raise TypeError(
            f"{cls.__name__}.{longest.name}: the key of index {number} lacks {', '.join(map(str, missing))};"
            " without every part of the table's key two items could share a place and a page could lose one"
        )
    return IndexTemplate(number, longest.partition, longest.sort)


def _is_whole(component: Component) -> bool:
    """Whether the component tells its value, not only something about it."""
    return component.form not in ("shard", "fold", "day")


def _values(*templates: Template) -> dict[str, str]:
    return {c.root: f"e.{c.root}" for template in templates for c in components(template)}


def _compile_keys(partition: Template, sort: Template) -> Callable[[Any], tuple[str, str]]:
    values = _values(partition, sort)
    return eval(f"lambda e: ({source(partition, values)}, {source(sort, values)})", dict(RENDERERS))


def _compile_index(index: IndexTemplate) -> Callable[[Any], IndexKey | None]:
    values = _values(index.partition, index.sort)
    made = f"IndexKey({index.index}, {source(index.partition, values)}, {source(index.sort, values)})"
    nullable = [c.path for c in (*components(index.partition), *components(index.sort)) if c.nullable]
    # A struct before its fields: what is absent has none.
    steps = dict.fromkeys(".".join(path[: n + 1]) for path in nullable for n in range(len(path)))
    absent = " or ".join(f"e.{step} is None or e.{step} is UNSET" for step in steps)
    code = f"lambda e: None if {absent} else {made}" if absent else f"lambda e: {made}"
    return eval(code, {**RENDERERS, "IndexKey": IndexKey, "UNSET": msgspec.UNSET})


def _check(cls: type[Any], info: EntityInfo, namespace: Mapping[str, Any]) -> None:
    """What else can be wrong with an entity by itself."""
    if not info.kind.replace("_", "").isalnum() or not info.kind.isupper():
        raise TypeError(f"{cls.__name__}: kind {info.kind!r} is not in capital letters")
    if not info.partition or not info.sort:
        raise TypeError(f"{cls.__name__}: the key needs a partition and a sort key")
    for component in (*components(info.partition), *components(info.sort)):
        if component.nullable:
            raise TypeError(f"{cls.__name__}: {component} may be absent and so cannot be part of the key")
        if not _is_whole(component) and component.form != "day":
            raise TypeError(f"{cls.__name__}: {component} does not tell its value and so cannot be part of the key")
    check_fields(cls, info)
    upgrades: dict[int, Upgrade] = {}
    for value in namespace.values():
        function: Any = cast("Any", value).__func__ if isinstance(value, staticmethod) else value
        schema = getattr(cast("Any", value), "upgrades_schema", getattr(function, "upgrades_schema", None))
        if schema is not None:
            upgrades[schema] = function
    if set(upgrades) != set(range(1, info.schema)):
        raise TypeError(f"{cls.__name__}: schema {info.schema} needs an upgrade from each of 1 to {info.schema - 1}")
    info.upgrades = upgrades


if TYPE_CHECKING:

    @dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
    class Entity:
        """What is stored. Fields are given by name; instances are frozen. A class without a kind gives fields to others
        and has no items of its own."""

        def __init_subclass__(
            cls,
            *,
            kind: str | None = None,
            schema: int = 1,
            scope: Scope = "tenant",
            changes: bool = False,
            expires: str | None = None,
        ) -> None: ...

        @property
        def version(self) -> int: ...
        @property
        def created_at(self) -> datetime: ...
        @property
        def updated_at(self) -> datetime: ...
        @property
        def stored(self) -> Stored | None: ...

else:

    class _EntityMeta(type(msgspec.Struct)):
        def __new__(
            meta,
            name,
            bases,
            namespace,
            *,
            kind=None,
            schema=1,
            scope="tenant",
            changes=False,
            expires=None,
        ):
            cls = super().__new__(meta, name, bases, namespace, frozen=True, kw_only=True)
            if kind is not None:
                info = EntityInfo(cls, kind=kind, schema=schema, scope=scope, changes=changes, expires=expires)
                _declare(cls, info, namespace)
                _check(cls, info, namespace)
                setattr(cls, _INFO, info)
            elif any(isinstance(value, Declaration) for value in namespace.values()):
                raise TypeError(f'{name} has access patterns, so it has items: name their kind, as in kind="NOTE"')
            return cls

    class Entity(msgspec.Struct, metaclass=_EntityMeta):
        """What is stored. Fields are given by name; instances are frozen."""

        _stored: Stored | msgspec.UnsetType = msgspec.UNSET

        @property
        def stored(self):
            """The envelope of this very value; None for one that was never read or written."""
            return None if self._stored is msgspec.UNSET else self._stored

        @property
        def version(self):
            """The version it was read or written at; 0 for one that was never stored."""
            return 0 if self._stored is msgspec.UNSET else self._stored.version

        @property
        def created_at(self):
            """When it was created. Raises Internal for one that was never stored."""
            return datetime.fromisoformat(_stored_of(self).created_at)

        @property
        def updated_at(self):
            """When it was last written. Raises Internal for one that was never stored."""
            return datetime.fromisoformat(_stored_of(self).updated_at)


E = TypeVar("E", bound=Entity)


def _stored_of(entity: Entity) -> Stored:
    if entity.stored is None:
        raise Internal(f"{type(entity).__name__} was never stored, and so it has no times")
    return entity.stored


def changed(entity: E, **fields: Any) -> E:
    """The same entity with some fields changed. It keeps the version it was read at, which `replace` then expects."""
    return cast("E", msgspec.structs.replace(cast("Any", entity), **fields))
