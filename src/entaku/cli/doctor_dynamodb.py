"""What `entaku doctor` looks at where the table is on DynamoDB: credentials, clock, the table and its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from entaku.cli.doctor_database import opening_finding
from entaku.cli.findings import Finding, problem
from entaku.core.errors import EntakuError
from entaku.table.derived.physical import STREAM_VIEW, TTL_ATTRIBUTE, index_name

if TYPE_CHECKING:
    from entaku.core.config import Config
    from entaku.table.inspection import FoundTable

CLOCK_OFF_S_MAX = 60.0
"""AWS refuses every request when it is five minutes."""
COMPLETE = "run: entaku table create"
DEBUG = "the message says what to do; ENTAKU_DEBUG=1 shows more"


def dynamodb_findings(config: Config) -> Iterator[Finding]:
    """Each problem by itself; who is not let in hears only that."""
    from entaku.engines import inspect_dynamodb
    from entaku.main import model, modules_of

    try:
        found = asyncio.run(inspect_dynamodb(config))
        indexes = model(modules_of(config)).index_count
    except EntakuError as error:
        yield _told("dynamodb", error)
        return
    yield Finding(about="credentials", says=f"access key {found.key_id} ({found.key_origin})")
    yield _clock(found.clock_ahead_s)
    if found.table is None:
        says = f"there is no table {config.dynamodb_table!r} at {found.address}"
        yield problem("table", says, f"{COMPLETE}; or correct ENTAKU_DYNAMODB_TABLE and the region")
        return
    parts = list(_parts(f"{config.dynamodb_table} at {found.address}", found.table, indexes))
    yield from parts
    if all(part.is_ok for part in parts if part.about in ("table", "key", "indexes")):
        yield opening_finding()


def _parts(name: str, table: FoundTable, indexes: int) -> Iterator[Finding]:
    if table.status == "ACTIVE":
        yield Finding(about="table", says=f"{name}, about {table.items} items")
    else:
        yield problem("table", f"{name} is {table.status}", "wait until it is ACTIVE, then look again")
    if not table.key_is_right:
        yield problem("key", "the table's key is not PK and SK", "choose another table with ENTAKU_DYNAMODB_TABLE")
    yield _indexes(table, indexes)
    if table.stream == STREAM_VIEW:
        yield Finding(about="stream", says="on, with the item before and after")
    elif table.stream:
        says = f"it has {table.stream}, and the change log needs {STREAM_VIEW}"
        yield problem("stream", says, f"turn it off at AWS when nobody reads it any more, then {COMPLETE}")
    else:
        yield problem("stream", f"there is none, and the change log needs {STREAM_VIEW}", COMPLETE)
    yield _expiry(table.ttl_attribute)
    yield _recovery(table.recovers)
    yield Finding(about="encryption", says=f"by {table.encryption or 'a key that AWS owns'}")


def _indexes(table: FoundTable, needed: int) -> Finding:
    there = {index.name: index for index in table.indexes}
    names = [index_name(index) for index in range(1, needed + 1)]
    missing = [name for name in names if name not in there]
    if missing:
        return problem("indexes", f"{', '.join(missing)} missing; {needed} are needed", COMPLETE)
    wrong = [name for name in names if not there[name].is_right]
    if wrong:
        says = f"another key, or not whole items, in {', '.join(wrong)}"
        return problem("indexes", says, f"delete them at AWS, then {COMPLETE}")
    building = [f"{name} is {there[name].status}" for name in names if there[name].status != "ACTIVE"]
    if building:
        return problem("indexes", ", ".join(building), "wait until they are ACTIVE, then look again")
    return Finding(about="indexes", says=", ".join(names) if names else "none are needed")


def _expiry(attribute: str | EntakuError) -> Finding:
    if isinstance(attribute, EntakuError):
        return _told("expiry", attribute)
    if attribute == TTL_ATTRIBUTE:
        return Finding(about="expiry", says=f"expired items are removed by {TTL_ATTRIBUTE}")
    if attribute:
        says = f"items are removed by {attribute}, not by {TTL_ATTRIBUTE}"
        return problem("expiry", says, f"turn that off at AWS, and after an hour {COMPLETE}")
    return problem("expiry", "expired items stay for ever, and are paid for", COMPLETE)


def _recovery(recovers: bool | EntakuError) -> Finding:
    if isinstance(recovers, EntakuError):
        return _told("recovery", recovers)
    if recovers:
        return Finding(about="recovery", says="to any second of the last days")
    return problem("recovery", "what is deleted by mistake is lost", COMPLETE)


def _clock(ahead_s: float | None) -> Finding:
    if ahead_s is None:
        return Finding(about="AWS clock", says="the answers do not say what time it is there")
    if abs(ahead_s) <= CLOCK_OFF_S_MAX:
        return Finding(about="AWS clock", says="as this machine's")
    side = "ahead" if ahead_s > 0 else "behind"
    says = f"this machine's is {abs(ahead_s):.0f} s {side}; from 300 s on AWS refuses every request"
    return problem("AWS clock", says, "set the clock, or let the system keep it: timedatectl set-ntp true")


def _told(about: str, error: EntakuError) -> Finding:
    """Messages of errors end with the way out."""
    says, _, way_out = error.message.partition("; ")
    return problem(about, says, way_out or DEBUG)
