"""`import entaku` stays light: modules are counted, since a clock would measure the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED_MAX = 120
HEAVY = (
    "asyncio",
    "click",
    "cryptography",
    "granian",
    "http",
    "httpx",
    "litestar",
    "prometheus_client",
    "rich",
    "ssl",
    "yaml",
)

PROGRAM = """
import sys
before = set(sys.modules)
import entaku
print(*sorted(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    """Names of what a bare Python loads for `import entaku`."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_importing_entaku_loads_no_framework(loaded: list[str]) -> None:
    heavy = sorted({name.partition(".")[0] for name in loaded} & set(HEAVY))

    assert heavy == [], "make the front door lazy, or import it where it is used"


def test_importing_entaku_loads_few_modules(loaded: list[str]) -> None:
    assert len(loaded) <= LOADED_MAX, f"{len(loaded)} modules, at most {LOADED_MAX}: {' '.join(loaded)}"
