"""The changes that can be previewed: each is what would be asked for, as a value that can be kept.

A change of nothing previews what happens by itself: which shares start and end until an instant.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from entaku.modules.accounts import EntryChange, Principal, SharingPolicy, UserChange
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import Resource
from entaku.modules.sharing.shares.change import Grant

PreviewedMove: TypeAlias = Literal["transfer", "archive", "unarchive", "delete", "restore"]
"""Values of `lifecycle.Move`; to purge a resource is to delete it, as far as access goes."""


class SharesChange(msgspec.Struct, frozen=True, kw_only=True, tag="shares"):
    """Shares of a resource are added, changed and removed."""

    resource: Resource
    add: tuple[Grant, ...] = ()
    remove: tuple[Principal, ...] = ()

    @property
    def principals(self) -> list[Principal]:
        """Everybody whom it names."""
        return [*(grant.principal for grant in self.add), *self.remove]


class ResourceMove(msgspec.Struct, frozen=True, kw_only=True, tag="resource"):
    """A resource is handed over, archived, deleted, or brought back."""

    resource: Resource
    move: PreviewedMove
    owner: str = ""
    """To whom it is transferred."""
    keep: frozenset[Permission] = frozenset()
    """What the owner so far keeps then."""


class UserMove(msgspec.Struct, frozen=True, kw_only=True, tag="user"):
    """A user comes elsewhere: another department, role or groups; is let in or out."""

    user_id: str
    change: UserChange = UserChange()


class UserDeletion(msgspec.Struct, frozen=True, kw_only=True, tag="user_deletion"):
    """A user is deleted."""

    user_id: str


class EntryMove(msgspec.Struct, frozen=True, kw_only=True, tag="entry"):
    """A department or group comes to stand elsewhere."""

    principal: Principal
    change: EntryChange


class EntryDeletion(msgspec.Struct, frozen=True, kw_only=True, tag="entry_deletion"):
    """A department, role or group is deleted."""

    principal: Principal


class MembersChange(msgspec.Struct, frozen=True, kw_only=True, tag="members"):
    """Users are put into a group, and taken out of it."""

    group_id: str
    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True, tag="policy"):
    """Shares of several levels add up in another way."""

    policy: SharingPolicy


PreviewedChange: TypeAlias = (
    SharesChange | ResourceMove | UserMove | UserDeletion | EntryMove | EntryDeletion | MembersChange | PolicyChange
)


def encoded(change: PreviewedChange) -> str:
    """The change as it is kept. Equal changes are encoded alike."""
    return msgspec.json.encode(change, order="deterministic").decode()


def decoded(text: str) -> PreviewedChange:
    return msgspec.json.decode(text, type=PreviewedChange)
