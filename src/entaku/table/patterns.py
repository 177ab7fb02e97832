"""Access patterns: the named ways in which an entity's items are found. Declared in the class body, checked by types.

    @key("LIBRARY#{library_id}", "SHARE#{principal}")
    def at(*, library_id: str, principal: Principal): "The share of a library with one principal."

    @access("LIBRARY#{library_id}", "SHARE#")
    def in_library(*, library_id: str): "All shares of a library, by principal."

`Share.at(library_id=…, principal=…)` is then a Key, `Share.in_library(library_id=…)` a Query, and a type checker
refuses a parameter that is misspelt, missing or of the wrong type. The same object is what runs, what is documented and
what is drawn. A parameter binds the components of its name, from the left; where the sort key is not bound to its end,
the pattern is a listing of what begins so. A shard that no parameter binds is read in all its partitions.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Generic, ParamSpec, TypeVar, get_args, get_type_hints

from entaku.core.errors import Internal
from entaku.table.keys import AFTER_SEPARATOR, SEPARATOR
from entaku.table.templates import RENDERERS, Component, Template, components, is_prefix, source, text_of

P = ParamSpec("P")
E = TypeVar("E")
C = TypeVar("C", bound="type[Any]")


class Key(Generic[E]):
    """Where one item of an entity is, within the tenant."""

    __slots__ = ("entity", "pk", "sk")

    def __init__(self, entity: type[E], pk: str, sk: str) -> None:
        self.entity, self.pk, self.sk = entity, pk, sk

    def __repr__(self) -> str:
        return f"{self.entity.__name__} {self.pk} / {self.sk}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and (self.pk, self.sk) == (other.pk, other.sk)

    def __hash__(self) -> int:
        return hash((self.pk, self.sk))


class Query(Generic[E]):
    """One use of a listing: which partitions, which stretch of them, and the name that cursors are bound to."""

    __slots__ = ("entity", "high", "index", "low", "partitions", "pattern")

    def __init__(
        self, entity: type[E], pattern: str, index: int, partitions: tuple[str, ...], low: str, high: str | None
    ) -> None:
        self.entity, self.pattern, self.index = entity, pattern, index
        self.partitions, self.low, self.high = partitions, low, high

    def __repr__(self) -> str:
        return f"{self.entity.__name__}.{self.pattern} of {self.partitions[0]} / {self.low}"

    @property
    def listing(self) -> str:
        """What makes this listing another one than every other: its pattern and parameters, for cursors."""
        return "\n".join((self.entity.__name__, self.pattern, self.partitions[0], self.low, self.high or ""))


class KeyPattern(Generic[P, E]):
    """How the one item of some values is found."""

    def __init__(self, pattern: Pattern, render: Callable[..., tuple[str, str]], entity: type[E]) -> None:
        self.pattern, self._render, self._entity = pattern, render, entity
        self.__doc__ = pattern.doc

    def __call__(self, *args: P.args, **params: P.kwargs) -> Key[E]:
        pk, sk = self._render(**params)
        return Key(self._entity, pk, sk)


class QueryPattern(Generic[P, E]):
    """How the items that share some values are listed, in the order of the rest of the sort key."""

    def __init__(
        self, pattern: Pattern, render: Callable[..., tuple[tuple[str, ...], str, str | None]], entity: type[E]
    ) -> None:
        self.pattern, self._render, self._entity = pattern, render, entity
        self.__doc__ = pattern.doc

    def __call__(self, *args: P.args, **params: P.kwargs) -> Query[E]:
        return Query(self._entity, self.pattern.name, self.pattern.index, *self._render(**params))


class Pattern:
    """What a declared pattern says, for the tools that check, document and draw it."""

    def __init__(
        self,
        *,
        name: str,
        doc: str,
        index: int,
        parameters: tuple[str, ...],
        partition: Template,
        sort: Template,
        bound: int,
        is_key: bool,
    ) -> None:
        self.name, self.doc, self.index, self.parameters = name, doc, index, parameters
        self.partition, self.sort, self.is_key = partition, sort, is_key
        self.bound = bound
        """How many segments of the sort template the parameters fix."""

    def __str__(self) -> str:
        return f"{text_of(self.partition)} / {text_of(self.sort)}"


class Declaration:
    """What stands in the class body until the entity is complete."""

    def __init__(self, signature: Callable[..., object], partition: str, sort: str, index: int, is_key: bool) -> None:
        self.signature, self.partition, self.sort, self.index, self.is_key = signature, partition, sort, index, is_key


class KeyDeclaration(Declaration, Generic[P]):
    def __get__(self, instance: object, owner: type[E]) -> KeyPattern[P, E]:
        raise AssertionError("the metaclass puts the pattern in place of its declaration")


class QueryDeclaration(Declaration, Generic[P]):
    enabled = True

    def __get__(self, instance: object, owner: type[E]) -> QueryPattern[P, E]:
        raise AssertionError("the metaclass puts the pattern in place of its declaration")


def key(partition: str, sort: str) -> Callable[[Callable[P, object]], KeyDeclaration[P]]:
    """Declares the key of an entity: where each of its items is. Every entity has exactly one."""

    def declare(signature: Callable[P, object]) -> KeyDeclaration[P]:
        return KeyDeclaration(signature, partition, sort, 0, True)

    return declare


def access(
    partition: str, sort: str, *, index: int = 0, enabled: bool = True
) -> Callable[[Callable[P, object]], QueryDeclaration[P]]:
    """Declares a listing: of a stretch of the table (`index` 0), or of an index, which stores the whole sort key.

    `enabled=False`: what is written fills the index, but nobody can list by it yet, because items from before are not
    in it. When `entaku table reindex` has put them there, the argument goes.
    """

    def declare(signature: Callable[P, object]) -> QueryDeclaration[P]:
        declaration = QueryDeclaration(signature, partition, sort, index, False)
        declaration.enabled = enabled
        return declaration

    return declare


def compiled(
    owner: type[Any],
    name: str,
    declaration: Declaration,
    partition: Template,
    sort: Template,
    fields: Mapping[str, Any],
) -> Any:
    """What takes the place of a declaration in its class. Raises TypeError for one that cannot work."""
    where = f"{owner.__name__}.{name}"
    hints = get_type_hints(declaration.signature)
    parameters = inspect.signature(declaration.signature).parameters
    if any(parameter.kind is not parameter.KEYWORD_ONLY for parameter in parameters.values()):
        raise TypeError(f"{where}: parameters are given by name only; begin the list with *")

    _check_types(where, fields, hints, (*components(partition), *components(sort)))
    free_shard: Component | None = None
    for component in components(partition):
        if not _binds(component, hints):
            if component.form != "shard":
                raise TypeError(f"{where}: the partition needs {component}, and no parameter gives it")
            if free_shard is not None:
                raise TypeError(f"{where}: {free_shard} and {component} are both spread; a partition is spread once")
            free_shard = component
    bound = 0
    for segment in sort:
        if isinstance(segment, Component) and not _binds(segment, hints):
            break
        bound += 1
    unused = set(parameters) - {c.root for c in (*components(partition), *components(sort[:bound]))}
    if unused:
        raise TypeError(f"{where}: {', '.join(sorted(unused))} binds nothing; parameters bind key parts from the left")
    pattern = Pattern(
        name=name,
        doc=inspect.cleandoc(declaration.signature.__doc__ or ""),
        index=declaration.index,
        parameters=tuple(parameters),
        partition=partition,
        sort=sort,
        bound=bound,
        is_key=declaration.is_key,
    )
    if not pattern.doc:
        raise TypeError(f"{where}: say in a docstring what it lists, and in which order")
    if declaration.is_key:
        if bound < len(sort):
            raise TypeError(f"{where}: a key needs a parameter for {sort[bound]}")
        return KeyPattern(pattern, _key_renderer(pattern), owner)
    if isinstance(declaration, QueryDeclaration) and not declaration.enabled:
        if not declaration.index:
            raise TypeError(f"{where}: only a listing of an index can wait to be enabled; the table itself is whole")
        return QueryPattern(pattern, _refusal(where, declaration.index), owner)
    return QueryPattern(pattern, _query_renderer(pattern, free_shard, declaration.sort.endswith(SEPARATOR)), owner)


def _refusal(where: str, index: int) -> Callable[..., Any]:
    """In place of a renderer, for a pattern that is not enabled."""

    def refuse(**params: object) -> Any:
        raise Internal(
            f"{where} is not enabled yet: run 'entaku table reindex --index {index}' once every program that writes"
            " fills the index, then declare it without enabled=False"
        )

    return refuse


def _check_types(where: str, fields: Mapping[str, Any], hints: Mapping[str, Any], parts: tuple[Component, ...]) -> None:
    """Raises TypeError for a parameter that is given another kind of value than its field has."""
    days = {component.root for component in parts if component.form == "day"}
    for component in parts:
        hint = hints.get(component.root)
        if hint is None or (hint is date and component.root in days):
            continue
        field = fields[component.root]
        wanted = tuple(kind for kind in get_args(field) if kind is not type(None))
        if hint != field and (len(wanted) != 1 or hint != wanted[0]):
            raise TypeError(f"{where}: parameter {component.root} is {hint}, and the field is {field}")


def _binds(component: Component, hints: dict[str, Any]) -> bool:
    """Whether a parameter gives this component: one of its name, and a day gives no time."""
    if component.root not in hints:
        return False
    return not (hints[component.root] is date and component.form == "time")


def _compile(parameters: tuple[str, ...], result: str) -> Callable[..., Any]:
    """A function with exactly these keyword parameters, so that Python itself refuses any other call."""
    head = f"*, {', '.join(parameters)}" if parameters else ""
    namespace: dict[str, Any] = dict(RENDERERS)
    exec(f"def render({head}): return {result}", namespace)
    return namespace["render"]


def _key_renderer(pattern: Pattern) -> Callable[..., tuple[str, str]]:
    values = {name: name for name in pattern.parameters}
    return _compile(pattern.parameters, f"({source(pattern.partition, values)}, {source(pattern.sort, values)})")


def _query_renderer(
    pattern: Pattern, shard: Component | None, more: bool
) -> Callable[..., tuple[tuple[str, ...], str, str | None]]:
    values = {name: name for name in pattern.parameters}
    if shard is None:
        partitions = f"({source(pattern.partition, values)},)"
    else:
        rows = [
            source(tuple(f"{n:02d}" if s == shard else s for s in pattern.partition), values) for n in range(shard.size)
        ]
        partitions = f"({', '.join(rows)},)"
    if pattern.bound == 0:
        return _compile(pattern.parameters, f"({partitions}, '', None)")
    prefix = source(pattern.sort[: pattern.bound], values)
    if pattern.bound < len(pattern.sort) or more:
        return _compile(pattern.parameters, f"({partitions}, {prefix} + '{SEPARATOR}', {prefix} + '{AFTER_SEPARATOR}')")
    return _compile(pattern.parameters, f"({partitions}, {prefix}, {prefix} + '!')")


def fits(pattern: Pattern, partition: Template, sort: Template) -> bool:
    """Whether the pattern reads what is stored so: the same partition, and a beginning of the sort key."""
    return pattern.partition == partition and is_prefix(pattern.sort, sort)
