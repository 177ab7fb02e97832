"""The example module works: beside the checkout as its own tests say, and installed where it knows nothing of it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "examples" / "documents"
PLUGIN = () if "entaku" in entry_points(group="pytest11").names else ("-p", "entaku.testing.plugin")
"""Named where the checkout is not installed with its entry points."""


def run(*command: str, folder: Path, **environment: str) -> str:
    """What a command that has to work prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENTAKU_", "PYTEST_", "PYTHON"))}
    given = {**kept, **environment}
    done = subprocess.run(command, check=False, cwd=folder, env=given, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def entaku(*arguments: str, data: Path) -> str:
    program = "import sys; from entaku.cli import main; sys.exit(main())"
    settings = {"ENTAKU_DATA": str(data), "ENTAKU_MODULES": "documents:module", "PYTHONPATH": str(DOCUMENTS / "src")}
    return run(sys.executable, "-c", program, *arguments, folder=data.parent, **settings)


def test_its_own_tests_pass_and_no_tenant_reaches_another() -> None:
    said = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN, folder=DOCUMENTS)

    assert " passed" in said
    assert "failed" not in said


def test_its_entities_are_those_of_its_lock(tmp_path: Path) -> None:
    lock = str(DOCUMENTS / "model.lock")

    assert entaku("table", "check", "--module", "documents", "--lock", lock, data=tmp_path / "data") == ""


def test_its_command_writes_and_lists(tmp_path: Path) -> None:
    data = tmp_path / "data"
    entaku("tenants", "create", "acme", data=data)
    entaku("users", "create", "ann", "--name", "Ann", data=data)
    entaku("libraries", "create", "handbook", "--owner", "ann", data=data)
    entaku("documents", "add", "handbook", "--title", "Rota", "--text", "We take turns.", "--as", "ann", data=data)

    assert "Rota" in entaku("documents", "list", "handbook", "--as", "ann", data=data)


@pytest.mark.slow
def test_a_newcomer_installs_both_and_attacks_the_module(tmp_path: Path) -> None:
    wheels, home = tmp_path / "wheels", tmp_path / "newcomer"
    home.mkdir()
    for project in (ROOT, DOCUMENTS):
        # The build tool is in this environment; a newcomer would be given the wheels.
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(wheels), str(project), folder=ROOT)
    python = str(home / "bin" / "python")
    run(sys.executable, "-m", "venv", str(home), folder=tmp_path)
    found = [str(wheel) for wheel in sorted(wheels.glob("*.whl"))]
    run(python, "-m", "pip", "install", "-q", *found, "pytest>=8", "pytest-asyncio>=1", folder=tmp_path)
    tests = home / "tests"
    tests.mkdir()
    for file in (DOCUMENTS / "tests").glob("*.py"):
        (tests / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    settings = "[pytest]\npythonpath = tests\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    (home / "pytest.ini").write_text(settings, encoding="utf-8")

    said = run(python, "-m", "pytest", "-q", "tests", folder=home)

    assert " passed" in said
