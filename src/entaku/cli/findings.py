"""What a check of an installation comes to: good, or a problem with a way out."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `entaku doctor`."""

    about: str
    says: str
    is_ok: bool = True
    way_out: str = ""
    """What to do about a problem."""


def problem(about: str, says: str, way_out: str) -> Finding:
    return Finding(about=about, says=says, is_ok=False, way_out=way_out)
