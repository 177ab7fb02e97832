"""The page on the engines says what the tests know, and each of its rows has a test that sees it."""

from __future__ import annotations

import re

import pytest

from tests.docs.blocks import ROOT
from tests.gaps import DIFFERENCES, GAPS, SECOND_OPINION
from tools.backends import PAGE, describe_backends

SEEN_BY = [*(gap.refused_by for gap in GAPS), *(each.seen_by for each in DIFFERENCES)]
LEFT_OUT = {test.partition("[")[0] for gap in GAPS for test in gap.tests} | {
    test.partition("[")[0] for tests in SECOND_OPINION.values() for test in tests
}


def test_the_page_is_made_of_the_gaps() -> None:
    assert PAGE.read_text(encoding="utf-8") == describe_backends(), "write it anew: .venv/bin/python tools/backends.py"


@pytest.mark.parametrize("place", SEEN_BY)
def test_each_row_has_its_test(place: str) -> None:
    file, _, name = place.partition("::")

    assert re.search(rf"^(async )?def {name}\(", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_what_is_left_out_is_a_test(name: str) -> None:
    files = (ROOT / "tests").rglob("test_*.py")

    assert any(f"def {name}(" in file.read_text(encoding="utf-8") for file in files)
