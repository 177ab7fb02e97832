"""The front page of a package names every file in it, so that nobody has to guess where to begin."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "src" / "entaku" / "modules"
PACKAGES = sorted(
    page.parent.relative_to(MODULES).as_posix()
    for page in MODULES.glob("*/**/__init__.py")
    if page.parent.name != "routes"  # A file for each noun; in no order.
)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_names_its_files_in_reading_order(package: str) -> None:
    page = (MODULES / package / "__init__.py").read_text(encoding="utf-8")
    words = ast.get_docstring(ast.parse(page)) or ""
    named = {name for line in words.splitlines() for name in re.findall(r"^[a-z_]+|(?<=, )[a-z_]+|(?<=`)[a-z_]+", line)}

    files = {each.stem for each in (MODULES / package).glob("*.py")} - {"__init__"}
    packages = {each.parent.name for each in (MODULES / package).glob("*/__init__.py")}

    assert (files | packages) <= named, "say in one line what each is for"
