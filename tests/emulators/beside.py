"""Python programs of others, installed once beside the development tools, each set in a virtual environment of its own.

They bring libraries that have no place in the project's environment, and only few tests and benchmarks need them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.emulators import emulator_process


def installed(*requirements: str) -> Path:
    """The folder of the programs of the environment that holds exactly these, as in `casbin==1.43.0`; whoever comes
    first installs them. Raises CannotStart.
    """
    name = "-".join(each.replace("==", "-") for each in requirements)

    def install(folder: Path) -> None:
        emulator_process.run(name, [sys.executable, "-m", "venv", str(folder)])
        python = str(folder / "bin" / "python")
        emulator_process.run(name, [python, "-m", "pip", "install", "--quiet", *requirements])

    return emulator_process.installed(name, install) / "bin"
