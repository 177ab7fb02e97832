"""A command line on an empty data folder, and one on a folder that holds the demo organisation as tenant `maru`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from entaku.cli import main
from entaku.modules.workspace import DEMO_FILE
from tests.cli.command_line import CommandLine


@pytest.fixture
def entaku(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """On a data folder that is not there yet."""
    data = tmp_path / "data"
    for name in [name for name in os.environ if name.startswith("ENTAKU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ENTAKU_DATA", str(data))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")  # Sentences are in the language of the terminal.
    return CommandLine(data, capsys)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo organisation, imported once; tests work on copies."""
    data = tmp_path_factory.mktemp("demo") / "data"
    assert main(["--data", str(data), "tenants", "import", "maru", str(DEMO_FILE)]) == 0
    return data


@pytest.fixture
def maru(entaku: CommandLine, demo_folder: Path) -> CommandLine:
    """On a copy of the demo organisation."""
    shutil.copytree(demo_folder, entaku.data)
    return entaku
