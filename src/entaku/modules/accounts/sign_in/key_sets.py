"""The public keys of issuers, kept so that nobody waits: fetched when they are first needed, and again when they are an
hour old or a token names one that is unknown, but never more than once a minute, whatever comes of it.

One fetch of an issuer goes on at a time, in a thread of its own, and whoever needs it waits for that one. What was last
got is good for a day, so an issuer that is down locks nobody out who has been here.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from entaku.core.clock import Clock
from entaku.core.errors import Unauthenticated, Unavailable
from entaku.core.ids import shown
from entaku.modules.accounts.sign_in.foreign_tokens import ForeignToken, is_signed

if TYPE_CHECKING:
    import asyncio

FRESH = timedelta(hours=1)
KEPT = timedelta(hours=24)
TRIED_EVERY = timedelta(minutes=1)
WAITED_S_MAX = 10.0
"""How long a request waits for keys. A fetch has bounds of its own; this one also holds when a name is not resolved."""
FETCHERS_MAX = 16
"""Issuers that are asked at once."""
TURN_S_MAX = 10.0
"""How long one of them keeps another waiting. Who answers a byte now and then is waited for by its own people alone."""
ISSUERS_KEPT_MAX = 1_000

log = logging.getLogger(__name__)


class PublicKey(msgspec.Struct, frozen=True):
    """One key of an issuer."""

    key_id: str | None
    algorithms: frozenset[str]
    """Those of ours that it is made for."""
    key: Any
    """As the library for signatures has it."""


FetchKeys = Callable[[str], tuple[PublicKey, ...]]
"""Asks an issuer for its keys. Blocks, for some seconds at most. Raises Unavailable, which says why."""


class _KeySet:
    """What is known of one issuer."""

    def __init__(self) -> None:
        self.keys: tuple[PublicKey, ...] = ()
        self.got_at: datetime | None = None
        self.tried_at: datetime | None = None
        self.fetching: asyncio.Task[None] | None = None


class KeySets:
    """The keys of all issuers that somebody has come from."""

    def __init__(self, clock: Clock, fetch: FetchKeys, *, turn_s: float = TURN_S_MAX) -> None:
        self._clock, self._fetch, self._turn_s = clock, fetch, turn_s
        self._sets: OrderedDict[str, _KeySet] = OrderedDict()
        self._turns: asyncio.Semaphore | None = None

    async def check_signature(self, token: ForeignToken) -> None:
        """Raises Unauthenticated unless the issuer has signed the token, Unavailable when its keys could not be got.

        The issuer must be one that an operator has named: it is visited.
        """
        known = self._known(token.claims.iss)
        key = self._find(known, token)
        if key is not None and is_signed(token, key):
            if known.got_at is not None and self._clock.now() - known.got_at >= FRESH:
                self._begin(token.claims.iss, known)
            return
        # A key that is unknown, or another under a name that is: either way what we have may be old.
        await self._renew(token.claims.iss, known)
        key = self._find(known, token)
        if key is None:
            named = "no key id" if token.key_id is None else f"key {shown(token.key_id)}"
            raise Unauthenticated(f"the access token names {named}, and its issuer has no such key for its algorithm")
        if not is_signed(token, key):
            raise Unauthenticated("the access token is not signed by its issuer")

    async def close(self) -> None:
        """What is being fetched is waited for by nobody."""
        for known in self._sets.values():
            if known.fetching is not None:
                known.fetching.cancel()

    def _known(self, issuer: str) -> _KeySet:
        known = self._sets.setdefault(issuer, _KeySet())
        self._sets.move_to_end(issuer)
        while len(self._sets) > ISSUERS_KEPT_MAX:
            self._sets.popitem(last=False)
        return known

    def _find(self, known: _KeySet, token: ForeignToken) -> Any:
        """The key that the token says it is signed by, if it is there and not too old."""
        is_good = known.got_at is not None and self._clock.now() - known.got_at < KEPT
        return _fitting(known.keys, token) if is_good else None

    async def _renew(self, issuer: str, known: _KeySet) -> None:
        """Waits for the keys as they are now. Raises Unavailable when there are none."""
        import asyncio

        self._begin(issuer, known)
        if known.fetching is not None:
            # Unlike other ways to wait this one ends nothing: the fetch is not this request's alone.
            await asyncio.wait({known.fetching}, timeout=WAITED_S_MAX)
        if known.got_at is None or self._clock.now() - known.got_at >= KEPT:
            raise Unavailable(f"the keys of issuer {issuer} cannot be got; the log says why; try again in a minute")

    def _begin(self, issuer: str, known: _KeySet) -> None:
        """Asks the issuer, unless it is being asked or was within the minute."""
        import asyncio

        now = self._clock.now()
        is_too_soon = known.tried_at is not None and abs(now - known.tried_at) < TRIED_EVERY
        if known.fetching is None and not is_too_soon:
            known.tried_at = now
            known.fetching = asyncio.create_task(self._refresh(issuer, known))

    async def _refresh(self, issuer: str, known: _KeySet) -> None:
        import asyncio

        self._turns = self._turns or asyncio.Semaphore(FETCHERS_MAX)
        fetched: asyncio.Future[tuple[PublicKey, ...]] | None = None
        try:
            async with self._turns:
                fetched = _in_thread(self._fetch, issuer)
                await asyncio.wait({fetched}, timeout=self._turn_s)
            keys = await fetched
        except Unavailable as error:
            # Told here once a minute; a line for each request that waits would bury it.
            log.warning("the keys of issuer %s cannot be got: %s", issuer, error.message)
        else:
            known.keys, known.got_at = keys, self._clock.now()
        finally:
            if fetched is not None:
                fetched.cancel()
            known.fetching = None


def _in_thread(fetch: FetchKeys, issuer: str) -> asyncio.Future[tuple[PublicKey, ...]]:
    """Runs it in a thread that ends with the process: an executor's would be waited for by a service that shuts down,
    and an issuer that says nothing would hold that up."""
    import asyncio
    from concurrent.futures import Future
    from threading import Thread

    fetched: Future[tuple[PublicKey, ...]] = Future()
    fetched.set_running_or_notify_cancel()  # From here on it comes to its end, whoever has gone.

    def run() -> None:
        try:
            fetched.set_result(fetch(issuer))
        except Exception as error:
            fetched.set_exception(error)

    Thread(target=run, name="issuer-keys", daemon=True).start()
    return asyncio.wrap_future(fetched)


def _fitting(keys: tuple[PublicKey, ...], token: ForeignToken) -> Any:
    """The one key that fits; None where there is none, or more than one and nothing that tells them apart."""
    fitting = [
        each.key
        for each in keys
        if token.algorithm in each.algorithms and (token.key_id is None or each.key_id == token.key_id)
    ]
    return fitting[0] if len(fitting) == 1 else None
