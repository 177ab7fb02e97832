"""Pages of a user's libraries as they go over the wire, and the memory of those that have been answered.

A page depends on the user, on the user's principals, on the directory, and on the libraries it was made from. It is
kept until the change log tells that one of them moved, or until a share in it starts or ends by itself. So a page from
memory is what a fresh one would be, also right after another process has written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.context import Actor
from entaku.core.ids import check_id
from entaku.modules.sharing.lists.facts import KINDS, moved_by
from entaku.modules.sharing.lists.model import ListRequest, Reached, ReachedPage, check_may_list, tells_all
from entaku.modules.sharing.lists.service import Lists
from entaku.modules.sharing.lists.views import ReachedLibraries, grouped_libraries
from entaku.table import Kept, Tail

PAGE_BYTES, TAG_BYTES = 1_000, 200
"""About what a page takes in memory beside its JSON, and what each thing takes that it depends on."""
CHARACTER_BYTES_MAX = 4
NEVER_MS = 1 << 62


class WirePage(msgspec.Struct, frozen=True):
    """A page without its response time: the JSON before it and after it."""

    head: bytes
    tail: bytes
    etag: str
    """Of the body without the time."""
    valid_until_ms: int

    def body(self, elapsed_ms: float) -> bytes:
        """The JSON of a ReachedLibraries."""
        return b"%b%.3f%b" % (self.head, elapsed_ms, self.tail)


class ListPages:
    """Answers pages, from memory where the engine lets it know what has changed."""

    def __init__(self, lists: Lists, clock: Clock, tail: Tail | None, bytes_max: int) -> None:
        self._lists, self._clock, self._tail = lists, clock, tail
        self._kept: Kept[WirePage] | None = None
        if tail is not None and bytes_max:
            self._kept = Kept(tail, KINDS, moved_by, weight_max=bytes_max)

    async def page(self, actor: Actor, user_id: str, request: ListRequest) -> WirePage:
        """As `Lists.of_user`, and raises what it raises."""
        check_may_list(actor, user_id)
        if self._kept is None or self._tail is None:
            return wire_page(await self._lists.of_user(actor, user_id, request))
        await self._tail.catch_up()
        key = (actor.tenant_id, user_id, request, tells_all(actor, request))
        kept = self._kept.find(key)
        if kept is not None and to_ms(self._clock.now()) < kept.valid_until_ms:
            return kept
        as_of = self._tail.clock
        found = await self._lists.of_user(actor, check_id(user_id, "user"), request)
        page = wire_page(found)
        tags = tags_of(actor.tenant_id, found.depends_on)
        libraries = frozenset(("library", actor.tenant_id, each) for each in found.depends_on.library_ids)
        weight = weight_of(page, request, tags)
        self._kept.put(key, page, tags=tags, any_of=libraries, weight=weight, as_of=as_of)
        return page


def weight_of(page: WirePage, request: ListRequest, tags: Sequence[Hashable]) -> int:
    """About what the page takes in memory, with the request it is found by."""
    asked = CHARACTER_BYTES_MAX * len(request.q) + len(request.cursor or "")
    return PAGE_BYTES + len(page.head) + asked + TAG_BYTES * len(tags)


def tags_of(tenant_id: str, reached: Reached) -> tuple[Hashable, ...]:
    """What the list depends on, but for its libraries."""
    principals = (("principal", tenant_id, principal) for principal in reached.principals)
    return (("tenant", tenant_id, ""), ("user", tenant_id, reached.user_id), *principals)


def wire_page(page: ReachedPage) -> WirePage:
    """The page as JSON, with a gap for the response time."""
    view = ReachedLibraries(
        user_id=page.user_id,
        total=page.total,
        libraries=grouped_libraries(page),
        next_cursor=page.next_cursor,
        complete=True,
        response_time_ms=0.0,
    )
    encoded = msgspec.json.encode(view)
    cut = len(encoded) - len(b"0.0}")
    assert encoded[cut:] == b"0.0}", "the response time stands last"
    valid_until_ms = NEVER_MS if page.valid_until is None else to_ms(page.valid_until)
    etag = f'"h{hashlib.blake2b(encoded, digest_size=16).hexdigest()}"'
    return WirePage(encoded[:cut], b"}", etag, valid_until_ms)
