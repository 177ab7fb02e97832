"""Changes of every kind as values: made up at random, done through the services, and repeated under the same key.

Each carries an id. It is the request id of all that the change records, and the idempotency key under which it is sent,
so that what became of it can be found in the table after the process that sent it is gone.
"""

from __future__ import annotations

import random
from typing import Any

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import EntakuError, Internal
from entaku.main import App
from entaku.modules.accounts import (
    Directory,
    EntryChange,
    Group,
    NewUser,
    Principal,
    PrincipalKind,
    UserChange,
    UserProfile,
    individual,
)
from entaku.modules.sharing import Grant, Library, LibraryChange, NewLibrary, Permission
from entaku.table import IdempotencyKey
from entaku.table.idempotency import idempotency_key
from tests.reliability.killed_import import TENANT

USERS, LIBRARIES, TEMPORARY = 30, 10, 6
"""People and libraries there are from the beginning, and ids that come and go."""

KINDS = (
    *("share", "share", "share", "move", "move", "rename", "nest", "new_user", "delete_user", "new_group"),
    *("delete_group", "new_library", "transfer", "delete_library"),
)
DELETIONS = ("delete_user", "delete_group")
"""Take several steps: what was done of one that was refused stays, and its repetition goes on from there."""


class Operation(msgspec.Struct, frozen=True):
    """One change that somebody asks for."""

    id: str
    kind: str
    target: str
    add: tuple[Grant, ...] = ()
    remove: tuple[Principal, ...] = ()
    place: str = ""
    """The department, group or owner that the target is moved to."""


class Answer(msgspec.Struct, frozen=True):
    """How it was answered."""

    operation: Operation
    version: int = 0
    """Of the target with this change."""
    subjects: tuple[tuple[str, str], ...] = ()
    """Of a change of shares: what was done, and to whom."""
    refused: str = ""
    """The code of the error."""
    broken: str = ""
    """What no user may ever see."""


def operation(chance: random.Random, operation_id: str) -> Operation:
    """Any change, on any of the things there are or may be."""
    kind = chance.choice(KINDS)
    library = f"l{chance.randrange(LIBRARIES)}" if chance.random() < 0.7 else f"t{chance.randrange(TEMPORARY)}"
    group = f"x{chance.randrange(TEMPORARY)}"
    match kind:
        case "share":
            principals = sorted({_principal(chance) for _ in range(chance.randrange(1, 5))})
            cut = chance.randrange(len(principals) + 1)
            return Operation(
                operation_id,
                kind,
                library,
                tuple(Grant(principal=p, permissions=_permissions(chance)) for p in principals[:cut]),
                tuple(principals[cut:]),
            )
        case "move":
            return Operation(operation_id, kind, _person(chance), place=f"d{chance.randrange(8)}")
        case "nest":
            return Operation(operation_id, kind, f"g{chance.randrange(8, 20)}", place=f"g{chance.randrange(20)}")
        case "new_user" | "delete_user":
            return Operation(operation_id, kind, f"p{chance.randrange(TEMPORARY)}", place=group)
        case "new_group" | "delete_group":
            return Operation(operation_id, kind, group)
        case "new_library" | "delete_library":
            return Operation(operation_id, kind, f"t{chance.randrange(TEMPORARY)}", place=_person(chance))
        case _:
            return Operation(operation_id, kind, library, place=_person(chance))


def _person(chance: random.Random) -> str:
    return f"u{chance.randrange(USERS)}" if chance.random() < 0.85 else f"p{chance.randrange(TEMPORARY)}"


def _principal(chance: random.Random) -> Principal:
    group = f"g{chance.randrange(20)}" if chance.random() < 0.85 else f"x{chance.randrange(TEMPORARY)}"
    return chance.choice((individual(_person(chance)), Principal(PrincipalKind.GROUP, group)))


def _permissions(chance: random.Random) -> frozenset[Permission]:
    return frozenset({Permission.READ, chance.choice(tuple(Permission))})


async def perform(app: App, asked: Operation) -> Answer:
    """Does it, or says why not."""
    try:
        return await _perform(app, app.operator(TENANT, asked.id), asked, _key(asked))
    except Internal as error:
        return Answer(asked, broken=error.message)
    except EntakuError as error:
        return Answer(asked, refused=error.code)


def _key(asked: Operation) -> IdempotencyKey:
    # Sets in one order: two processes order them differently, and the same key with other bytes is another request.
    return idempotency_key(asked.id, msgspec.json.encode(asked, order="deterministic"))


async def _perform(app: App, actor: Actor, asked: Operation, key: IdempotencyKey) -> Answer:
    users, directory, libraries = app.accounts.users, app.accounts.directory, app.sharing.libraries
    table = app.table.for_tenant(TENANT)
    new_name = f"After {asked.id}"
    group = Principal(PrincipalKind.GROUP, asked.target)
    stored: Any
    match asked.kind:
        case "share":
            return await _share(app, actor, asked, key)
        case "move":
            change = UserChange(name=new_name, department=asked.place, email=f"{asked.place}@example.com")
            stored = await users.change(actor, asked.target, change, idempotency=key)
        case "nest":
            before = await table.get(Directory.at())
            change = EntryChange(name=new_name, parents=frozenset({asked.place}))
            stored = await directory.change(actor, group, change, idempotency=key)
            after = await table.get(Directory.at())
            if after.version == before.version and not key.replayed:
                return Answer(asked, broken=f"the directory stayed at {before.version} while {group} was moved")
        case "new_user":
            new = NewUser(user_id=asked.target, name=new_name, groups=frozenset({asked.place}))
            stored = await users.create(actor, new, idempotency=key)
        case "delete_user":
            stored = await table.find(UserProfile.at(user_id=asked.target))
            await users.delete(actor, asked.target)
        case "new_group":
            stored = await directory.create(actor, Group(group_id=asked.target, name=new_name), idempotency=key)
        case "delete_group":
            stored = await table.find(Group.at(group_id=asked.target))
            await directory.delete(actor, group)
        case "new_library":
            own = NewLibrary(name=new_name, library_id=asked.target, owner=asked.place)
            stored = await libraries.create(actor, own, idempotency=key)
        case "delete_library":
            await libraries.purge(actor, asked.target)
            stored = await table.find(Library.at(library_id=asked.target))
        case "transfer":
            to = LibraryChange(name=new_name, owner=asked.place)
            stored = await libraries.change(actor, asked.target, to, idempotency=key)
        case _:
            stored = await libraries.change(actor, asked.target, LibraryChange(name=new_name), idempotency=key)
    return Answer(asked, stored.version if stored is not None else 0)


async def _share(app: App, actor: Actor, asked: Operation, key: IdempotencyKey) -> Answer:
    library = await app.table.for_tenant(TENANT).find(Library.at(library_id=asked.target))
    outcome = await app.sharing.shares.change(
        actor,
        asked.target,
        add=asked.add,
        remove=asked.remove,
        expect=library.version if library is not None and asked.add else None,
        idempotency=key,
    )
    done = (("share_added", outcome.added), ("share_changed", outcome.changed), ("share_removed", outcome.removed))
    subjects = sorted((action, str(principal)) for action, principals in done for principal in principals)
    return Answer(asked, outcome.version, tuple(subjects))
