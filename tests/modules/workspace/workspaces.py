"""Random workspaces without flaws, and how one is written as a file.

Given ids to choose from, several of them describe the same organisation at different times.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from entaku.core.clock import EPOCH
from entaku.core.ids import check_id
from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind, individual
from entaku.modules.sharing import Permission
from entaku.modules.workspace import Department, Group, Library, Role, Share, User, Workspace
from entaku.modules.workspace.model import normal_instant, normal_text, said

T = TypeVar("T")

IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,12}", fullmatch=True).filter(
    lambda text: check_id(text, "x") == text
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60)
TEXT = TEXT.map(lambda text: unicodedata.normalize("NFC", text)[:100])
DESCRIPTIONS = TEXT.filter(lambda text: text == normal_text(text))
NAMES = DESCRIPTIONS.filter(bool)
FEW_NAMES = st.sampled_from(("One", "Two"))
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=300_000)).map(lambda after: normal_instant(EPOCH + after))
UNIQUE_IDS = st.lists(IDS, max_size=5, unique=True)


def perhaps(values: st.SearchStrategy[T]) -> st.SearchStrategy[T | UnsetType]:
    """A value, or nothing said."""
    return st.just(UNSET) | values


def some(values: list[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """Some of the values, each once."""
    return st.lists(st.sampled_from(values), unique=True, max_size=3).map(tuple) if values else st.just(())


def one(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values) if values else st.none()


@st.composite
def workspaces(draw: st.DrawFn, *, ids: Sequence[str] = ()) -> Workspace:
    """A workspace of any ids and names; or of some of the ids given, with addresses that move between people."""
    some_ids = st.permutations(ids).flatmap(lambda mixed: st.integers(0, len(mixed)).map(lambda n: mixed[:n]))
    departments, roles, groups, users, libraries = (draw(some_ids if ids else UNIQUE_IDS) for _ in range(5))
    addresses = map(_email, draw(st.permutations(ids)) if ids else users)
    names, descriptions = (FEW_NAMES, FEW_NAMES | st.just("")) if ids else (NAMES, DESCRIPTIONS)
    principals = [
        ORGANISATION,
        *(Principal(PrincipalKind.DEPARTMENT, found) for found in departments),
        *(Principal(PrincipalKind.ROLE, found) for found in roles),
        *(Principal(PrincipalKind.GROUP, found) for found in groups),
        *(Principal(PrincipalKind.INDIVIDUAL, found) for found in users),
    ]
    return Workspace(
        name=draw(st.none() | names),
        policy=draw(st.sampled_from(["precedence", "union", None])),
        departments=tuple(
            Department(id=found, name=draw(names), parent=draw(perhaps(one(departments[:index]))))
            for index, found in enumerate(departments)
        ),
        roles=tuple(Role(id=found, name=draw(names)) for found in roles),
        groups=tuple(
            Group(
                id=found,
                name=draw(names),
                description=draw(perhaps(descriptions)),
                parents=draw(some(groups[:index])),
            )
            for index, found in enumerate(groups)
        ),
        users=tuple(
            _user(draw, found, draw(names), address, departments, roles, groups)
            for found, address in zip(users, addresses, strict=False)
        ),
        libraries=tuple(
            _library(draw, found, draw(names), draw(perhaps(descriptions)), users, principals)
            for found in libraries
            if users
        ),
    )


def _email(user_id: str) -> str:
    return f"{user_id.casefold()}.{user_id.encode().hex()}@maru.example"


def _user(
    draw: st.DrawFn, user_id: str, name: str, address: str, departments: list[str], roles: list[str], groups: list[str]
) -> User:
    return User(
        id=user_id,
        name=name,
        email=draw(perhaps(st.sampled_from((None, address)))),
        level=draw(perhaps(st.sampled_from(("member", "tenant_admin")))),
        state=draw(perhaps(st.sampled_from(("active", "deactivated")))),
        is_service=draw(perhaps(st.booleans())),
        department=draw(perhaps(one(departments))),
        role=draw(perhaps(one(roles))),
        groups=draw(some(groups)),
    )


def _library(
    draw: st.DrawFn,
    library_id: str,
    name: str,
    description: str | UnsetType,
    users: list[str],
    principals: list[Principal],
) -> Library:
    owner = draw(st.sampled_from(users))
    with_whom = draw(st.lists(st.sampled_from(principals), unique=True, max_size=4))
    return Library(
        id=library_id,
        name=name,
        owner=owner,
        description=description,
        discoverable=draw(perhaps(st.booleans())),
        shares=tuple(_share(draw, found, users) for found in with_whom if found != individual(owner)),
    )


def _share(draw: st.DrawFn, principal: Principal, users: list[str]) -> Share:
    starts_at = draw(st.none() | INSTANTS)
    expires_at = draw(st.none() | INSTANTS)
    if starts_at is not None and expires_at is not None and expires_at <= starts_at:
        expires_at = starts_at + timedelta(milliseconds=1)
    more = draw(some([Permission.WRITE, Permission.DELETE, Permission.SHARE]))
    return Share(
        principal=principal,
        permissions=tuple(each for each in Permission if each is Permission.READ or each in more),
        starts_at=starts_at,
        expires_at=expires_at,
        include_children=principal.kind is not PrincipalKind.DEPARTMENT or draw(st.booleans()),
        delegated_by=draw(one(users)),
    )


def as_file(workspace: Workspace) -> bytes:
    """The workspace in our own format."""
    content: dict[str, Any] = {
        "departments": [said(id=d.id, name=d.name, parent=d.parent) for d in workspace.departments],
        "roles": [said(id=role.id, name=role.name) for role in workspace.roles],
        "groups": [
            said(id=g.id, name=g.name, description=g.description, parents=list(g.parents)) for g in workspace.groups
        ],
        "users": [_user_entry(user) for user in workspace.users],
        "libraries": [_library_entry(library) for library in workspace.libraries],
    }
    content |= said(
        name=UNSET if workspace.name is None else workspace.name,
        policy=UNSET if workspace.policy is None else workspace.policy,
    )
    return yaml.dump(content, Dumper=_Writer, allow_unicode=True, sort_keys=False).encode()


class _Writer(yaml.SafeDumper):
    """Puts quotes around all that newer YAML may take for a number, such as 1e3, and not only what older YAML does."""


def _represent_text(writer: _Writer, text: str) -> yaml.ScalarNode:
    looks_like_a_number = text[:1] in "+-." or text[:1].isdigit()
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style="'" if looks_like_a_number else None)


_Writer.add_representer(str, _represent_text)


def _user_entry(user: User) -> dict[str, Any]:
    return said(
        id=user.id,
        name=user.name,
        email=user.email,
        level=user.level,
        state=user.state,
        service=user.is_service,
        department=user.department,
        role=user.role,
        groups=list(user.groups),
    )


def _library_entry(library: Library) -> dict[str, Any]:
    return said(
        id=library.id,
        name=library.name,
        owner=library.owner,
        description=library.description,
        discoverable=library.discoverable,
        shares=[_share_entry(share) for share in library.shares],
    )


def _share_entry(share: Share) -> dict[str, Any]:
    times = {"from": share.starts_at, "until": share.expires_at}
    return {
        "with": str(share.principal),
        "permissions": [permission.value for permission in share.permissions],
        "include_children": share.include_children,
        **{key: at.isoformat() for key, at in times.items() if at is not None},
        **({} if share.delegated_by is None else {"delegated": True, "granted_by": share.delegated_by}),
    }
