"""One signed request to DynamoDB and its answer: no second attempts, and no knowledge of items.

aiodynamo finds the credentials. What its client does beyond that is done otherwise here: bodies are made and read
without a dictionary in between, errors are of our tree, and the streams of tables are a service too.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiodynamo.credentials import Credentials, Key, TooManyRetries
from aiodynamo.http.aiohttp import AIOHTTP
from aiodynamo.http.types import RequestFailed

from entaku.core.clock import SystemClock
from entaku.core.errors import Internal, Invalid, Unavailable
from entaku.table.drivers.dynamodb.capacity import COUNTED, OnCapacity, capacity_of
from entaku.table.drivers.dynamodb.errors import CredentialsExpired, lost, refusal
from entaku.table.drivers.dynamodb.signing import Signer

T = TypeVar("T")

Service = Literal["dynamodb", "streams.dynamodb"]

REQUESTS_MAX = 64
"""At once, from one driver; others wait for their turn."""

CONNECT_S = 1.0
SILENCE_S = 5.0
"""For how long an answer may stand still."""
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
        connector = aiohttp.TCPConnector(limit=REQUESTS_MAX, keepalive_timeout=IDLE_S)
        timeout = aiohttp.ClientTimeout(total=REQUEST_S, sock_connect=CONNECT_S, sock_read=silence_s)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
        self._http_of_credentials = AIOHTTP(self._session)
        self._credentials, self._on_capacity, self._signer = credentials, on_capacity, Signer(region)
        # Signatures are good for some minutes by the clock of AWS, whatever the clock of the table says.
        self._clock = SystemClock()
        self._urls = {service: endpoint or _url(service, region) for service in _TARGETS}
        # The turns are ours: a request that waits inside of aiohttp could time out there, and nobody knew it unsent.
        self._turns = asyncio.Semaphore(REQUESTS_MAX)
        self._is_closed = False

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
        if self._is_closed:
            raise Unavailable("the driver of DynamoDB has been closed; open it again")
        counts = self._on_capacity is not None and operation in COUNTED
        body = _encode({**payload, "ReturnConsumedCapacity": "INDEXES"} if counts else payload)
        async with self._turns:
            key = await self.key()
            status, body = await self._post(operation, body, key, service, writes)
        if status != 200:
            error = refusal(operation, status, body, writes=writes)
            if isinstance(error, CredentialsExpired):
                self._credentials.invalidate()
            raise error
        if counts and self._on_capacity is not None:
            self._on_capacity(operation, capacity_of(body))
        try:
            return answer.decode(body)
        except msgspec.MsgspecError as error:
            raise Internal(f"the answer of DynamoDB to {operation} is not understood: {error}") from error

    async def key(self) -> Key:
        """The credentials of this moment. Raises Invalid when there are none anywhere."""
        try:
            key = await self._credentials.get_key(self._http_of_credentials)
        except (TooManyRetries, RequestFailed, aiohttp.ClientError, OSError, LookupError, ValueError) as error:
            raise Unavailable(f"no credentials for DynamoDB can be fetched just now: {error}") from error
        if key is None:
            raise Invalid(
                "there are no credentials for DynamoDB: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, write"
                " ~/.aws/credentials, or give the machine a role"
            )
        return key

    async def close(self) -> None:
        """Waits for the answers to what has been asked."""
        if not self._is_closed:
            self._is_closed = True
            for _ in range(REQUESTS_MAX):
                await self._turns.acquire()
            await self._session.close()

    async def _post(self, operation: str, body: bytes, key: Key, service: Service, writes: bool) -> tuple[int, bytes]:
        url, target = self._urls[service], f"{_TARGETS[service]}.{operation}"
        headers = self._signer.headers(
            host=urlsplit(url).netloc, target=target, body=body, key=key, at=self._clock.now()
        )
        data = body if len(body) <= AT_ONCE_BYTES_MAX else io.BytesIO(body)
        try:
            async with self._session.post(url, headers=headers, data=data) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise lost(operation, error, writes=writes) from error


def _url(service: Service, region: str) -> str:
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{service}.{region}.{domain}/"
