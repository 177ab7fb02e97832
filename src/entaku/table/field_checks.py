"""What the fields of an entity may be and may be called: told when its class is made, not when it is first used."""

from __future__ import annotations

import types
import typing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from entaku.table.templates import Component, components, text_of

if TYPE_CHECKING:
    from entaku.table.entity import EntityInfo

RESERVED = frozenset({"version", "created_at", "updated_at", "stored", "expect", "where"})
"""What every entity has, and what `patch` is given beside fields."""


def check_fields(cls: type[Any], info: EntityInfo) -> None:
    """Raises TypeError for fields that something of the table could not be said of."""
    for field in msgspec.structs.fields(cls):
        if field.name in RESERVED:
            raise TypeError(f"{cls.__name__}: a field cannot be called {field.name!r}, which means something else here")
        if field.encode_name != field.name:
            raise TypeError(
                f"{cls.__name__}: {field.name} is stored as {field.encode_name!r}; a field has one name, so drop"
                " the other one"
            )
    _check_expiry(cls, info)
    for component in (*components(info.partition), *components(info.sort)):
        if component.form == "day" and _of_times(info.fields, component):
            raise TypeError(f"{cls.__name__}: two times of a day would have one key by {component}; write the time")
    if info.scope == "platform":
        for index in info.indexes:
            if not index.partition:
                place = f"GSI{index.index} / {text_of(index.sort)}"
                raise TypeError(f"{cls.__name__}: {place} needs a partition; only a tenant's may be the tenant itself")


def _check_expiry(cls: type[Any], info: EntityInfo) -> None:
    if info.expires is None:
        return
    if info.expires not in info.fields:
        raise TypeError(f"{cls.__name__}: it expires by {info.expires!r}, which is no field")
    kinds = set(_alternatives(info.fields[info.expires]))
    if datetime not in kinds or kinds - {datetime, type(None)}:
        raise TypeError(f"{cls.__name__}: it expires by {info.expires!r}, which must be a datetime, or None for never")


def _of_times(fields: dict[str, Any], component: Component) -> bool:
    """Whether the component is a day, but the field it is of is a time."""
    annotation: Any = fields[component.path[0]]
    for name in component.path[1:]:
        owner = next(kind for kind in _alternatives(annotation) if kind is not type(None))
        annotation = next(field.type for field in msgspec.structs.fields(owner) if field.name == name)
    return datetime in _alternatives(annotation)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if is_union else (annotation,)
