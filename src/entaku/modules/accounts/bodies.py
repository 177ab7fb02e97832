"""What callers send about tenants, people and the directory. Unknown fields are refused; null clears, absent leaves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from entaku.core.context import AccessLevel, Scope
from entaku.core.ids import ID_LENGTH_MAX
from entaku.core.limits import DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX, TIER_DEFAULT
from entaku.modules.accounts.administrators import NewAdministrator
from entaku.modules.accounts.directory import EntryChange
from entaku.modules.accounts.model import GROUP_CHANGES_MAX, SharingPolicy
from entaku.modules.accounts.names import EMAIL_LENGTH_MAX
from entaku.modules.accounts.profiles import NewUser, UserChange
from entaku.modules.accounts.service_accounts import OVERLAP, OVERLAP_MAX, NewApiKey
from entaku.modules.accounts.tenants import NewTenant, TenantChange

Unset = msgspec.UnsetType

# Bounds that a caller may run into; the exact rules are the service's, whose messages say more.
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LENGTH_MAX)]
UserId = Annotated[Id, msgspec.Meta(examples=["hana.sato"])]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=2 * NAME_LENGTH_MAX)]
PersonName = Annotated[Name, msgspec.Meta(examples=["佐藤 花"])]
Email = Annotated[
    str, msgspec.Meta(min_length=3, max_length=EMAIL_LENGTH_MAX, examples=["hana.sato@maru-books.example"])
]
Description = Annotated[str, msgspec.Meta(max_length=DESCRIPTION_LENGTH_MAX)]
Limits = Annotated[
    dict[str, int], msgspec.Meta(description="Overrides of the tier's limits.", examples=[{"users": 200}])
]
Groups = Annotated[frozenset[Id], msgspec.Meta(examples=[["designers"]])]
SomeGroups = Annotated[frozenset[Id], msgspec.Meta(max_length=GROUP_CHANGES_MAX, examples=[["designers"]])]


class NewTenantBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant to create. Its sub-domain follows from its id unless one is given."""

    tenant_id: Annotated[Id, msgspec.Meta(examples=["maru-books"])]
    name: Annotated[Name, msgspec.Meta(examples=["Maru Books"])]
    subdomain: Annotated[str, msgspec.Meta(min_length=1, max_length=63, examples=["maru-books"])] | None = None
    tier: Annotated[str, msgspec.Meta(examples=["standard"])] = TIER_DEFAULT
    sharing_policy: SharingPolicy = SharingPolicy.PRECEDENCE

    def new_tenant(self) -> NewTenant:
        return NewTenant(
            tenant_id=self.tenant_id,
            name=self.name,
            subdomain=self.subdomain,
            tier=self.tier,
            sharing_policy=self.sharing_policy,
        )


class TenantChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator changes of a tenant."""

    name: Name | Unset = msgspec.UNSET
    subdomain: Annotated[str, msgspec.Meta(min_length=1, max_length=63)] | Unset = msgspec.UNSET
    tier: str | Unset = msgspec.UNSET
    limits: Limits | Unset = msgspec.UNSET
    is_suspended: bool | Unset = msgspec.UNSET
    revoke_tokens: Annotated[bool, msgspec.Meta(description="Refuse every access token that was issued until now.")] = (
        False
    )

    def tenant_change(self) -> TenantChange:
        return TenantChange(
            name=self.name,
            subdomain=self.subdomain,
            tier=self.tier,
            limits=self.limits,
            is_suspended=self.is_suspended,
            revoke_tokens=self.revoke_tokens,
        )


class NewAdministratorBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant administrator to create."""

    user_id: UserId
    name: PersonName
    email: Email | None = None

    def new_administrator(self) -> NewAdministrator:
        return NewAdministrator(user_id=self.user_id, name=self.name, email=self.email)


class SettingsChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What administrators change of their own tenant."""

    sharing_policy: SharingPolicy


class NewUserBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user to create, with the first memberships."""

    user_id: UserId
    name: PersonName
    email: Email | None = None
    level: AccessLevel = AccessLevel.MEMBER
    is_service: bool = False
    department: Id | None = None
    role: Id | None = None
    groups: SomeGroups = frozenset()

    def new_user(self) -> NewUser:
        return NewUser(**msgspec.structs.asdict(self))


class UserChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a user. `groups` sets them all; `join` and `leave` touch only those they name."""

    name: PersonName | Unset = msgspec.UNSET
    email: Email | Unset | None = msgspec.UNSET
    level: AccessLevel | Unset = msgspec.UNSET
    is_active: bool | Unset = msgspec.UNSET
    department: Id | Unset | None = msgspec.UNSET
    role: Id | Unset | None = msgspec.UNSET
    groups: Groups | Unset = msgspec.UNSET
    join: SomeGroups = frozenset()
    leave: SomeGroups = frozenset()

    def user_change(self) -> UserChange:
        return UserChange(**msgspec.structs.asdict(self))


class NewServiceAccountBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service account to create. It has no keys yet."""

    user_id: Annotated[Id, msgspec.Meta(examples=["night-job"])]
    name: Annotated[Name, msgspec.Meta(examples=["Night job"])]
    email: Email | None = None
    level: AccessLevel = AccessLevel.MEMBER
    department: Id | None = None
    role: Id | None = None
    groups: SomeGroups = frozenset()

    def new_user(self) -> NewUser:
        return NewUser(**msgspec.structs.asdict(self), is_service=True)


class NewApiKeyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API key to make. Without an id it gets one that sorts by time; without `expires_at` it never ends itself."""

    key_id: Annotated[Id, msgspec.Meta(examples=["ci"])] | None = None
    scopes: Annotated[
        frozenset[Scope],
        msgspec.Meta(min_length=1, description="What the key is for.", examples=[["read", "write"]]),
    ] = frozenset({Scope.READ})
    expires_at: Annotated[datetime, msgspec.Meta(tz=True, examples=["2027-03-31T09:00:00Z"])] | None = None
    replaces: (
        Annotated[
            Id,
            msgspec.Meta(description="The key that this one follows; it ends after the overlap.", examples=["ci-old"]),
        ]
        | None
    ) = None
    overlap_s: Annotated[int, msgspec.Meta(ge=0, le=int(OVERLAP_MAX.total_seconds()))] = int(OVERLAP.total_seconds())
    """For how many seconds `replaces` stays good."""

    def new_api_key(self) -> NewApiKey:
        return NewApiKey(
            key_id=self.key_id,
            scopes=self.scopes,
            expires_at=self.expires_at,
            replaces=self.replaces,
            overlap=timedelta(seconds=self.overlap_s),
        )


class NewDepartmentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department to create, at the top unless it has a parent."""

    department_id: Annotated[Id, msgspec.Meta(examples=["sales"])]
    name: Annotated[Name, msgspec.Meta(examples=["Sales"])]
    parent: Id | None = None


class DepartmentChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rename or move. `parent: null` moves it to the top."""

    name: Name | Unset = msgspec.UNSET
    parent: Id | Unset | None = msgspec.UNSET

    def entry_change(self) -> EntryChange:
        return EntryChange(name=self.name, parent=self.parent)


class NewRoleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job title to create."""

    role_id: Annotated[Id, msgspec.Meta(examples=["editor"])]
    name: Annotated[Name, msgspec.Meta(examples=["Editor"])]


class RoleChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rename."""

    name: Name | Unset = msgspec.UNSET

    def entry_change(self) -> EntryChange:
        return EntryChange(name=self.name)


class NewGroupBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group to create, inside others if it has parents."""

    group_id: Annotated[Id, msgspec.Meta(examples=["designers"])]
    name: Annotated[Name, msgspec.Meta(examples=["Designers"])]
    description: Description = ""
    parents: Groups = frozenset()


class GroupChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rename, describe, nest. `parents` sets all groups that contain this one."""

    name: Name | Unset = msgspec.UNSET
    description: Description | Unset = msgspec.UNSET
    parents: Groups | Unset = msgspec.UNSET

    def entry_change(self) -> EntryChange:
        return EntryChange(name=self.name, description=self.description, parents=self.parents)
