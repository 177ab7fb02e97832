"""A bad line to DynamoDB: stands before an emulator, and does to requests and answers what networks do to them.

    async with FaultyWire(emulator(), seed=7, percent=30) as line:
        wire = Wire(region=REGION, endpoint=line.endpoint, credentials=StaticCredentials(KEY), silence_s=0.2)

What happens is decided by dice, or asked for by `next_writes` and `next_reads`. It is written down: `passed` says of
each request whether DynamoDB has done it, whatever the driver was told.
"""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from types import TracebackType
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from entaku.testing.weather import Dice

CONNECTIONS_MAX = 200
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
READS = frozenset({"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan", "GetRecords", "DescribeStream"})

PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
ASKED_FOR = "a test has asked for it"
GARBAGE = b"\x1f\x8b\x00\xff{]" * 9


class Fault(enum.StrEnum):
    """What can happen to a request on its way, at DynamoDB, or to the answer."""

    REQUEST_RESET = "the connection ends before the request is there"
    REQUEST_SILENT = "the request is lost, and nobody says so"
    REQUEST_LATE = "the request arrives after the driver has given it up"
    SERVER_ERROR = "500 before anything was done"
    OVERLOADED = "503"
    THROTTLED = "ThrottlingException"
    OVER_CAPACITY = "ProvisionedThroughputExceededException"
    COLLIDED = "another transaction is in the way"
    PAGE_BEFORE = "a load balancer's page in place of the service"
    LEFT_OVER = "some keys of a batch are left over"
    SLOW = "the answer comes in pieces"
    ANSWER_RESET = "the connection ends before the answer"
    ANSWER_SILENT = "the answer does not come"
    ERROR_AFTER = "500 after everything was done"
    PAGE_AFTER = "a load balancer's page in place of the answer"
    PAGE_WITH_200 = "the same, which says that all is well"
    CUT_SHORT = "the answer ends early, and says how long it should be"
    CUT_OFF = "the answer ends early, and does not say how long it should be"
    GARBAGE = "the answer is noise"


HARMLESS = frozenset({Fault.SLOW, Fault.LEFT_OVER})
DONE = frozenset(
    {
        Fault.ANSWER_RESET,
        Fault.ANSWER_SILENT,
        Fault.ERROR_AFTER,
        Fault.PAGE_AFTER,
        Fault.PAGE_WITH_200,
        Fault.CUT_SHORT,
        Fault.CUT_OFF,
        Fault.GARBAGE,
    }
)
"""DynamoDB has done what was asked, and only the answer is lost."""
KNOWN_UNDONE = frozenset({Fault.THROTTLED, Fault.OVER_CAPACITY, Fault.COLLIDED})
"""Nothing was done, and the answer says so."""


class Passed(msgspec.Struct, frozen=True):
    """One request that came."""

    operation: str
    fault: Fault | None
    request: dict[str, Any]


class FaultyWire:
    """Listens on 127.0.0.1 as long as it is entered."""

    def __init__(
        self, upstream: str, *, seed: int = 0, percent: int = 0, faults: tuple[Fault, ...] = tuple(Fault)
    ) -> None:
        """`percent`: how many requests for items of a hundred meet with one of the faults."""
        self.passed: list[Passed] = []
        self.endpoint = ""
        self.percent = percent
        self._upstream, self._dice, self._faults = upstream, Dice(seed), faults
        self._asked_for: dict[str, deque[Fault | None]] = {"write": deque(), "read": deque()}
        self._late: list[tuple[dict[str, str], bytes]] = []
        self._refusal: tuple[str, str] | None = None
        self._begun: set[asyncio.Future[tuple[int, bytes]]] = set()
        self._ending = asyncio.Event()
        application = web.Application(client_max_size=2**25)
        application.router.add_post("/", self._answer)
        # A driver that gives up ends the handler: so does one that waits here for ever.
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=1.0)
        self._session: aiohttp.ClientSession

    def next_writes(self, *faults: Fault | None) -> None:
        """What is to happen to the next requests that write, in order; None for nothing."""
        self._asked_for["write"].extend(faults)

    def next_reads(self, *faults: Fault | None) -> None:
        self._asked_for["read"].extend(faults)

    def refuses_all(self, code: str, message: str) -> None:
        """From now on every request is answered by this error."""
        self._refusal = code, message

    def forget(self) -> None:
        """What was asked for and has not happened will not happen."""
        for asked_for in self._asked_for.values():
            asked_for.clear()

    def faults(self) -> list[Fault]:
        """What has happened, in order."""
        return [each.fault for each in self.passed if each.fault is not None]

    async def deliver_late(self) -> None:
        """Let the requests arrive that were given up, and wait until everything that has arrived is done."""
        while self._late:
            await self._forward(*self._late.pop(0))
        await asyncio.gather(*self._begun, return_exceptions=True)

    async def __aenter__(self) -> FaultyWire:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX), auto_decompress=False
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.endpoint = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        await self._runner.cleanup()
        await asyncio.gather(*self._begun, return_exceptions=True)
        await self._session.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        operation = request.headers["x-amz-target"].rpartition(".")[2]
        body = await request.read()
        if self._refusal is not None:
            return _error(*self._refusal, 400)
        fault = self._fault_of(operation)
        asked = msgspec.json.decode(body)
        self.passed.append(Passed(operation, fault, asked))
        headers = {name: request.headers[name] for name in ("x-amz-target", "content-type", "authorization")}
        if fault in (Fault.REQUEST_LATE, Fault.REQUEST_SILENT):
            if fault is Fault.REQUEST_LATE and operation in WRITES:
                self._late.append((headers, body))
            await self._ending.wait()
            return _closed(request)
        refused = _refused(fault, operation, asked)
        if refused is not None:
            return refused
        if fault is Fault.REQUEST_RESET:
            return _closed(request)
        if fault is Fault.LEFT_OVER and operation == "BatchGetItem":
            return await self._some_left_over(headers, asked)
        if operation in WRITES and self._late:
            # What was given up arrives just before the next attempt: the worst moment.
            await self.deliver_late()
        # A driver that gives up now does not end what has begun.
        begun = asyncio.ensure_future(self._forward(headers, body))
        self._begun.add(begun)
        begun.add_done_callback(self._begun.discard)
        status, answer = await asyncio.shield(begun)
        if status != 200:
            return _response(status, answer)
        return await self._spoiled(request, fault, answer)

    async def _spoiled(self, request: web.Request, fault: Fault | None, answer: bytes) -> web.StreamResponse:
        """What comes of a good answer."""
        half = answer[: max(1, len(answer) // 2)] if answer else b""
        match fault:
            case Fault.ANSWER_SILENT:
                await self._ending.wait()
                return _closed(request)
            case Fault.ANSWER_RESET:
                return _closed(request)
            case Fault.CUT_SHORT:
                return _closed(request, b"Content-Length: %d\r\n\r\n%s" % (len(answer) + 1, half))
            case Fault.CUT_OFF:
                return _closed(request, b"Connection: close\r\n\r\n" + half)
            case Fault.SLOW:
                return await _in_pieces(request, answer)
            case Fault.ERROR_AFTER:
                return _error("InternalServerError", ASKED_FOR, 500)
            case Fault.PAGE_AFTER:
                return web.Response(body=PAGE, status=502, content_type="text/html")
            case Fault.PAGE_WITH_200:
                return web.Response(body=PAGE, status=200, content_type="text/html")
            case Fault.GARBAGE:
                return _response(200, GARBAGE)
            case _:
                pass
        return _response(200, answer)

    async def _some_left_over(self, headers: dict[str, str], asked: dict[str, Any]) -> web.Response:
        """Reads the first half of the keys, and leaves the rest."""
        ((table, wanted),) = asked["RequestItems"].items()
        half = len(wanted["Keys"]) // 2
        now = {table: {**wanted, "Keys": wanted["Keys"][:half]}}
        later = {table: {**wanted, "Keys": wanted["Keys"][half:]}}
        if not half:
            return _response(200, msgspec.json.encode({"Responses": {}, "UnprocessedKeys": later}))
        status, answer = await self._forward(headers, msgspec.json.encode({**asked, "RequestItems": now}))
        return _response(status, msgspec.json.encode({**msgspec.json.decode(answer), "UnprocessedKeys": later}))

    async def _forward(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        async with self._session.post(self._upstream, headers=headers, data=body) as response:
            return response.status, await response.read()

    def _fault_of(self, operation: str) -> Fault | None:
        kind = "write" if operation in WRITES else "read" if operation in READS else ""
        if not kind:
            return None
        if self._asked_for[kind]:
            return self._asked_for[kind].popleft()
        return self._faults[self._dice.roll(len(self._faults))] if self._dice.roll(100) < self.percent else None


def _refused(fault: Fault | None, operation: str, asked: dict[str, Any]) -> web.Response | None:
    """The answer to a request that DynamoDB never sees."""
    match fault:
        case Fault.SERVER_ERROR:
            return _error("InternalServerError", ASKED_FOR, 500)
        case Fault.OVERLOADED:
            return _error("ServiceUnavailable", ASKED_FOR, 503)
        case Fault.THROTTLED | Fault.OVER_CAPACITY:
            return _error(fault.value, ASKED_FOR, 400)
        case Fault.PAGE_BEFORE:
            return web.Response(body=PAGE, status=502, content_type="text/html")
        case Fault.COLLIDED if "TransactItems" in asked:
            reasons = [{"Code": "None"} for _ in asked["TransactItems"]]
            reasons[-1] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
            return _error("TransactionCanceledException", ASKED_FOR, 400, CancellationReasons=reasons)
        case Fault.COLLIDED if operation in WRITES:
            return _error("TransactionConflictException", ASKED_FOR, 400)
        case _:
            return None


def _error(code: str, message: str, status: int, **more: Any) -> web.Response:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message, **more}
    return _response(status, msgspec.json.encode(body))


def _response(status: int, body: bytes) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/x-amz-json-1.0")


def _closed(request: web.Request, rest: bytes | None = None) -> web.Response:
    """Ends the connection; with a rest, after the beginning of a success and that."""
    transport = request.transport
    if transport is not None and rest is None:
        transport.abort()
    elif transport is not None and rest is not None:
        transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n" + rest)
        transport.close()
    return web.Response()  # Nobody hears it.


async def _in_pieces(request: web.Request, answer: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-amz-json-1.0"})
    await response.prepare(request)
    step = max(1, len(answer) // 5)
    for start in range(0, len(answer), step):
        await response.write(answer[start : start + step])
        await asyncio.sleep(0)
    await response.write_eof()
    return response
