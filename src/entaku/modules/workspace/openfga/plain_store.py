"""What the tuples of a store mean whose model is of the plain kind that OpenFGA's documentation begins with.

    type user
    type group
      relations
        define member: [user, group#member]
    type document
      relations
        define owner: [user]
        define writer: [user, group#member] or owner
        define reader: [user, group#member, user:*] or writer

The one type of object may be called anything and becomes libraries; `editor` may stand for `writer`, `viewer` for
`reader`, and `user:*` is the organisation. In such a model relations add up, so the policy is `union`. A relation that
nobody is given, such as `can_open: reader or writer`, is only a question, and is overlooked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from entaku.core.ids import shown
from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind, individual
from entaku.modules.sharing import Permission
from entaku.modules.workspace.model import Policy
from entaku.modules.workspace.openfga.collected import Collected, Entry, Shared, Terms
from entaku.modules.workspace.openfga.dsl import FgaModel
from entaku.modules.workspace.openfga.names import Name, parse_name
from entaku.modules.workspace.openfga.store_entries import TupleEntry

GRANTS: Mapping[str, tuple[Permission, ...]] = {
    "reader": (Permission.READ,),
    "viewer": (Permission.READ,),
    "writer": (Permission.READ, Permission.WRITE),
    "editor": (Permission.READ, Permission.WRITE),
}
OWNER = "owner"
NAMED_MAX = 5
DEFINITION_LENGTH_MAX = 120
"""Of a definition in a message."""
_LADDERS = (("reader", "viewer"), ("writer", "editor"), (OWNER,))
"""From the least to the most, with the names each step may have."""
_MEMBERS = {"user", "group#member"}
_WITH_WHOM = {*_MEMBERS, "user:*"}
_PLAIN = (
    "a plain model has the types user, group, and one more with the relations owner, writer or editor, reader or viewer"
)


class _Expression(msgspec.Struct, frozen=True):
    """`[user, group#member] or writer`, taken apart."""

    directly: frozenset[str]
    also: frozenset[str]


class PlainStore:
    """Every object needs an owner, since every library has one."""

    policy: Policy = "union"

    def __init__(self, model: FgaModel) -> None:
        self._model = model
        self._types = [name for name in model.types if name not in ("user", "group")]
        self._relations = model.types.get(self._types[0], {}) if self._types else {}

    def problems(self) -> Iterator[str]:
        types = self._model.types
        if "user" not in types or len(self._types) != 1:
            named = ", ".join(map(shown, list(types)[:NAMED_MAX])) or "none"
            yield f"the model has the types {named}; {_PLAIN}"
            return
        if types["user"]:
            yield f"type user has relations, as {shown(next(iter(types['user'])))}, which have no meaning here"
        for name in self._model.conditions:
            yield f"condition {shown(name)} is not one of ours; only our own export's conditions are read"
        for relation, text in types.get("group", {}).items():
            expression = _parsed(text)
            is_plain = expression is not None and not expression.also and expression.directly <= _MEMBERS
            if relation != "member" or not is_plain:
                way_out = "write `define member: [user, group#member]`"
                yield f"group: {_definition(relation, text)} has no meaning here; {way_out}"
        yield from self._of_objects()

    def _of_objects(self) -> Iterator[str]:
        """Who may do more may do less, here: so the model must say that too."""
        ladder = [name for names in _LADDERS for name in names if name in self._relations]
        thing = self._types[0]
        for relation, text in self._relations.items():
            if relation not in ladder and not self._is_question(text):
                yield f"{thing}: relation {shown(relation)} has no meaning here; {_PLAIN}"
        for names in _LADDERS:
            if len(names) > 1 and all(name in ladder for name in names):
                yield f"{thing}: {' and '.join(names)} mean the same here; keep one"
        if OWNER not in ladder:
            yield f"{thing}: relation owner is missing; every library has an owner"
        for position, relation in enumerate(ladder):
            yield from self._step(relation, ladder[position + 1 :])

    def _is_question(self, text: str) -> bool:
        """Whether nobody is given the relation, so that nothing is lost without it."""
        expression = _parsed(text)
        return expression is not None and not expression.directly and expression.also <= self._relations.keys()

    def _step(self, relation: str, more: Sequence[str]) -> Iterator[str]:
        """One relation, and those that give more than it."""
        defined = f"{self._types[0]}: {_definition(relation, self._relations[relation])}"
        expression = _parsed(self._relations[relation])
        if expression is None:
            yield f"{defined} is more than names joined by `or`, and is not read"
            return
        for subject in sorted(expression.directly - (_WITH_WHOM if more else {"user"})):
            yield f"{defined}: {shown(subject)} has no meaning here"
        if more and more[0] not in expression.also:
            yield f"{defined}: whoever is {more[0]} is {relation} too, here; add `or {more[0]}`"
        for other in sorted(expression.also.difference(more)):
            yield f"{defined}: {shown(other)} does not give {relation} here; take it away"

    def take(self, entry: TupleEntry, place: str, into: Collected) -> str | None:
        user, thing = parse_name(entry.user), parse_name(entry.object)
        if user is None or thing is None or thing.relation:
            return f"{shown(entry.user)} and {shown(entry.object)} are not both names, as in user:ann and document:menu"
        if entry.condition is not None:
            return "conditions are only read in what our own export wrote"
        expression = _parsed(self._model.types.get(thing.type, {}).get(entry.relation, ""))
        if expression is None or user.restriction not in expression.directly:
            return f"the model does not let {shown(entry.user)} be {shown(entry.relation)} of {shown(entry.object)}"
        if thing.type == "group":
            return _member(into, user, thing, place)
        if entry.relation == OWNER:
            return _owner(into, user, thing, place)
        return _share(into, user, thing, GRANTS[entry.relation], place)

    def missing(self, collected: Collected) -> Iterator[tuple[str, str]]:
        for thing_id, thing in collected.things.items():
            if not thing.owner:
                yield thing.place, f"nobody owns {self._types[0]}:{thing_id}; add a tuple with relation owner"


def _definition(relation: str, text: str) -> str:
    return shown(f"define {relation}: {text}", DEFINITION_LENGTH_MAX)


def _parsed(text: str) -> _Expression | None:
    """The expression of a relation, or None for one that is more than `or`."""
    directly: set[str] = set()
    also: set[str] = set()
    for part in text.split(" or "):
        if part.startswith("[") and part.endswith("]") and "[" not in part[1:]:
            directly |= {subject.strip() for subject in part[1:-1].split(",")}
        elif part.isidentifier():
            also.add(part)
        else:
            return None
    return _Expression(frozenset(directly), frozenset(also))


def _member(into: Collected, user: Name, group: Name, place: str) -> str | None:
    into.groups.setdefault(group.id, Entry(place))
    if user.relation:
        into.groups.setdefault(user.id, Entry(place)).parents[group.id] = None
    else:
        into.person(user.id, place).groups[group.id] = None
    return None


def _owner(into: Collected, user: Name, thing: Name, place: str) -> str | None:
    library = into.thing(thing.id, place)
    into.person(user.id, place)
    if library.owner and library.owner != user.id:
        return f"user:{library.owner} owns it already; a library has one owner: make the others writers"
    library.owner, library.owner_place = user.id, place
    library.shares.pop(individual(user.id), None)
    return None


def _share(into: Collected, user: Name, thing: Name, permissions: tuple[Permission, ...], place: str) -> str | None:
    """Of an owner it says nothing new."""
    principal = {
        "user": individual(user.id),
        "user:*": ORGANISATION,
        "group#member": Principal(PrincipalKind.GROUP, user.id),
    }[user.restriction]
    library = into.thing(thing.id, place)
    into.entry(principal, place)
    if principal != individual(library.owner):
        library.shares.setdefault(principal, Shared(place, Terms())).permissions.update(permissions)
    return None
