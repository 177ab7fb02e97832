"""Our own format: one YAML file that describes an organisation, pleasant to write by hand.

The structs below are the format. The reader, the JSON Schema and the tables of `docs/reference/workspace-file.md` all
follow from them. The defaults that the schema names are those of what a file creates: what it does not say stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from entaku.core.errors import Flaw, Invalid
from entaku.core.limits import DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX
from entaku.modules.accounts import Principal, PrincipalKind, parse_principal
from entaku.modules.sharing import Permission
from entaku.modules.workspace.decode import decode
from entaku.modules.workspace.model import (
    Department,
    Group,
    Level,
    Library,
    Policy,
    Role,
    Share,
    State,
    User,
    Workspace,
    normal_instant,
    normal_text,
)
from entaku.modules.workspace.places import at_index, at_key
from entaku.modules.workspace.reading import Reading
from entaku.modules.workspace.source import Node, Source

_ID = "[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}"
_UNIQUE = {"uniqueItems": True}

Id = Annotated[str, Meta(pattern=f"^{_ID}$", description="Unique among its kind; it never changes.")]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX, description="What people see, in any script.")]
OrganisationName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=NAME_LENGTH_MAX,
        description="The organisation's; left out, the tenant keeps its own.",
    ),
]
Description = Annotated[str, Meta(max_length=DESCRIPTION_LENGTH_MAX, description="What it is for.")]
DepartmentId = Annotated[str, Meta(pattern=f"^{_ID}$", description="The id of a department.")]
RoleId = Annotated[str, Meta(pattern=f"^{_ID}$", description="The id of a role.")]
UserId = Annotated[str, Meta(pattern=f"^{_ID}$", description="The id of a user.")]
GroupId = Annotated[str, Meta(pattern=f"^{_ID}$", description="The id of a group.")]
PrincipalText = Annotated[
    str,
    Meta(
        pattern=f"^(organisation|(individual|user|group|role|department):{_ID})$",
        description="Whom: `individual:ID`, `group:ID`, `role:ID`, `department:ID` or `organisation`.",
        examples=["group:designers", "individual:keiko", "organisation"],
    ),
]
Instant = Annotated[datetime, Meta(tz=True)]


class DepartmentEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the organisation. Departments form trees."""

    id: Id
    name: Name
    parent: Annotated[DepartmentId | UnsetType | None, Meta(description="The department above; `null` at the top.")] = (
        UNSET
    )


class RoleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A job title. What somebody may administer is not a role but the `level` of a user."""

    id: Id
    name: Name


class GroupEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """People who work together across departments. Who belongs to it is said by the users' `groups`."""

    id: Id
    name: Name
    description: Description | UnsetType = UNSET
    parents: Annotated[
        tuple[GroupId, ...],
        Meta(
            description="The groups that contain it, and so its members.",
            extra_json_schema=_UNIQUE,
        ),
    ] = ()


class UserEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person, or an account that a program uses."""

    id: Id
    name: Name
    email: Annotated[
        str | UnsetType | None,
        Meta(description="Unique, whatever its case; `null` for none.", examples=["keiko@maru-books.example"]),
    ] = UNSET
    level: Annotated[
        Level | UnsetType,
        Meta(
            description="What the user may administer: nothing, or the whole tenant.",
            extra_json_schema={"default": "member"},
        ),
    ] = UNSET
    state: Annotated[
        State | UnsetType,
        Meta(
            description="A deactivated user is kept, but can reach nothing.",
            extra_json_schema={"default": "active"},
        ),
    ] = UNSET
    service: Annotated[
        bool | UnsetType,
        Meta(
            description="True for an account that no person signs in with. It cannot change.",
            extra_json_schema={"default": False},
        ),
    ] = UNSET
    department: Annotated[
        DepartmentId | UnsetType | None, Meta(description="The department the user works in; `null` for none.")
    ] = UNSET
    role: Annotated[RoleId | UnsetType | None, Meta(description="The user's job title; `null` for none.")] = UNSET
    groups: Annotated[
        tuple[GroupId, ...],
        Meta(description="The groups the user is a direct member of.", extra_json_schema=_UNIQUE),
    ] = ()


class ShareEntry(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"principal": "with", "starts_at": "from", "expires_at": "until"},
):
    """Access to one library for one principal. One statement: what it leaves out has its default."""

    principal: PrincipalText
    permissions: Annotated[
        tuple[Permission, ...],
        Meta(
            min_length=1,
            description="`read` is in every share; `write`, `delete`, `share` come on top. Left out, it is `[read]`.",
            extra_json_schema={**_UNIQUE, "contains": {"const": "read"}},
        ),
    ] = (Permission.READ,)
    starts_at: Annotated[
        Instant | None,
        Meta(
            description="The first instant at which the share counts, with its zone. Left out, it counts at once.",
            examples=["2027-04-01T09:00:00+09:00"],
        ),
    ] = None
    expires_at: Annotated[
        Instant | None,
        Meta(
            description="The first instant at which the share has ended, with its zone. Left out, it has no end.",
            examples=["2027-06-30T15:00:00Z"],
        ),
    ] = None
    include_children: Annotated[
        bool, Meta(description="For departments: whether the departments below it are included.")
    ] = True
    delegated: Annotated[
        bool,
        Meta(description="Passed on by somebody who does not manage the library: it adds, and never lowers anyone."),
    ] = False
    granted_by: Annotated[
        Id | None, Meta(description="Who passed it on; said with `delegated: true`, and only then.")
    ] = None


class LibraryEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A collection of documents with one owner."""

    id: Id
    name: Name
    owner: Annotated[UserId, Meta(description="The user who has all of it, and needs no share.")]
    description: Description | UnsetType = UNSET
    discoverable: Annotated[
        bool | UnsetType,
        Meta(
            description="Whether people without access may learn that it exists, and ask for access.",
            extra_json_schema={"default": False},
        ),
    ] = UNSET
    shares: Annotated[
        tuple[ShareEntry, ...], Meta(description="Whom it is shared with; each principal stands here once.")
    ] = ()


class WorkspaceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An organisation: its people, how they are ordered, its libraries and whom these are shared with."""

    name: OrganisationName | UnsetType = UNSET
    policy: Annotated[
        Policy | UnsetType,
        Meta(
            description="How overlapping shares add up: the nearest level decides (`precedence`), or all levels are "
            "united (`union`). Left out, the tenant keeps its own."
        ),
    ] = UNSET
    departments: Annotated[tuple[DepartmentEntry, ...], Meta(description="In any order.")] = ()
    roles: Annotated[tuple[RoleEntry, ...], Meta(description="The job titles.")] = ()
    groups: Annotated[tuple[GroupEntry, ...], Meta(description="In any order.")] = ()
    users: Annotated[tuple[UserEntry, ...], Meta(description="Everybody, service users included.")] = ()
    libraries: Annotated[tuple[LibraryEntry, ...], Meta(description="The libraries and their shares.")] = ()


def read_workspace_file(source: Source) -> Reading:
    """The workspace of a file in our own format. Its places are those of the file."""
    file, flaws = decode(source, source.root, "", WorkspaceFile)
    conversion = _Conversion(source)
    workspace = conversion.workspace(file)
    return Reading(workspace, (*flaws, *conversion.flaws))


def workspace_of(content: dict[str, Any]) -> Workspace:
    """The workspace of a file that was made here and not read, such as an export: no flaw is looked for in it."""
    return _Conversion(Source("", Node({}, 0))).workspace(msgspec.convert(content, WorkspaceFile))


class _Conversion:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.flaws: list[Flaw] = []

    def workspace(self, file: WorkspaceFile) -> Workspace:
        return Workspace(
            name=None if isinstance(file.name, UnsetType) else normal_text(file.name),
            policy=None if isinstance(file.policy, UnsetType) else file.policy,
            departments=tuple(Department(id=d.id, name=normal_text(d.name), parent=d.parent) for d in file.departments),
            roles=tuple(Role(id=role.id, name=normal_text(role.name)) for role in file.roles),
            groups=tuple(
                Group(
                    id=group.id,
                    name=normal_text(group.name),
                    description=_normal_description(group.description),
                    parents=group.parents,
                )
                for group in file.groups
            ),
            users=tuple(_user(entry) for entry in file.users),
            libraries=tuple(
                self._library(entry, at_index("libraries", index)) for index, entry in enumerate(file.libraries)
            ),
        )

    def _library(self, entry: LibraryEntry, place: str) -> Library:
        shares = enumerate(entry.shares)
        return Library(
            id=entry.id,
            name=normal_text(entry.name),
            owner=entry.owner,
            description=_normal_description(entry.description),
            discoverable=entry.discoverable,
            shares=tuple(self._share(share, at_index(at_key(place, "shares"), index)) for index, share in shares),
        )

    def _share(self, entry: ShareEntry, place: str) -> Share:
        return Share(
            principal=self._principal(entry.principal, at_key(place, "with")),
            permissions=tuple(permission for permission in Permission if permission in entry.permissions),
            starts_at=None if entry.starts_at is None else normal_instant(entry.starts_at),
            expires_at=None if entry.expires_at is None else normal_instant(entry.expires_at),
            include_children=entry.include_children,
            delegated_by=self._delegated_by(entry, at_key(place, "granted_by")),
        )

    def _delegated_by(self, entry: ShareEntry, place: str) -> str | None:
        if entry.delegated and entry.granted_by is None:
            self._note(place, "who passed the share on is missing; write `granted_by: ID` beside `delegated: true`")
        elif entry.granted_by is not None and not entry.delegated:
            self._note(place, "only a share that was passed on names who granted it; add `delegated: true`")
        return entry.granted_by

    def _principal(self, text: str, place: str) -> Principal:
        try:
            return parse_principal(text)
        except Invalid as error:
            self._note(place, error.message)
            return Principal(PrincipalKind.INDIVIDUAL, "")

    def _note(self, place: str, message: str) -> None:
        self.flaws.append(self.source.flaw(place, message))


def _user(entry: UserEntry) -> User:
    return User(
        id=entry.id,
        name=normal_text(entry.name),
        email=entry.email,
        level=entry.level,
        state=entry.state,
        is_service=entry.service,
        department=entry.department,
        role=entry.role,
        groups=entry.groups,
    )


def _normal_description(text: str | UnsetType) -> str | UnsetType:
    return UNSET if isinstance(text, UnsetType) else normal_text(text)
