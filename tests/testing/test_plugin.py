"""The pytest plugin costs those nothing who ask for none of its fixtures."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import pytest_asyncio
before = set(sys.modules)
import entaku.testing.plugin
print(*sorted(set(sys.modules) - before))
"""


def test_loading_it_loads_nothing_but_itself() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["entaku", "entaku.testing", "entaku.testing.plugin"]
