"""`entaku doctor`: sound installations pass, every problem is named with the way out, and nothing is changed."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_line import CommandLine


@pytest.fixture(autouse=True)
def any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on the machine that runs the tests is a problem."""
    monkeypatch.setenv("ENTAKU_PORT", "0")


def problems(entaku: CommandLine) -> dict[str, Any]:
    outcome = entaku("doctor", "--json")
    assert outcome.status in (0, 1)
    findings = json.loads(outcome.out)
    assert outcome.status == int(not findings["is_sound"])
    return {finding["about"]: finding for finding in findings["findings"] if not finding["is_ok"]}


def test_a_sound_installation_passes(maru: CommandLine) -> None:
    maru.must("token", "ito.daichi@maru")

    lines = maru.must("doctor").splitlines()

    assert all(line.startswith("ok ") for line in lines)
    assert {"python", "settings", "integrity", "database", "log", "locks", "keys", "clock", "port"} <= {
        line.split()[1] for line in lines
    }


def test_before_the_first_tenant_there_is_nothing_wrong_and_nothing_made(entaku: CommandLine) -> None:
    assert problems(entaku) == {}
    assert not entaku.data.exists()


def test_a_database_of_another_kind_is_told(entaku: CommandLine) -> None:
    entaku.data.mkdir()
    (entaku.data / "entaku.db").write_bytes(b"not a database, but long enough to be read as one " * 100)

    found = problems(entaku)

    assert "restore it from a backup" in found["integrity"]["way_out"]


def test_a_damaged_database_is_told(maru: CommandLine) -> None:
    file = maru.data / "entaku.db"
    pages = bytearray(file.read_bytes())
    pages[8192 * 3 : 8192 * 12] = b"\xff" * 8192 * 9
    file.write_bytes(pages)

    assert "integrity" in problems(maru)


def test_a_key_that_others_can_read_is_told(maru: CommandLine) -> None:
    maru.must("token", "ito.daichi@maru")
    (key,) = (maru.data / "keys").glob("*.pem")
    key.chmod(0o644)

    assert problems(maru)["keys"]["way_out"] == f"run: chmod 600 {key}"


def test_a_clock_that_went_back_is_told(maru: CommandLine) -> None:
    later = 4_000_000_000
    os.utime(maru.data / "entaku.db", (later, later))

    assert "set the clock" in problems(maru)["clock"]["way_out"]


def test_a_setting_that_is_none_is_told(maru: CommandLine) -> None:
    (maru.data / "entaku.toml").write_text("prot = 8000\n", encoding="utf-8")

    assert "'prot'" in problems(maru)["settings"]["says"]


def test_a_port_that_another_program_took_is_told(entaku: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as other:
        monkeypatch.setenv("ENTAKU_PORT", str(other.getsockname()[1]))

        found = problems(entaku)

    assert "choose another with --port" in found["port"]["way_out"]


def test_a_data_folder_that_is_a_file_is_told(entaku: CommandLine, tmp_path: Path) -> None:
    entaku.data.write_text("", encoding="utf-8")

    assert "no folder" in problems(entaku)["data folder"]["says"]
