"""The signed document of a review: JSON that is written page by page, and verified line by line by whoever has the
public keys of the service.

    {"review":{...},            what was asked, when, by whom, in which tenant
    "pages":[
    {"accesses":[...],"page":1,"previous":"<hash of the line of the review>","users":50},
    {"accesses":[...],"page":2,"previous":"<hash of the first page>","users":12}
    ],
    "summary":{...},            how many pages, users and accesses, and the hash of the last page
    "signature":"<header>..<signature>"}

Each value stands on a line of its own in the one form it can have: members sorted, no spaces, no fractions, as RFC 8785
has it. A hash is the SHA-256 of such a value. The signature is a JWS with a detached payload (RFC 7515, appendix F) of
review and summary, and the summary holds the pages by their hashes: whatever byte is changed, something does not fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeVar

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import MIB
from entaku.modules.sharing.review.model import ReviewedAccess, ReviewPage
from entaku.modules.sharing.shareable import Resource

FORMAT = "entaku access review 1"
DOCUMENT_LINE_BYTES_MAX = 128 * MIB
"""Of one page; whoever verifies a document reads no longer line."""

Sign = Callable[[bytes], str]
"""Makes a signature of a payload, which it does not hold."""
Verify = Callable[[str, bytes], str]
"""The id of the key that a signature of the payload was made with. Raises Invalid for another one."""

T = TypeVar("T")


class ReviewHead(msgspec.Struct, frozen=True, kw_only=True):
    """What a review is of, and whose word it is."""

    tenant_id: str
    at: datetime
    made_at: datetime
    made_by: str
    user_id: str | None = None
    """Of one user; None for all."""
    resource: Resource | None = None
    format: str = FORMAT


class PageLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One page."""

    page: int
    """Counts from 1."""
    previous: str
    """The hash of the page before, of the first one that of the review."""
    users: int
    accesses: tuple[ReviewedAccess, ...]


class ReviewSummary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it comes to."""

    pages: int
    users: int
    """Who were there at the instant and were looked at."""
    accesses: int
    last: str
    """The hash of the last page; of none, that of the review."""


class VerifiedReview(msgspec.Struct, frozen=True, kw_only=True):
    """What a document turned out to be."""

    head: ReviewHead
    summary: ReviewSummary
    key_id: str


def canonical(value: object) -> bytes:
    """The one form of a value: members sorted, nothing between them."""
    return msgspec.json.encode(value, order="sorted")


class ReviewWriter:
    """Writes one document, piece by piece."""

    def __init__(self, head: ReviewHead) -> None:
        self._head = canonical(head)
        self._last, self._pages, self._users, self._accesses = _hash(self._head), 0, 0, 0

    def begin(self) -> bytes:
        return b'{"review":' + self._head + b',\n"pages":['

    def page(self, page: ReviewPage) -> bytes:
        """The next page."""
        self._pages += 1
        self._users += page.users
        self._accesses += len(page.accesses)
        line = canonical(PageLine(page=self._pages, previous=self._last, users=page.users, accesses=page.accesses))
        self._last = _hash(line)
        return (b"\n" if self._pages == 1 else b",\n") + line

    def end(self, sign: Sign) -> bytes:
        """The summary, signed."""
        summary = canonical(
            ReviewSummary(pages=self._pages, users=self._users, accesses=self._accesses, last=self._last)
        )
        signature = canonical(sign(_signed(self._head, summary)))
        return b'\n],\n"summary":' + summary + b',\n"signature":' + signature + b"}\n"


def verified_review(lines: Iterable[bytes], verify: Verify) -> VerifiedReview:
    """Reads a document line by line, and says what it is. Raises Invalid that names the line or page that is not as it
    was written, or says that the signature does not hold."""
    reading = _Lines(lines)
    head_bytes = reading.between(b'{"review":', b",")
    head = _read(head_bytes, ReviewHead, "the review in line 1")
    if head.format != FORMAT:
        raise Invalid(f"the document is {shown(head.format)}, and this program verifies {FORMAT!r}")
    reading.exactly(b'"pages":[')
    last, counted = _hash(head_bytes), ReviewSummary(pages=0, users=0, accesses=0, last="")
    for line in reading.until_last():
        page = _page(line, counted.pages + 1, last)
        last = _hash(line)
        counted = ReviewSummary(
            pages=page.page, users=counted.users + page.users, accesses=counted.accesses + len(page.accesses), last=last
        )
    reading.exactly(b"],")
    summary_bytes = reading.between(b'"summary":', b",")
    summary = _read(summary_bytes, ReviewSummary, "the summary")
    signature = _read(reading.between(b'"signature":', b"}"), str, "the signature")
    reading.exactly(b"")
    _check_summary(summary, counted)
    return VerifiedReview(head=head, summary=summary, key_id=verify(signature, _signed(head_bytes, summary_bytes)))


def _page(line: bytes, number: int, previous: str) -> PageLine:
    page = _read(line, PageLine, f"page {number}")
    if page.page != number:
        raise Invalid(f"page {page.page} stands where page {number} is due; pages are missing, or in another order")
    if page.previous != previous:
        before = f"page {number - 1}" if number > 1 else "the review in line 1"
        raise Invalid(f"{before} is not what page {number} was written after: one of the two was changed")
    return page


def _check_summary(summary: ReviewSummary, counted: ReviewSummary) -> None:
    for name in ("pages", "users", "accesses"):
        if (says := getattr(summary, name)) != (there := getattr(counted, name)):
            raise Invalid(f"the summary says {says} {name}, and there are {there}: something was added or left out")
    if summary.last != counted.last:
        raise Invalid(f"page {counted.pages} is not what the summary was written after: one of the two was changed")


class _Lines:
    """The lines of a document, each without its end, and what each has to be."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines, self._number = iter(lines), 0

    def exactly(self, wanted: bytes) -> None:
        """Empty is for nothing more."""
        if (line := self._next()) != wanted:
            raise self._wrong(f"{wanted.decode()} is due" if wanted else "there is something behind the end", line)

    def between(self, begin: bytes, end: bytes) -> bytes:
        """What stands between, as in `"summary":{...},`."""
        line = self._next()
        if not (line.startswith(begin) and line.endswith(end)):
            raise self._wrong(f"{begin.decode()}...{end.decode()} is due", line)
        return line[len(begin) : -len(end)]

    def until_last(self) -> Iterator[bytes]:
        """The values of a list: all but the last one are followed by a comma."""
        while (line := self._next()).endswith(b","):
            yield line[:-1]
        yield line

    def _next(self) -> bytes:
        line = next(self._lines, None)
        if line is None:
            return b""
        self._number += 1
        if not line.endswith(b"\n"):
            raise Invalid(f"line {self._number} has no end: the document is cut off, or a line of it too long")
        return line[:-1]

    def _wrong(self, what: str, line: bytes) -> Invalid:
        found = shown(line[:80].decode(errors="replace"))
        return Invalid(f"line {self._number} is not that of a review, where {what}; it reads {found}")


def _read(text: bytes, kind: type[T], what: str) -> T:
    """The value, if this is the one form of it."""
    try:
        value = msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{what} cannot be read: {error}") from error
    wanted = canonical(value)
    if wanted != text:
        place = next((n for n, pair in enumerate(zip(text, wanted, strict=False)) if pair[0] != pair[1]), len(wanted))
        raise Invalid(f"{what} is not in the form in which it was written, from its byte {place + 1} on")
    return value


def _signed(head: bytes, summary: bytes) -> bytes:
    return b'{"review":' + head + b',"summary":' + summary + b"}"


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
