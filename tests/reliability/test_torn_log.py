"""What a loss of power may leave of the write-ahead log: any first part of it, and noise after that.

Nothing here cuts a cable. The log of a running service is copied, cut at a random byte, and read as after a restart.
"""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from entaku.core.config import Config
from entaku.main import build
from entaku.modules.accounts import NewTenant
from tests.reliability.killed_import import TENANT, table_violations
from tests.reliability.organisation import organisation
from tests.reliability.stored import items_of

CUTS = 10
NOISE_BYTES = 3 * 8192


class Left(msgspec.Struct, frozen=True):
    """The two files of a running service."""

    database: bytes
    log: bytes


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """With a whole import in the log, none of it copied back."""
    return asyncio.run(_fill(tmp_path_factory.mktemp("left") / "data"))


async def _fill(data: Path) -> Left:
    app = await build(Config(data=data))
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id=TENANT, name="Acme"))
    await app.importer.apply(app.operator(TENANT), organisation(1, users=25, libraries=12))
    left = Left((data / "entaku.db").read_bytes(), (data / "entaku.db-wal").read_bytes())
    await app.close()
    return left


@pytest.mark.parametrize("seed", range(CUTS))
async def test_a_log_that_ends_anywhere_leaves_only_whole_transactions(left: Left, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    noise = chance.randbytes(NOISE_BYTES) if seed % 2 else b""
    (tmp_path / "entaku.db").write_bytes(left.database)
    (tmp_path / "entaku.db-wal").write_bytes(left.log[: chance.randrange(len(left.log))] + noise)

    assert await table_violations(tmp_path) == []


async def test_a_shorter_log_leaves_an_earlier_state_and_never_another(left: Left, tmp_path: Path) -> None:
    counts: list[int] = []

    for part in range(0, 101, 20):
        data = tmp_path / f"{part}"
        data.mkdir()
        (data / "entaku.db").write_bytes(left.database)
        (data / "entaku.db-wal").write_bytes(left.log[: len(left.log) * part // 100])
        app = await build(Config(data=data))
        counts.append(len(await items_of(app)))
        await app.close()

    assert all(earlier <= later for earlier, later in pairwise(counts))
    assert counts[0] < counts[-1]
