"""Opens what the configuration names: the engine of the table, its meter, and the store of large values.

The one place that names drivers. Each is imported when it is opened, so that nobody pays for an engine they do not use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from entaku.core.clock import Clock
from entaku.core.config import Config
from entaku.core.errors import Invalid
from entaku.table import Model, Tail

if TYPE_CHECKING:
    from entaku.table.blobs.store import BlobStore
    from entaku.table.driver import Driver, Generations
    from entaku.table.drivers.dynamodb import DynamoDriver
    from entaku.table.drivers.sqlite import SqliteDriver
    from entaku.table.inspection import Inspection
    from entaku.table.metering.meter import Meter

LOCAL_REGION = "us-east-1"
"""What requests to an endpoint of one's own are signed for when no region is named."""

INDEX_LOOKS_MAX = 14_400
"""For how many seconds a new index of DynamoDB is waited for where somebody looks on."""


async def open_engine(
    config: Config, declared: Model, *, founds: bool, meter: Meter | None = None
) -> tuple[Driver, Tail | None]:
    """The engine that the configuration names with its physical table, and the means to follow its changes where asking
    for them is cheap; measured, if there is a meter."""
    if config.table == "dynamodb":
        dynamodb = await open_dynamodb_table(config, meter)
        try:
            await (dynamodb.create_table if founds else dynamodb.check_table)(declared.index_count)
        except BaseException:
            await dynamodb.close()
            raise
        return measured(dynamodb, declared, meter, says_units=True), None
    sqlite = await open_sqlite_table(config, declared.index_count)
    generations: Generations = sqlite
    return measured(sqlite, declared, meter, says_units=False), Tail(sqlite, generations, declared)


async def make_table(config: Config, indexes: int, tell: Callable[[str], None]) -> None:
    """Makes the physical table of the configuration, or adds what it lacks, and tells each step. Waits for hours where
    DynamoDB fills a new index from many items; safe to interrupt and to repeat."""
    if config.table == "dynamodb":
        dynamodb = await open_dynamodb_table(config)
        try:
            await dynamodb.create_table(indexes, tell=tell, looks_max=INDEX_LOOKS_MAX)
        finally:
            await dynamodb.close()
        return
    if not config.database.exists():
        tell(f"making {config.database}")
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    await (await open_sqlite_table(config, indexes)).close()


async def inspect_dynamodb(config: Config) -> Inspection:
    """What DynamoDB says of the table of the configuration, for who looks for problems. Changes nothing."""
    driver = await open_dynamodb_table(config)
    try:
        return await driver.inspect()
    finally:
        await driver.close()


def blob_store(config: Config, clock: Clock) -> BlobStore | None:
    """Where values go that are too large for their items. Nothing is opened before the first of them."""
    from entaku.table.drivers.blobs import FolderBlobs, S3Blobs

    if config.blobs_place is not None:
        bucket, prefix = config.blobs_place
        region = config.dynamodb_region if config.table == "dynamodb" else None
        if config.blobs_endpoint is not None and not any(map(os.environ.get, ("AWS_REGION", "AWS_DEFAULT_REGION"))):
            region = region or LOCAL_REGION
        endpoint, kms_key = config.blobs_endpoint, config.blobs_kms_key
        return S3Blobs(bucket, prefix=prefix, region=region, endpoint=endpoint, kms_key=kms_key)
    return None if config.blobs_folder is None else FolderBlobs(config.blobs_folder, clock)


def meter_of(config: Config, clock: Clock) -> Meter | None:
    """What counts capacity units, if the settings want it."""
    if not config.measure_usage:
        return None
    from entaku.table.metering.meter import Meter
    from entaku.table.metering.usage import Usage

    return Meter(Usage(config.usage, clock))


def measured(driver: Driver, declared: Model, meter: Meter | None, *, says_units: bool) -> Driver:
    """The driver, measured if there is a meter; else it alone, so that nobody pays for what is not wanted."""
    if meter is None:
        return driver
    from entaku.table.metering.metered_driver import metered

    return metered(driver, declared, meter, says_units=says_units)


async def open_sqlite_table(config: Config, indexes: int) -> SqliteDriver:
    """The table of the configuration in its file, made or brought up to so many indexes."""
    from entaku.table.drivers.sqlite import open_sqlite

    driver = await open_sqlite(config.database, synchronous=config.sqlite_synchronous)
    try:
        await driver.create_table(indexes)
    except BaseException:
        await driver.close()
        raise
    return driver


async def open_dynamodb_table(config: Config, meter: Meter | None = None) -> DynamoDriver:
    """The table of the configuration on DynamoDB, whether it is made yet or not."""
    try:
        from entaku.table.drivers.dynamodb import open_dynamodb
    except ModuleNotFoundError as error:
        install = f"{sys.executable} -m pip install 'entaku[dynamodb]'"
        raise Invalid(f"the table on DynamoDB needs {error.name}; run: {install}") from error

    region = config.dynamodb_region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region and config.dynamodb_endpoint is None:
        raise Invalid("in which region is the table? set ENTAKU_DYNAMODB_REGION or AWS_REGION, as in 'eu-central-1'")
    return await open_dynamodb(
        config.dynamodb_table,
        region=region or LOCAL_REGION,
        endpoint=config.dynamodb_endpoint,
        on_capacity=None if meter is None else meter.on_capacity,
    )
