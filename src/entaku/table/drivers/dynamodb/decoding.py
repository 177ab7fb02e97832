"""From the JSON of attribute values straight to an entity: a type of the wire's form is made once for each entity type.

    class Note(Struct):             class NoteOnTheWire(Struct):
        text: str                       text: Leaf                       # S: str
        stars: int = 0                  stars: Leaf | UnsetType = UNSET  # N: int
        tags: list[str] = []            tags: Leaf | UnsetType = UNSET   # L: list[Leaf]

msgspec checks and converts while it parses, and a compiled expression takes the values out of their leaves. What has
no one form on the wire (unions, tagged structs, `Any`) stays JSON there and is converted by itself.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import inspect
from msgspec.structs import FieldInfo

from entaku.table.drivers.dynamodb.attributes import AttributeValue, name_of, plain

Nothing = Annotated[list[Any], msgspec.Meta(max_length=0)]
"""How an empty set stands on the wire, under `L`."""

_TEXTS = (
    inspect.StrType,
    inspect.DateTimeType,
    inspect.DateType,
    inspect.TimeType,
    inspect.TimeDeltaType,
    inspect.UUIDType,
)
_NUMBERS = (inspect.IntType, inspect.FloatType, inspect.DecimalType)
_SET_KINDS = {"S": "SS", "N": "NS", "B": "BS"}
_decode_value = msgspec.json.Decoder(AttributeValue).decode


def entity_decoder(entity_type: type[Any]) -> Callable[[str], Any]:
    """A function from the JSON of a map to the entity. It raises MsgspecError for what it does not know to read."""
    forms = _Forms()
    wire, flatten = forms.of_struct(entity_type)
    # Numbers are texts on the wire: only a lax decoder takes them for numbers.
    decode = forms.named(msgspec.json.Decoder(wire, strict=False).decode)
    return forms.function("json", f"{flatten}({decode}(json))")


class _Form(msgspec.Struct, frozen=True):
    """How a type stands on the wire."""

    annotation: Any
    value: Callable[[str], str]
    """From the expression for what was parsed to the one for the value."""


class _Inner(msgspec.Struct, frozen=True):
    """The same, inside of the leaf that names its type in DynamoDB."""

    kind: str
    annotation: Any
    value: Callable[[str], str] | None
    """None where it is the value as it was parsed."""


class _Forms:
    """Makes the forms of one entity type, and keeps what their expressions refer to."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"UNSET": msgspec.UNSET}
        self._within: list[type[Any]] = []

    def named(self, value: Any) -> str:
        """A name for the value in the expressions."""
        name = f"v{len(self._names)}"
        self._names[name] = value
        return name

    def function(self, parameter: str, expression: str) -> Callable[[Any], Any]:
        return eval(f"lambda {parameter}: {expression}", self._names)

    def of_struct(self, struct: type[Any]) -> tuple[Any, str]:
        """The form of a struct's fields, and the name of the function that makes the struct of it."""
        self._within.append(struct)
        fields = msgspec.structs.fields(struct)
        on_the_wire: list[tuple[str, Any, Any]] = []
        arguments: list[str] = []
        for field in fields:
            form, place = self._of(field.type), f"w.{field.name}"
            if form.annotation is msgspec.Raw:
                # It cannot be part of a union, and an empty one is none.
                on_the_wire.append((field.name, msgspec.Raw, msgspec.Raw()))
                is_there = place
            else:
                on_the_wire.append((field.name, form.annotation | msgspec.UnsetType, msgspec.UNSET))
                is_there = f"{place} is not UNSET"
            arguments.append(f"{field.name}={form.value(place)} if {is_there} else {self._default(field)}")
        self._within.pop()
        renamed = {field.name: field.encode_name for field in fields}
        wire = msgspec.defstruct(f"{struct.__name__}OnTheWire", on_the_wire, rename=renamed, gc=False)
        return wire, self.named(self.function("w", f"{self.named(struct)}({', '.join(arguments)})"))

    def _default(self, field: FieldInfo) -> str:
        """The expression for the value of a field that is absent."""
        if field.default is not msgspec.NODEFAULT:
            return self.named(field.default)
        default = functools.partial(_refuse, field.name) if field.required else field.default_factory
        return f"{self.named(default)}()"

    def _of(self, annotation: Any) -> _Form:
        bare, is_nullable = _without_none(annotation)
        inner = self._inner(bare)
        if inner is None:
            return self._of_set(bare) if not is_nullable and _is_set(bare) else self._of_any(annotation)
        kind, value = inner.kind, inner.value or _itself
        if not is_nullable:
            return _Form(_leaf((kind, inner.annotation)), lambda place: value(f"{place}.{kind}"))
        # Not `| None`: a lax decoder would take the text `null` for it, which is also the base64 of three bytes.
        leaf = _leaf((kind, inner.annotation | msgspec.UnsetType, msgspec.UNSET), ("NULL", bool, False))
        return _Form(leaf, lambda place: f"(None if {place}.{kind} is UNSET else {value(f'{place}.{kind}')})")

    def _inner(self, annotation: Any) -> _Inner | None:
        """None where values of the type have several forms, or one that the fields of a struct do not tell."""
        node = inspect.type_info(annotation)
        kind = _kind_of(node)
        if kind is not None:
            return _Inner(kind, annotation, None)
        if isinstance(node, inspect.StructType):
            if annotation in self._within or annotation is not node.cls or node.tag is not None or node.array_like:
                return None
            wire, flatten = self.of_struct(node.cls)
            return _Inner("M", wire, lambda place: f"{flatten}({place})")
        arguments = get_args(annotation)
        if get_origin(annotation) is list:
            element = self._of(arguments[0])
            return _Inner("L", list[element.annotation], lambda place: f"[{element.value('e')} for e in {place}]")
        if get_origin(annotation) is dict and arguments[0] is str:
            element = self._of(arguments[1])
            pairs = f"{self.named(name_of)}(k): {element.value('e')} for k, e in"
            return _Inner("M", dict[str, element.annotation], lambda place: f"{{{pairs} {place}.items()}}")
        return None

    def _of_set(self, annotation: Any) -> _Form:
        """Of texts, numbers or bytes; other sets are lists there."""
        node: Any = inspect.type_info(annotation)
        kind = _kind_of(node.item_type)
        if kind is None or kind not in _SET_KINDS:
            return self._of_any(annotation)
        empty = frozenset[Any]() if isinstance(node, inspect.FrozenSetType) else set[Any]()
        leaf = _leaf((_SET_KINDS[kind], annotation, empty), ("L", Nothing, []))
        return _Form(leaf, lambda place: f"{place}.{_SET_KINDS[kind]}")

    def _of_any(self, annotation: Any) -> _Form:
        convert = self.named(functools.partial(_converted, annotation))
        return _Form(msgspec.Raw, lambda place: f"{convert}({place})")


def _itself(place: str) -> str:
    return place


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """The one type beside None and unset, and whether None is possible; a union of more stays what it is."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation, False
    members = get_args(annotation)
    others = [each for each in members if each is not types.NoneType and each is not msgspec.UnsetType]
    return (others[0], types.NoneType in members) if len(others) == 1 else (annotation, False)


def _is_set(annotation: Any) -> bool:
    return isinstance(inspect.type_info(annotation), (inspect.SetType, inspect.FrozenSetType))


def _kind_of(node: inspect.Type) -> str | None:
    """The one type in DynamoDB by which the codec writes values of a simple type."""
    match node:
        case inspect.BoolType():
            return "BOOL"
        case inspect.BytesType():
            return "B"
        case inspect.EnumType(cls=cls):
            return _kind_of_all([each.value for each in cls])
        case inspect.LiteralType(values=values):
            return _kind_of_all(values)
        case _:
            return "S" if isinstance(node, _TEXTS) else "N" if isinstance(node, _NUMBERS) else None


def _kind_of_all(values: Sequence[object]) -> str | None:
    if all(isinstance(each, str) for each in values):
        return "S"
    return "N" if all(isinstance(each, int) for each in values) else None


def _leaf(*fields: Any) -> Any:
    """A struct for one attribute value. What is of another type in the item is refused, not taken for absent."""
    return msgspec.defstruct("Leaf", fields, forbid_unknown_fields=True, gc=False)


def _converted(annotation: Any, json: msgspec.Raw) -> Any:
    return msgspec.convert(plain(_decode_value(json)), annotation, strict=False)


def _refuse(name: str) -> None:
    raise msgspec.ValidationError(f"the field {name!r} is absent")
