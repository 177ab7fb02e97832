"""On which machine, with which versions, in what company? What every benchmark prints above its tables, and the tables.

Figures of different machines do not compare, and neither do those of a busy and a quiet one: so each benchmark begins
with `print_header`, which names the machine, the versions and the load before the run. Run by itself it prints that.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

QUIET_LOAD = 0.5
"""Load average of a minute below which nobody else counts as working."""

PACKAGES = ("entaku", "granian", "uvloop", "litestar", "msgspec", "apsw", "cryptography")


def print_header(question: str, *, also: Sequence[str] = ()) -> None:
    """The question, the machine, the versions, how busy the machine was; `also` are lines of the benchmark's own."""
    print(question.strip().splitlines()[0])
    for line in (machine(), versions(), *also, company()):
        print(f"  {line}")
    print(flush=True)


def machine() -> str:
    """Processor, cores, memory, kernel."""
    return f"{_processor()}, {os.cpu_count()} cores, {_memory()}, {platform.platform()}"


def versions() -> str:
    """Python and the packages that answer a request, as they are installed here."""
    found = [f"{platform.python_implementation()} {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    if "apsw" in sys.modules or _is_installed("apsw"):
        import apsw

        found.append(f"SQLite {apsw.sqlite_lib_version()}")
    return ", ".join(found)


def company() -> str:
    """Whether others were at work: the load average of the last minute."""
    load = os.getloadavg()[0]
    verdict = "quiet" if load < QUIET_LOAD else "NOT quiet: something else runs, or has just run"
    return f"load average before the run {load:.2f} ({verdict})"


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Aligned columns, the first one to the left and figures to the right, as a Markdown table."""
    cells = [list(heads), *(list(row) for row in rows)]
    widths = [max(3, *(_width(row[column]) for row in cells)) for column in range(len(heads))]
    if title:
        print(f"{title}\n")
    for number, row in enumerate(cells):
        print("| " + " | ".join(_padded(cell, widths[column], column) for column, cell in enumerate(row)) + " |")
        if number == 0:
            print(
                "| "
                + " | ".join("-" * width if not n else "-" * (width - 1) + ":" for n, width in enumerate(widths))
                + " |"
            )
    print(flush=True)


def verdict(reached: float, goal: float, unit: str, *, at_least: bool = False) -> str:
    """How a figure compares to its goal, in words."""
    is_met = reached >= goal if at_least else reached <= goal
    bound = "at least" if at_least else "at most"
    return f"{'met' if is_met else 'MISSED'}: {reached:,.4g} {unit}, goal {bound} {goal:,g} {unit}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int, column: int) -> str:
    space = " " * (width - _width(text))
    return text + space if column == 0 else space + text


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _is_installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, help="taken and not used, as every benchmark is called with it")
    parser.parse_args()
    print_header("On which machine, and in what company?")


if __name__ == "__main__":
    main()
