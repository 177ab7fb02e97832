"""Signed documents of reviews, made piece by piece: what the command line writes to a file and REST sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

from entaku.core.clock import Clock, from_ms, to_ms
from entaku.core.context import Actor
from entaku.core.errors import Limited
from entaku.modules.sharing.review.document import ReviewHead, ReviewWriter, Sign
from entaku.modules.sharing.review.model import ReviewBounds, ReviewRequest
from entaku.modules.sharing.review.reviews import Reviews
from entaku.table.progress import Tell, tell_nobody

RETRY_AFTER_S = 5.0
"""In which a document of most tenants is made."""


class ReviewDocuments:
    """Reviews that prove themselves. For administrators of the tenant."""

    def __init__(self, reviews: Reviews, clock: Clock, sign: Sign) -> None:
        """`sign` signs with the keys of the service."""
        self._reviews, self._clock, self._sign = reviews, clock, sign
        self._being_made = Counter[str]()

    async def pieces(
        self,
        actor: Actor,
        request: ReviewRequest,
        *,
        bounds: ReviewBounds | None = None,
        tell: Tell = tell_nobody,
    ) -> AsyncGenerator[bytes]:
        """One document, which says whose word it is; some users a piece. Holds in memory what a review holds.

        Raises as `Reviews.pages` does, and Limited for one too many at once, before the first piece unless the table
        fails later: what was sent by then has no signature, and is no document.
        """
        request = self._reviews.checked(actor, request)
        head = ReviewHead(
            tenant_id=actor.tenant_id,
            at=request.at,
            made_at=from_ms(to_ms(self._clock.now())),
            made_by=actor.user_id,
            user_id=request.user_id,
            resource=request.resource,
        )
        writer = ReviewWriter(head)
        begin = writer.begin()
        with self._counted(actor.tenant_id, bounds):
            async for page in self._reviews.pages(actor, request, bounds=bounds, tell=tell):
                yield begin + writer.page(page)
                begin = b""
            yield begin + writer.end(self._sign)

    @contextmanager
    def _counted(self, tenant_id: str, bounds: ReviewBounds | None) -> Generator[None]:
        """While it lasts, a document of the tenant is being made."""
        if bounds is not None and (count := self._being_made[tenant_id]) >= bounds.documents_max:
            raise Limited(
                f"{count} review documents of tenant {tenant_id!r} are being sent already; wait until one is read",
                retry_after_s=RETRY_AFTER_S,
            )
        self._being_made[tenant_id] += 1
        try:
            yield
        finally:
            self._being_made[tenant_id] -= 1
            if not self._being_made[tenant_id]:
                del self._being_made[tenant_id]
