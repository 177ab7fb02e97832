"""Fields whose large values are kept apart from their item: how one is declared, and the two forms of its entity.

    class Document(Entity, kind="DOCUMENT"):
        document_id: str
        body: Annotated[str, kept_apart(above_bytes=16 * KIB)]

An entity has two forms. Whole, as everybody declares and uses it: `body` is the text. Held, as it is stored: the same
with a field more, `body_apart`, which refers to the blob; where it does, `body` is None, and where the value is small
it stays in the item and `body_apart` is None. The held form is a subclass that this file makes of the declared one.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import msgspec

from entaku.core.errors import Internal
from entaku.core.limits import ITEM_BYTES_MAX, KIB

ABOVE_BYTES_DEFAULT = 16 * KIB
ABOVE_BYTES_MIN = 512
"""A reference takes about half of this in the item."""

_SUFFIX = "_apart"


class KeptApart(msgspec.Struct, frozen=True):
    """Marks the type of a field; made by `kept_apart`."""

    above_bytes: int


def kept_apart(*, above_bytes: int = ABOVE_BYTES_DEFAULT) -> KeptApart:
    """In the type of a field, a text or bytes: a value of more bytes than this is kept in the blob store.

    Nothing else changes for who writes and reads the entity, except that no key and no condition can name the field.
    The bound may be moved at any time; it says where values go that are written from then on.
    """
    if not ABOVE_BYTES_MIN <= above_bytes <= ITEM_BYTES_MAX:
        raise TypeError(
            f"kept_apart(above_bytes={above_bytes}) is out of range: {ABOVE_BYTES_MIN} to {ITEM_BYTES_MAX} are possible"
        )
    return KeptApart(above_bytes)


class BlobReference(msgspec.Struct, frozen=True):
    """Where the value of a field is, and what it is."""

    blob: str
    """The key in the blob store."""
    size_bytes: int
    sha256: str
    """Of the bytes, of a text in UTF-8; 64 small hexadecimal digits."""


_FORM = set(BlobReference.__struct_fields__)


class ApartField(msgspec.Struct, frozen=True):
    """A field that is kept apart, as it was declared."""

    name: str
    kind: type[str] | type[bytes]
    above_bytes: int
    is_nullable: bool

    @property
    def reference(self) -> str:
        """The name of the field that refers to the blob, in the held form."""
        return self.name + _SUFFIX

    def content(self, value: str | bytes | bytearray | memoryview[int]) -> bytes:
        """The bytes of a value. Raises UnicodeEncodeError for text that UTF-8 cannot express."""
        return value.encode() if isinstance(value, str) else bytes(value)

    def value(self, content: bytes) -> str | bytes:
        """The value of the bytes."""
        return content.decode() if self.kind is str else content


Apart = Mapping[str, ApartField]
"""By name, the fields of an entity that are kept apart."""


def apart_fields(cls: type[Any], fields: Mapping[str, Any]) -> Apart:
    """Those fields of a class that are declared so, given the types of all. Raises TypeError for one that cannot be."""
    found: dict[str, ApartField] = {}
    for name, annotation in fields.items():
        marks = [mark for each in (annotation, *typing.get_args(annotation)) for mark in _marks(each)]
        if not marks:
            continue
        kinds = {kind for kind in _alternatives(annotation) if kind is not msgspec.UnsetType}
        bare = kinds - {type(None)}
        if bare not in ({str}, {bytes}):
            raise TypeError(f"{cls.__name__}.{name}: only text and bytes are kept apart, not {annotation}")
        found[name] = ApartField(name, bare.pop(), marks[0].above_bytes, type(None) in kinds)
    for field in found.values():
        if field.reference in fields:
            raise TypeError(
                f"{cls.__name__}: {field.reference} is how {field.name} is stored when it is kept apart; rename the"
                " field"
            )
    return found


def check_not_in_key(cls: type[Any], pattern: str, templates: Iterable[str], apart: Apart) -> None:
    """Raises TypeError where the templates of a pattern name a field that is kept apart."""
    for name in apart:
        if any(re.search(rf"\{{{name}[.:}}]", template) for template in templates):
            raise TypeError(
                f"{cls.__name__}.{pattern}: {name} is kept apart and cannot stand in a key; declare a field of its own"
                " for what is looked for by"
            )


def held_class(cls: type[Any], apart: Apart) -> type[Any]:
    """The held form of an entity class; the class itself where nothing is kept apart."""
    if not apart:
        return cls
    types: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for field in apart.values():
        types[field.name], defaults[field.name] = field.kind | None | msgspec.UnsetType, msgspec.UNSET
        types[field.reference], defaults[field.reference] = BlobReference | None, None
    namespace: dict[str, Any] = {
        **defaults,
        "__annotations__": types,
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
        # What a class demands of its values is about whole ones.
        "__post_init__": _demands_nothing,
    }
    make: Any = type(cls)
    return make(cls.__name__, (cls,), namespace)


def _demands_nothing(self: Any) -> None:
    """In place of a `__post_init__`."""


def references(held: Any, apart: Apart) -> dict[str, BlobReference]:
    """By field, the blobs that an entity refers to. A whole one refers to none."""
    named = ((field.name, getattr(held, field.reference, None)) for field in apart.values())
    return {name: reference for name, reference in named if reference is not None}


def blobs_of(fields: Mapping[str, Any]) -> Iterator[str]:
    """The keys of the blobs that stored fields refer to, as `Codec.fields` gives them.

    Known by name and form, since the program may not know the entity, or not this schema of it. Not by the form alone:
    users may write a value of any form.
    """
    for name, value in fields.items():
        if name.endswith(_SUFFIX) and isinstance(value, dict) and cast("dict[str, Any]", value).keys() == _FORM:
            yield cast("dict[str, Any]", value)["blob"]


def held_form(whole: Any, held: type[Any], apart: Apart, refers: Mapping[str, BlobReference]) -> Any:
    """The held form of an entity, with these references in place of the values."""
    fields = {name: getattr(whole, name) for name in whole.__struct_fields__}
    for name, reference in refers.items():
        fields |= {name: None, apart[name].reference: reference}
    return held(**fields)


def whole_form(held: Any, cls: type[Any], apart: Apart, values: Mapping[str, str | bytes]) -> Any:
    """The whole entity, with the values that were kept apart. Raises Internal where the class refuses them."""
    fields: dict[str, Any] = {name: getattr(held, name) for name in cls.__struct_fields__} | dict(values)
    for field in apart.values():
        value = fields[field.name]
        if value is msgspec.UNSET:
            del fields[field.name]
        elif value is None and not field.is_nullable:
            raise Internal(f"stored data do not fit {cls.__name__}: {field.name} is neither there nor kept apart")
    try:
        return cls(**fields)
    except (TypeError, ValueError) as error:
        raise Internal(f"stored data do not fit {cls.__name__}: {error}") from error


def _marks(annotation: Any) -> list[KeptApart]:
    return [each for each in getattr(annotation, "__metadata__", ()) if isinstance(each, KeptApart)]


def _alternatives(annotation: Any) -> set[Any]:
    """The types that a value may be of, whatever is said of them beside."""
    if hasattr(annotation, "__metadata__"):
        return _alternatives(annotation.__origin__)
    members = typing.get_args(annotation)
    if members and typing.get_origin(annotation) in _UNIONS:
        return {kind for member in members for kind in _alternatives(member)}
    return {annotation}


_UNIONS = (typing.Union, type(int | None))
