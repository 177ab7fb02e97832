"""What goes over the wire about tenants, people and the directory. What is put in comes in `bodies`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, TypeVar

import msgspec

from entaku.core.context import AccessLevel, Scope
from entaku.modules.accounts.hierarchy import Hierarchy, Membership
from entaku.modules.accounts.model import (
    ApiKey,
    Department,
    EntryState,
    Group,
    Role,
    SharingPolicy,
    Tenant,
    TenantState,
    UserProfile,
    UserState,
)
from entaku.modules.accounts.principals import Principal, PrincipalKind
from entaku.modules.accounts.service_accounts import MadeApiKey

TenantId = Annotated[str, msgspec.Meta(examples=["maru-books"])]
UserId = Annotated[str, msgspec.Meta(examples=["hana.sato"])]
DepartmentId = Annotated[str, msgspec.Meta(examples=["sales"])]
RoleId = Annotated[str, msgspec.Meta(examples=["editor"])]
GroupId = Annotated[str, msgspec.Meta(examples=["designers"])]
Version = Annotated[int, msgspec.Meta(description="The same number as in the ETag.", examples=[1775035800000000])]
Path = Annotated[
    tuple[str, ...],
    msgspec.Meta(
        description="Ids from what the person is directly in to this one; one id means directly.",
        examples=[["designers", "creatives"]],
    ),
]


class StoredView(msgspec.Struct, frozen=True, kw_only=True):
    """What everything that is stored shows last: by name only, so the fields of whoever extends it come first."""

    created_at: datetime
    updated_at: datetime
    version: Version


class TenantView(StoredView, frozen=True):
    """A customer of the product, as operators see it."""

    tenant_id: TenantId
    name: Annotated[str, msgspec.Meta(examples=["Maru Books"])]
    subdomain: Annotated[str, msgspec.Meta(examples=["maru-books"])]
    tier: Annotated[str, msgspec.Meta(examples=["standard"])]
    state: TenantState
    limits: Annotated[dict[str, int], msgspec.Meta(description="Overrides of the tier's limits.")]
    tokens_valid_from: datetime | None
    purge_after: datetime | None


class TenantSettingsView(msgspec.Struct, frozen=True, kw_only=True):
    """One's own tenant."""

    tenant_id: TenantId
    name: Annotated[str, msgspec.Meta(examples=["Maru Books"])]
    subdomain: Annotated[str, msgspec.Meta(examples=["maru-books"])]
    tier: Annotated[str, msgspec.Meta(examples=["standard"])]
    sharing_policy: SharingPolicy
    limits: Annotated[
        dict[str, int], msgspec.Meta(examples=[{"users": 5000, "libraries": 25000, "requests_per_s": 500}])
    ]
    usage: Annotated[dict[str, int], msgspec.Meta(examples=[{"users": 12, "libraries": 30}])]
    version: Version


class UserView(StoredView, frozen=True):
    """A person, or a service that acts as one."""

    user_id: UserId
    name: Annotated[str, msgspec.Meta(examples=["佐藤 花"])]
    email: Annotated[str | None, msgspec.Meta(examples=["hana.sato@maru-books.example"])]
    level: AccessLevel
    state: UserState
    is_service: bool
    department: Annotated[str | None, msgspec.Meta(examples=["sales"])]
    role: Annotated[str | None, msgspec.Meta(examples=["editor"])]
    groups: Annotated[
        tuple[str, ...], msgspec.Meta(description="Those the user is directly in.", examples=[["designers"]])
    ]


class ServiceAccountView(UserView, frozen=True):
    """A user that is a program."""

    user_id: Annotated[str, msgspec.Meta(examples=["night-job"])]
    name: Annotated[str, msgspec.Meta(examples=["Night job"])]
    email: Annotated[str | None, msgspec.Meta(examples=["night-job@maru-books.example"])]
    is_service: Annotated[bool, msgspec.Meta(examples=[True])]


AnyUserView = TypeVar("AnyUserView", bound=UserView)


class ApiKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """An API key without its secret, which nobody is shown again."""

    key_id: Annotated[str, msgspec.Meta(examples=["ci"])]
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_on: Annotated[
        date | None, msgspec.Meta(description="The last day in UTC on which somebody called with it.")
    ]


class MadeApiKeyView(ApiKeyView, frozen=True, kw_only=True):
    """A new key, with the text to send as `Authorization: Bearer`."""

    api_key: Annotated[
        str,
        msgspec.Meta(
            description="Shown now and never again.",
            examples=["entaku_maru-books/night-job/ci_4fT9wWc1vQm2Zr8sKd0bXy6nLhJ3gPa5uEo7iRtYqNeBxCzVk"],
        ),
    ]


class ApiKeysView(msgspec.Struct, frozen=True, kw_only=True):
    """All keys of a service account that have not expired, by id; ten at most."""

    items: tuple[ApiKeyView, ...]


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A user who is directly in a group, role or department."""

    user_id: UserId
    name: Annotated[str, msgspec.Meta(examples=["佐藤 花"])]
    state: UserState


class GroupMembershipView(msgspec.Struct, frozen=True, kw_only=True):
    """A group that a user is in, directly or through other groups."""

    group_id: GroupId
    name: Annotated[str, msgspec.Meta(examples=["Designers"])]
    is_direct: bool
    path: Path


class DepartmentView(StoredView, frozen=True):
    """A part of the organisation."""

    department_id: DepartmentId
    name: Annotated[str, msgspec.Meta(examples=["Sales"])]
    parent: Annotated[str | None, msgspec.Meta(description="The department above; null at the top.")]
    state: EntryState


class DepartmentNodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A department with everything below it; at most 32 levels."""

    department_id: DepartmentId
    name: Annotated[str, msgspec.Meta(examples=["Sales"])]
    version: Version
    children: tuple[DepartmentNodeView, ...]


class DepartmentTreeView(msgspec.Struct, frozen=True, kw_only=True):
    """All departments of the tenant, as a tree, siblings by name."""

    departments: tuple[DepartmentNodeView, ...]


class RoleView(StoredView, frozen=True):
    """A job title."""

    role_id: RoleId
    name: Annotated[str, msgspec.Meta(examples=["Editor"])]
    state: EntryState


class GroupView(StoredView, frozen=True):
    """People put together for a purpose."""

    group_id: GroupId
    name: Annotated[str, msgspec.Meta(examples=["Designers"])]
    description: str
    parents: Annotated[
        tuple[str, ...], msgspec.Meta(description="Groups that contain this one.", examples=[["creatives"]])
    ]
    state: EntryState


class PrincipalView(msgspec.Struct, frozen=True, kw_only=True):
    """A principal that the caller is, and how."""

    kind: PrincipalKind
    id: str
    name: str
    path: Path


class OwnTenantView(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's tenant in short."""

    tenant_id: TenantId
    name: Annotated[str, msgspec.Meta(examples=["Maru Books"])]
    subdomain: Annotated[str, msgspec.Meta(examples=["maru-books"])]


class MeView(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, where, and everything that a share can name to reach them; nearest first."""

    user: UserView
    tenant: OwnTenantView
    principals: tuple[PrincipalView, ...]


def tenant_view(tenant: Tenant) -> TenantView:
    return TenantView(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        subdomain=tenant.subdomain,
        tier=tenant.tier,
        state=tenant.state,
        limits=tenant.limits,
        tokens_valid_from=tenant.tokens_valid_from,
        purge_after=tenant.purge_after,
        created_at=tenant.created_at,
        updated_at=tenant.updated_at,
        version=tenant.version,
    )


def user_view(profile: UserProfile) -> UserView:
    return _profile_view(UserView, profile)


def service_account_view(profile: UserProfile) -> ServiceAccountView:
    return _profile_view(ServiceAccountView, profile)


def _profile_view(kind: type[AnyUserView], profile: UserProfile) -> AnyUserView:
    return kind(
        user_id=profile.user_id,
        name=profile.name,
        email=profile.email,
        level=profile.level,
        state=profile.state,
        is_service=profile.is_service,
        department=profile.department,
        role=profile.role,
        groups=tuple(sorted(profile.groups)),
        created_at=profile.created_at,
        updated_at=profile.updated_at,
        version=profile.version,
    )


def api_key_view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        key_id=key.key_id,
        scopes=tuple(scope for scope in Scope if scope in key.scopes),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_on=key.last_used_on,
    )


def made_api_key_view(made: MadeApiKey) -> MadeApiKeyView:
    shown = msgspec.structs.asdict(api_key_view(made.key))
    return MadeApiKeyView(**shown, api_key=made.text)


def member_view(profile: UserProfile) -> MemberView:
    return MemberView(user_id=profile.user_id, name=profile.name, state=profile.state)


def group_memberships(memberships: Iterable[Membership], hierarchy: Hierarchy) -> tuple[GroupMembershipView, ...]:
    """The groups among the memberships, nearest first."""
    return tuple(
        GroupMembershipView(
            group_id=membership.principal.id,
            name=hierarchy.name_of(membership.principal),
            is_direct=membership.is_direct,
            path=membership.path,
        )
        for membership in memberships
        if membership.principal.kind is PrincipalKind.GROUP
    )


def principal_view(membership: Membership, hierarchy: Hierarchy, names: Mapping[Principal, str]) -> PrincipalView:
    """`names` are those that the hierarchy does not know: the person's and the organisation's."""
    principal = membership.principal
    name = names.get(principal) or hierarchy.name_of(principal)
    return PrincipalView(kind=principal.kind, id=principal.id, name=name, path=membership.path)


def department_view(department: Department) -> DepartmentView:
    return DepartmentView(
        department_id=department.department_id,
        name=department.name,
        parent=department.parent,
        state=department.state,
        created_at=department.created_at,
        updated_at=department.updated_at,
        version=department.version,
    )


def department_tree(hierarchy: Hierarchy) -> DepartmentTreeView:
    """The departments of a hierarchy, nested."""
    below: dict[str | None, list[Department]] = {}
    for department in sorted(hierarchy.departments.values(), key=lambda d: (d.name, d.department_id)):
        below.setdefault(department.parent, []).append(department)

    def nodes(parent: str | None) -> tuple[DepartmentNodeView, ...]:
        return tuple(
            DepartmentNodeView(
                department_id=d.department_id, name=d.name, version=d.version, children=nodes(d.department_id)
            )
            for d in below.get(parent, ())
        )

    return DepartmentTreeView(departments=nodes(None))


def role_view(role: Role) -> RoleView:
    return RoleView(
        role_id=role.role_id,
        name=role.name,
        state=role.state,
        created_at=role.created_at,
        updated_at=role.updated_at,
        version=role.version,
    )


def group_view(group: Group) -> GroupView:
    return GroupView(
        group_id=group.group_id,
        name=group.name,
        description=group.description,
        parents=tuple(sorted(group.parents)),
        state=group.state,
        created_at=group.created_at,
        updated_at=group.updated_at,
        version=group.version,
    )
