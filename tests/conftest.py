"""What every test runs under: Hypothesis as a laptop or as CI wants it."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadlines: two busy cores make any time limit a coin toss. CI repeats the same examples in every run.
settings.register_profile("laptop", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "laptop")

pytest_plugins = ["tests.engines"]
