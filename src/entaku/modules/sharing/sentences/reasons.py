"""Why somebody reaches a resource, or why not, as data: what every sentence about it is made from."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from entaku.modules.accounts import Principal, SharingPolicy
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import ResourceState

Verdict = Literal[
    "owner", "shared", "not_told", "deleted", "deactivated", "not_started", "ended", "only_itself", "not_shared"
]
"""What the answer comes down to; `not_told`: no access, and why is for those who manage the resource."""
SourceState = Literal["counts", "outranked", "blocked", "not_started", "ended", "only_itself"]
"""`blocked`: it would let the person in, were the person not deactivated or the resource not deleted. `only_itself`: it
is with a department above the person's, and not for those below it."""
WarningKind = Literal["ended", "outranks", "lowers"]
"""`ended`: the share grants nothing. `outranks`: it lowers whoever is reached in two ways. `lowers`: it lowers a person
of whom that is known."""


class ExplainedSource(msgspec.Struct, frozen=True, kw_only=True):
    """One share that reaches the person, and what becomes of it."""

    principal: Principal
    name: str
    path: tuple[str, ...]
    """From the group or department the person is directly in to the principal."""
    path_names: tuple[str, ...]
    """What people call these."""
    permissions: tuple[Permission, ...]
    state: SourceState
    starts_at: datetime | None
    expires_at: datetime | None
    granted_by: str
    """An id, not a name: whoever had it then may be gone, or it is somebody else's by now."""
    is_delegated: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer in a sentence, and what it rests on."""

    sentence: str
    """In the language that was asked for."""
    verdict: Verdict
    policy: SharingPolicy
    resource_state: ResourceState
    """What is archived is only read, and what is deleted is open to nobody, whatever the shares grant."""
    purge_at: datetime | None = None
    """Until when what is deleted can be restored."""
    withheld: tuple[Permission, ...] = ()
    """What outranked shares grant and the person may not do, because nearer ones decide."""
    sources: tuple[ExplainedSource, ...] = ()
    """Nearest level first. Only those who manage the resource are told the near misses: what has not started, what has
    ended, and what stops above the person."""


class NamedPrincipal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A principal, and what people call it."""

    principal: Principal
    name: str
    is_service: bool = False
    """A program, and no person."""


class ShareWarning(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may not have meant by a share that they made."""

    kind: WarningKind
    principal: NamedPrincipal
    """With whom the share is."""
    lost: tuple[Permission, ...] = ()
    """What is lost by it."""
    through: tuple[NamedPrincipal, ...] = ()
    """The first ones by whose shares it was had."""
    others: int = 0
    """How many more there are of these."""
