"""One signed request to DynamoDB and its answer: no second attempts, and no knowledge of items.

`credentials` finds the key. What aiodynamo's client does beyond that is done otherwise here: bodies are made and read
without a dictionary in between, errors are of our tree, and the streams of tables are a service too.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiodynamo.credentials import Credentials, Key
from aiodynamo.http.aiohttp import AIOHTTP

from entaku.core.clock import SystemClock
from entaku.core.errors import EntakuError, Internal, Unavailable
from entaku.table.drivers.dynamodb.capacity import COUNTED, OnCapacity, capacity_of
from entaku.table.drivers.dynamodb.credentials import Keys
from entaku.table.drivers.dynamodb.denials import Circumstances, CredentialsRefused, clock_ahead_s, unreachable
from entaku.table.drivers.dynamodb.errors import not_understood, refusal
from entaku.table.drivers.dynamodb.signing import Signer

T = TypeVar("T")

Service = Literal["dynamodb", "streams.dynamodb"]

REQUESTS_MAX = 64
"""At once, from one driver; others wait for their turn."""
CONNECTIONS_FOR_KEYS = 2
"""Beside theirs, so that a key can be renewed while all are busy."""

CONNECT_S = 1.0
SILENCE_S = 3.0
"""For how long an answer may stand still: less than `UNAVAILABLE_S_MAX`, so that one connection that went dead is
followed by another attempt."""
REQUEST_S = 15.0
AT_ONCE_BYTES_MAX = 2**20
"""A larger body is handed to aiohttp in pieces, so that others have their turn while it is sent."""
IDLE_S = 20.0
"""For how long an unused connection is kept: less than DynamoDB keeps it, so that no request meets its end."""

_TARGETS: dict[Service, str] = {"dynamodb": "DynamoDB_20120810", "streams.dynamodb": "DynamoDBStreams_20120810"}
_encode = msgspec.json.Encoder().encode


class Wire:
    """Connections to one region, or to an endpoint that speaks for both services. Made inside the event loop."""

    def __init__(
        self,
        *,
        region: str,
        endpoint: str | None,
        credentials: Credentials,
        on_capacity: OnCapacity | None = None,
        silence_s: float = SILENCE_S,
    ) -> None:
        connector = aiohttp.TCPConnector(limit=REQUESTS_MAX + CONNECTIONS_FOR_KEYS, keepalive_timeout=IDLE_S)
        timeout = aiohttp.ClientTimeout(total=REQUEST_S, sock_connect=CONNECT_S, sock_read=silence_s)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
        self._keys = Keys(credentials, AIOHTTP(self._session))
        self._region, self._on_capacity, self._signer = region, on_capacity, Signer(region)
        # Signatures are good for some minutes by the clock of AWS, whatever the clock of the table says.
        self._clock = SystemClock()
        self._urls = {service: endpoint or _url(service, region) for service in _TARGETS}
        # The turns are ours: a request that waits inside of aiohttp could time out there, and nobody knew it unsent.
        self._turns = asyncio.Semaphore(REQUESTS_MAX)
        self._closing: asyncio.Task[None] | None = None
        self._heard: tuple[str | None, datetime] = (None, self._clock.now())
        """The `Date` of the latest answer, and what the time was here."""

    @property
    def address(self) -> str:
        return self._urls["dynamodb"]

    async def call(
        self,
        operation: str,
        payload: Mapping[str, Any],
        answer: msgspec.json.Decoder[T],
        *,
        writes: bool = False,
        service: Service = "dynamodb",
    ) -> T:
        """The answer. Raises Unavailable, with an unknown outcome only if `writes`; and Rejected."""
        if self._closing is not None:
            raise Unavailable("the driver of DynamoDB has been closed; open it again")
        counts = self._on_capacity is not None and operation in COUNTED
        body = _encode({**payload, "ReturnConsumedCapacity": "INDEXES"} if counts else payload)
        async with self._turns:
            key = await self._keys.get()
            status, content = await self._post(operation, body, key, service, writes)
        if status != 200:
            made = self._circumstances(operation, payload, key, service)
            error = refusal(status, content, made, writes=writes)
            if isinstance(error, CredentialsRefused):
                self._keys.refused(key)
            raise error
        try:
            decoded = answer.decode(content)
            capacity = capacity_of(content) if counts else None
        except msgspec.MsgspecError as error:
            made = self._circumstances(operation, payload, key, service)
            raise _misunderstood(content, made, error, writes=writes) from error
        if capacity is not None and self._on_capacity is not None:
            self._on_capacity(operation, capacity)
        return decoded

    async def key(self) -> Key:
        """The credentials of this moment. Raises Invalid when there are none anywhere."""
        return await self._keys.get()

    @property
    def key_origin(self) -> str:
        """Where the credentials are from, in a few words."""
        return self._keys.origin

    @property
    def clock_ahead_s(self) -> float | None:
        """By how much this machine's clock is ahead of DynamoDB's, as of the latest answer; None before the first."""
        return clock_ahead_s(*self._heard)

    async def close(self) -> None:
        """Waits for the answers to what has been asked, also if who closes is cancelled meanwhile."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            for _ in range(REQUESTS_MAX):
                await self._turns.acquire()
        finally:
            await self._keys.close()
            await self._session.close()

    async def _post(self, operation: str, body: bytes, key: Key, service: Service, writes: bool) -> tuple[int, bytes]:
        url, target = self._urls[service], f"{_TARGETS[service]}.{operation}"
        headers = self._signer.headers(
            host=urlsplit(url).netloc, target=target, body=body, key=key, at=self._clock.now()
        )
        data = body if len(body) <= AT_ONCE_BYTES_MAX else io.BytesIO(body)
        try:
            # Nothing signed for one host is sent to another one.
            async with self._session.post(url, headers=headers, data=data, allow_redirects=False) as response:
                self._heard = response.headers.get("Date"), self._clock.now()
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable(operation, error, url, writes=writes) from error

    def _circumstances(self, operation: str, payload: Mapping[str, Any], key: Key, service: Service) -> Circumstances:
        return Circumstances(
            operation=operation,
            table=_table_of(payload),
            address=self._urls[service],
            region=self._region,
            key_id=key.id,
            key_origin=self._keys.origin,
            heard=self._heard,
        )


def _misunderstood(content: bytes, made: Circumstances, error: Exception, *, writes: bool) -> EntakuError:
    """The error for a success that cannot be decoded: the line's, or else our own. A write it was all the same."""
    try:
        is_whole = isinstance(msgspec.json.decode(content), dict)
    except msgspec.MsgspecError:
        is_whole = False
    if is_whole and not writes:
        return Internal(f"the answer of DynamoDB to {made.operation} is not understood: {error}")
    return not_understood(200, content, made, writes=writes)


def _table_of(payload: Mapping[str, Any]) -> str:
    """The name of the table that a request is about; empty for none."""
    if "RequestItems" in payload:
        return next(iter(payload["RequestItems"]), "")
    actions = payload.get("TransactItems")
    if actions:
        return next(iter(actions[0].values()))["TableName"]
    return payload.get("TableName", "")


def _url(service: Service, region: str) -> str:
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{service}.{region}.{domain}/"
