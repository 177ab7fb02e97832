"""What goes over the wire about reviews of access."""

from __future__ import annotations

from datetime import datetime

import msgspec

from entaku.modules.sharing.review.document import PageLine, ReviewHead, ReviewSummary
from entaku.modules.sharing.review.model import ReviewedAccess


class AccessReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """The accesses of some users at an instant, by user and then by resource."""

    at: datetime
    users: int
    """Who were there then, were active, and were looked at for this page; some may have reached nothing."""
    accesses: tuple[ReviewedAccess, ...]
    next_cursor: str | None
    """Send it as `cursor`, with the same instant, to go on; only a missing one means the end."""


class ReviewDocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A review that proves itself, one page a line."""

    review: ReviewHead
    """What was asked, when, by whom, in which tenant."""
    pages: tuple[PageLine, ...]
    summary: ReviewSummary
    signature: str
    """A detached JWS of review and summary, which holds the pages by their hashes."""
