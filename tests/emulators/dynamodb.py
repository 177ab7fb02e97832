"""A DynamoDB for the tests: an emulator of our own, or whatever ENTAKU_DYNAMODB_ENDPOINT names."""

from __future__ import annotations

import contextlib
import os
import uuid
from typing import Any

import msgspec
from aiodynamo.credentials import Credentials, Key, StaticCredentials

from entaku.core.clock import Clock, SystemClock
from entaku.core.errors import EntakuError
from entaku.table.drivers.dynamodb import DynamoDriver
from entaku.table.drivers.dynamodb.wire import SILENCE_S, Wire
from tests.emulators import emulator_process, ministack

ENDPOINT = "ENTAKU_DYNAMODB_ENDPOINT"
REGION = "us-east-1"
KEY = Key("tests", "of this machine only")

_anything = msgspec.json.Decoder(object)


async def open_for_test(
    clock: Clock | None = None, *, table: str | None = None, through: str | None = None, silence_s: float = SILENCE_S
) -> DynamoDriver:
    """A driver for a table of its own, which is not made yet, or for another one's; `through` an address that stands
    before the emulator, where no answer comes for at most so long.

    Skips the test where no emulator can be started; where CI is set, the test fails.
    """
    name = table or f"entaku-{uuid.uuid4().hex}"
    given = os.environ.get(ENDPOINT)
    if given and through is None:
        region = os.environ.get("AWS_REGION", REGION)
        wire = Wire(region=region, endpoint=given, credentials=Credentials.auto())
        return _PassingTable(wire, name, clock or SystemClock())
    endpoint = through or emulator()
    wire = Wire(region=REGION, endpoint=endpoint, credentials=StaticCredentials(KEY), silence_s=silence_s)
    return _EmulatedTable(wire, name, clock or SystemClock())


async def ask(driver: DynamoDriver, operation: str, **request: Any) -> Any:
    """DynamoDB itself, past the driver, about the driver's table."""
    return await driver._wire.call(operation, {"TableName": driver.table, **request}, _anything)


def emulator() -> str:
    """The endpoint of this process's own emulator."""
    with emulator_process.skipping():
        return ministack.start().endpoint


class _EmulatedTable(DynamoDriver):
    """The emulator removes by `TTL` within a minute, and by the real time: tests whose clock stands still would lose
    what they have just stored."""

    async def create_table(self, indexes: int) -> None:
        await super().create_table(indexes)
        off = {"AttributeName": "TTL", "Enabled": False}
        await ask(self, "UpdateTimeToLive", TimeToLiveSpecification=off)


class _PassingTable(DynamoDriver):
    """Removed after the test, because it costs."""

    async def close(self) -> None:
        with contextlib.suppress(EntakuError):
            await ask(self, "DeleteTable")
        await super().close()
