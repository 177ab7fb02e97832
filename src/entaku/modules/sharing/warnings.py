"""What somebody who shares a library may not have meant: shares that lower people, or that have no effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from entaku.modules.accounts import Principal, PrincipalKind, SharingPolicy
from entaku.modules.sharing.evaluation import LEVELS
from entaku.modules.sharing.model import Permission, Share
from entaku.modules.sharing.rights import Standing


class Granted(Protocol):
    """What is asked of a share to be added."""

    @property
    def principal(self) -> Principal: ...
    @property
    def permissions(self) -> frozenset[Permission]: ...
    @property
    def expires_at(self) -> datetime | None: ...


def may_lower(add: Sequence[Granted], caller: Standing) -> bool:
    """Whether the shares to be added could outrank others of the library: what the caller does must outrank at all, and
    there must be a share with a farther kind of principal."""
    if not add or not caller.is_manager or caller.facts.policy is not SharingPolicy.PRECEDENCE:
        return False
    nearest = min(LEVELS[grant.principal.kind] for grant in add)
    return any(LEVELS[PrincipalKind(kind)] > nearest for kind in caller.library.share_counts)


def warnings_of(add: Sequence[Granted], present: Sequence[Share], caller: Standing, now: datetime) -> tuple[str, ...]:
    """Sentences about the shares to be added, given the others that the library keeps."""
    found: list[str] = []
    for grant in add:
        if grant.expires_at is not None and grant.expires_at <= now:
            found.append(f"the share with {grant.principal} has ended already and grants nothing")
        elif caller.is_manager and caller.facts.policy is SharingPolicy.PRECEDENCE:
            found += _lowered(grant, present, now)
    return tuple(found)


def _lowered(grant: Granted, present: Sequence[Share], now: datetime) -> list[str]:
    """Shares with farther principals that grant more: whoever is both will have only what the nearer share grants."""
    level = LEVELS[grant.principal.kind]
    return [
        f"whoever reaches the library through {share.principal} and is {grant.principal} too will not have"
        f" {', '.join(sorted(lost))} any more: the nearer share decides"
        for share in present
        if LEVELS[share.principal.kind] > level
        and not share.terms.is_delegated
        and share.terms.is_live(now)
        and (lost := share.terms.permissions - grant.permissions)
    ]
