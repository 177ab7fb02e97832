"""What comes in over the wire about access requests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.requests.deciding import Approval
from entaku.modules.sharing.requests.model import MESSAGE_LENGTH_MAX, Wanted
from entaku.modules.sharing.shares.views import Permissions

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=MESSAGE_LENGTH_MAX)]


class AccessRequestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for."""

    permissions: Permissions = frozenset({Permission.READ})
    message: (
        Annotated[str, msgspec.Meta(max_length=MESSAGE_LENGTH_MAX, examples=["For the spring catalogue."])] | None
    ) = None
    """To whoever decides."""
    expires_at: datetime | None = None
    """Until when the access is wanted; for good by default."""

    def wanted(self) -> Wanted:
        return Wanted(permissions=self.permissions, message=self.message, expires_at=self.expires_at)


class ApprovalBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to grant where it is not what was asked for. Empty, it is just that."""

    permissions: Permissions | msgspec.UnsetType = msgspec.UNSET
    expires_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    reason: Reason | None = None
    """For the audit trail, and for who asked."""

    def approval(self) -> Approval:
        return Approval(permissions=self.permissions, expires_at=self.expires_at)


class DenialBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why not."""

    reason: Reason
    """For who asked, if they may know of what they asked for, and the audit trail."""
