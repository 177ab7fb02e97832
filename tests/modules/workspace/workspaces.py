"""Random workspaces without flaws, and how one is written as a file."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any

import yaml
from hypothesis import strategies as st

from entaku.core.clock import EPOCH
from entaku.core.ids import check_id
from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind
from entaku.modules.workspace import Department, Group, Library, Role, Share, User, Workspace
from entaku.modules.workspace.model import in_order, normal_text

IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,12}", fullmatch=True).filter(
    lambda text: check_id(text, "x") == text
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60)
TEXT = TEXT.map(lambda text: unicodedata.normalize("NFC", text)[:100])
DESCRIPTIONS = TEXT.filter(lambda text: text == normal_text(text))
NAMES = DESCRIPTIONS.filter(bool)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=300_000)).map(lambda after: EPOCH + after)
UNIQUE_IDS = st.lists(IDS, max_size=5, unique=True)


def some(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of the values, each once."""
    return st.lists(st.sampled_from(values), unique=True, max_size=3).map(tuple) if values else st.just(())


def one(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values) if values else st.none()


@st.composite
def workspaces(draw: st.DrawFn) -> Workspace:
    departments, roles, groups, users, libraries = (draw(UNIQUE_IDS) for _ in range(5))
    principals = [
        ORGANISATION,
        *(Principal(PrincipalKind.DEPARTMENT, found) for found in departments),
        *(Principal(PrincipalKind.ROLE, found) for found in roles),
        *(Principal(PrincipalKind.GROUP, found) for found in groups),
        *(Principal(PrincipalKind.INDIVIDUAL, found) for found in users),
    ]
    return Workspace(
        name=draw(st.none() | NAMES),
        policy=draw(st.sampled_from(["precedence", "union", None])),
        departments=tuple(
            Department(id=found, name=draw(NAMES), parent=draw(one(departments[:index])))
            for index, found in enumerate(departments)
        ),
        roles=tuple(Role(id=found, name=draw(NAMES)) for found in roles),
        groups=tuple(
            Group(id=found, name=draw(NAMES), description=draw(DESCRIPTIONS), parents=draw(some(groups[:index])))
            for index, found in enumerate(groups)
        ),
        users=tuple(_user(draw, found, departments, roles, groups) for found in users),
        libraries=tuple(_library(draw, found, users, principals) for found in libraries if users),
    )


def _user(draw: st.DrawFn, user_id: str, departments: list[str], roles: list[str], groups: list[str]) -> User:
    return User(
        id=user_id,
        name=draw(NAMES),
        email=f"{user_id.casefold()}.{user_id.encode().hex()}@maru.example" if draw(st.booleans()) else None,
        level=draw(st.sampled_from(["member", "tenant_admin"])),
        state=draw(st.sampled_from(["active", "deactivated"])),
        is_service=draw(st.booleans()),
        department=draw(one(departments)),
        role=draw(one(roles)),
        groups=draw(some(groups)),
    )


def _library(draw: st.DrawFn, library_id: str, users: list[str], principals: list[Principal]) -> Library:
    owner = draw(st.sampled_from(users))
    with_whom = draw(st.lists(st.sampled_from(principals), unique=True, max_size=4))
    return Library(
        id=library_id,
        name=draw(NAMES),
        owner=owner,
        description=draw(DESCRIPTIONS),
        discoverable=draw(st.booleans()),
        shares=tuple(_share(draw, found) for found in with_whom if found != Principal(PrincipalKind.INDIVIDUAL, owner)),
    )


def _share(draw: st.DrawFn, principal: Principal) -> Share:
    starts_at = draw(st.none() | INSTANTS)
    expires_at = draw(st.none() | INSTANTS)
    if starts_at is not None and expires_at is not None and expires_at <= starts_at:
        expires_at = starts_at + timedelta(microseconds=1)
    return Share(
        principal=principal,
        permissions=in_order(("read", *draw(some(["write", "delete", "share"])))),
        starts_at=starts_at,
        expires_at=expires_at,
        include_children=principal.kind is not PrincipalKind.DEPARTMENT or draw(st.booleans()),
    )


def as_file(workspace: Workspace) -> bytes:
    """The workspace in our own format."""
    content: dict[str, Any] = {
        "departments": [_filled(id=d.id, name=d.name, parent=d.parent) for d in workspace.departments],
        "roles": [_filled(id=role.id, name=role.name) for role in workspace.roles],
        "groups": [
            _filled(id=g.id, name=g.name, description=g.description, parents=list(g.parents)) for g in workspace.groups
        ],
        "users": [_user_entry(user) for user in workspace.users],
        "libraries": [_library_entry(library) for library in workspace.libraries],
    }
    content |= _filled(name=workspace.name, policy=workspace.policy)
    return yaml.dump(content, Dumper=_Writer, allow_unicode=True, sort_keys=False).encode()


class _Writer(yaml.SafeDumper):
    """Puts quotes around all that newer YAML may take for a number, such as 1e3, and not only what older YAML does."""


def _represent_text(writer: _Writer, text: str) -> yaml.ScalarNode:
    looks_like_a_number = text[:1] in "+-." or text[:1].isdigit()
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style="'" if looks_like_a_number else None)


_Writer.add_representer(str, _represent_text)


def _user_entry(user: User) -> dict[str, Any]:
    return _filled(
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
    return _filled(
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
        "permissions": list(share.permissions),
        "include_children": share.include_children,
        **{key: at.isoformat() for key, at in times.items() if at is not None},
    }


def _filled(**entries: Any) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if value is not None}
