"""A data folder that cannot be written, and a file that was damaged: told in one line, and never a wrong answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from entaku.cli import main
from entaku.core.config import Config
from entaku.core.errors import EntakuError
from entaku.main import build
from entaku.table.driver import Item
from tests.reliability.killed_import import TENANT, Size, found_tenant
from tests.reliability.organisation import organisation
from tests.reliability.service import PROGRAM
from tests.reliability.stored import items_of

PAGE_BYTES = 8192
DAMAGED_PAGES = 12


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small organisation, and no log beside its file."""
    data = tmp_path_factory.mktemp("sound") / "data"

    async def fill() -> None:
        await found_tenant(data)
        app = await build(Config(data=data))
        await app.importer.apply(app.operator(TENANT), organisation(Size(1).seed, users=20, libraries=10))
        await app.close()

    asyncio.run(fill())
    return data


def test_a_data_folder_that_cannot_be_written_is_told_in_one_line(sound: Path, tmp_path: Path) -> None:
    data = shutil.copytree(sound, tmp_path / "data")
    for path in (*data.rglob("*"), data):
        path.chmod(0o500 if path.is_dir() else 0o400)

    done = subprocess.run(
        [*_without_privilege(), *PROGRAM, "users", "list", "--tenant", TENANT],
        env={**os.environ, "ENTAKU_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )

    data.chmod(0o700)
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert f"{data}" in done.stderr


@pytest.mark.parametrize("seed", range(DAMAGED_PAGES))
def test_a_page_that_was_overwritten_is_told_by_the_doctor_and_never_answered_wrong(
    sound: Path, tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    data = shutil.copytree(sound, tmp_path / "data")
    before = asyncio.run(_everything(data))

    overwrite_a_page(data / "entaku.db", random.Random(seed))

    main(["--data", str(data), "--json", "doctor"])
    findings = {each["about"]: each["is_ok"] for each in msgspec.json.decode(capsys.readouterr().out)["findings"]}
    assert not findings["integrity"]
    with contextlib.suppress(EntakuError):
        assert asyncio.run(_everything(data)) == before


def overwrite_a_page(file: Path, chance: random.Random) -> None:
    """As a failing disk might: one page of the file, but for the first, becomes noise."""
    pages = file.stat().st_size // PAGE_BYTES
    with file.open("r+b") as damaged:
        damaged.seek(chance.randrange(1, pages) * PAGE_BYTES)
        damaged.write(chance.randbytes(PAGE_BYTES))


async def _everything(data: Path) -> list[Item]:
    app = await build(Config(data=data))
    try:
        return await items_of(app)
    finally:
        await app.close()


def _without_privilege() -> list[str]:
    """A superuser may write whatever the modes say; the power to do so is dropped for one command."""
    return ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
