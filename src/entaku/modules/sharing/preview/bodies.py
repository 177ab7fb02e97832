"""What comes in over the wire to be previewed, beside the change of shares, whose body is that of the change itself."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from entaku.core.errors import Invalid
from entaku.modules.accounts import EntryChange, Principal, PrincipalKind, SharingPolicy, UserChange
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.preview.changes import (
    EntryDeletion,
    EntryMove,
    MembersChange,
    PreviewedMove,
    ResourceMove,
    UserDeletion,
    UserMove,
)
from entaku.modules.sharing.preview.directory_foresight import MEMBERS_PREVIEWED_MAX
from entaku.modules.sharing.shareable import Resource

Unset: TypeAlias = msgspec.UnsetType
EntryId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, examples=["designers"])]
UserId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, examples=["hana.sato"])]
Members: TypeAlias = Annotated[tuple[UserId, ...], msgspec.Meta(max_length=MEMBERS_PREVIEWED_MAX)]


class LibraryPreviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What would be done to a library."""

    move: PreviewedMove
    owner: UserId | None = None
    """To whom it would be transferred."""
    keep: frozenset[Permission] = frozenset()
    """What the owner so far would keep then."""

    def change(self, resource: Resource) -> ResourceMove:
        """Raises Invalid for a transfer to nobody, and for an owner of anything else."""
        is_transfer = self.move == "transfer"
        if is_transfer != (self.owner is not None) or (self.keep and not is_transfer):
            raise Invalid("a transfer names the new `owner`, and may say what to `keep`; nothing else names them")
        return ResourceMove(resource=resource, move=self.move, owner=self.owner or "", keep=self.keep)


class UserPreviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What would be changed of a user; what is left out stays. Or with `delete` that the user would be deleted."""

    is_active: bool | Unset = msgspec.UNSET
    department: EntryId | Unset | None = msgspec.UNSET
    role: EntryId | Unset | None = msgspec.UNSET
    groups: frozenset[EntryId] | Unset = msgspec.UNSET
    join: frozenset[EntryId] = frozenset()
    leave: frozenset[EntryId] = frozenset()
    delete: bool = False

    def change(self, user_id: str) -> UserMove | UserDeletion:
        """Raises Invalid for a deletion with a change."""
        fields = msgspec.structs.asdict(self)
        if not fields.pop("delete"):
            return UserMove(user_id=user_id, change=UserChange(**fields))
        _check_alone(UserChange(**fields) == UserChange())
        return UserDeletion(user_id=user_id)


class DepartmentPreviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Below which department it would stand, null for the top; or with `delete` that it would be deleted."""

    parent: EntryId | Unset | None = msgspec.UNSET
    delete: bool = False

    def change(self, department_id: str) -> EntryMove | EntryDeletion:
        """Raises Invalid for a deletion with a change."""
        principal = Principal(PrincipalKind.DEPARTMENT, department_id)
        if not self.delete:
            return EntryMove(principal=principal, change=EntryChange(parent=self.parent))
        _check_alone(self.parent is msgspec.UNSET)
        return EntryDeletion(principal=principal)


class GroupPreviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Inside which groups it would stand, or who would be put in and taken out; or with `delete` that it would be
    deleted. One of these at a time, as each is a change of its own."""

    parents: frozenset[EntryId] | Unset = msgspec.UNSET
    join: Members = ()
    leave: Members = ()
    delete: bool = False

    def change(self, group_id: str) -> EntryMove | EntryDeletion | MembersChange:
        """Raises Invalid for several changes."""
        principal = Principal(PrincipalKind.GROUP, group_id)
        has_members = bool(self.join or self.leave)
        if self.delete:
            _check_alone(self.parents is msgspec.UNSET and not has_members)
            return EntryDeletion(principal=principal)
        if not has_members:
            return EntryMove(principal=principal, change=EntryChange(parents=self.parents))
        if self.parents is not msgspec.UNSET:
            raise Invalid("members and `parents` are changes of their own; preview one at a time")
        return MembersChange(group_id=group_id, join=self.join, leave=self.leave)


class TenantPreviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What would be changed of the tenant's settings."""

    sharing_policy: SharingPolicy


def _check_alone(is_alone: bool) -> None:
    if not is_alone:
        raise Invalid("what is deleted is not changed as well; preview one at a time")
