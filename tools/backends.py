"""Writes docs/backends.md: what the engines of the table do differently, from the gaps that the tests name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.gaps import DIFFERENCES, GAPS, Gap  # noqa: E402 - found only with the folder above

PAGE = ROOT / "docs" / "backends.md"
ENGINES = ("sqlite", "dynamodb")

TEXT = """\
# What the engines do differently

The same declarations run on the embedded engine (`table = "sqlite"`) and on DynamoDB (`table = "dynamodb"`), and what a
program sees is the same: one suite of tests asks both for every promise of the table, and random walks compare them
step by step. What is not the same is on this page, and nothing else. `tools/backends.py` writes it from the list that
the tests leave out by.

## Gaps

What one engine has and the other one has not.

{gaps}

## Differences

What both do, each in its way. A program that uses the table need not know which it has; who runs it may want to.

{differences}
"""


def describe_backends() -> str:
    """The text of the page."""
    return TEXT.format(
        gaps=_table(
            ("feature", *ENGINES, "why", "what is refused", "what to do instead"),
            [(gap.feature, *_by_engine(gap), gap.why, gap.refused, gap.instead) for gap in GAPS],
        ),
        differences=_table(("", *ENGINES), [(each.what, each.sqlite, each.dynamodb) for each in DIFFERENCES]),
    )


def _by_engine(gap: Gap) -> list[str]:
    return [gap.here if engine == gap.engine else gap.elsewhere for engine in ENGINES]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(describe_backends(), encoding="utf-8")
    print(f"Wrote {PAGE.name}")
