"""A table on DynamoDB as somebody finds it who looks for problems. Values only, for who shows them."""

from __future__ import annotations

import msgspec

from entaku.core.errors import EntakuError


class FoundIndex(msgspec.Struct, frozen=True, kw_only=True):
    """One index of the table."""

    name: str
    status: str
    """`ACTIVE` when it answers; `CREATING` for as long as it is being filled."""
    is_right: bool
    """Whether its key and what it shows are those that the driver makes."""


class FoundTable(msgspec.Struct, frozen=True, kw_only=True):
    """The table as it is."""

    status: str
    """`ACTIVE` when it answers."""
    items: int
    """About so many: DynamoDB counts every six hours."""
    key_is_right: bool
    indexes: tuple[FoundIndex, ...]
    stream: str
    """What its records show, as `NEW_AND_OLD_IMAGES`; empty when there is none."""
    encryption: str
    """`KMS`, or empty for a key that AWS owns."""
    ttl_attribute: str | EntakuError
    """By which items are removed; empty when none are. Or why that cannot be looked at."""
    recovers: bool | EntakuError
    """Whether it can be brought back as it was at any moment of the last days. Or why that cannot be looked at."""


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What there is, and who asks."""

    address: str
    key_id: str
    key_origin: str
    clock_ahead_s: float | None
    """By how much this machine's clock is ahead of DynamoDB's, to about a second; negative when it is behind."""
    table: FoundTable | None
    """None when there is none of that name."""
