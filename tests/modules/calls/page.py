"""docs/calls.md: its rows, made of what was measured, and read again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.modules.calls.of_accounts import DIRECTORY, ENTERING, SERVICE_ACCOUNTS, TENANTS, USERS
from tests.modules.calls.of_authzen import AUTHZEN
from tests.modules.calls.of_jobs import RUNS
from tests.modules.calls.of_library_states import LIBRARY_STATES
from tests.modules.calls.of_previews import PREVIEWS
from tests.modules.calls.of_reachers import REACHERS
from tests.modules.calls.of_requests import REQUESTS, TRAIL, UNDO
from tests.modules.calls.of_reviews import REVIEWS
from tests.modules.calls.of_sharing import ACCESS, IMPORTS, JOBS, LIBRARIES, SHARES
from tests.modules.calls.operation import Asked, Operation

PAGE = Path(__file__).resolve().parents[3] / "docs" / "calls.md"

SECTIONS = {
    "Entering": ENTERING,
    "Users": USERS,
    "Departments, roles and groups": DIRECTORY,
    "Service accounts": SERVICE_ACCOUNTS,
    "Tenants": TENANTS,
    "Libraries": LIBRARIES,
    "Libraries archived, deleted, handed over": LIBRARY_STATES,
    "Shares": (*SHARES, *UNDO),
    "Access requests": REQUESTS,
    "Access": (*ACCESS, *REACHERS, *REVIEWS),
    "AuthZEN": AUTHZEN,
    "Previews": PREVIEWS,
    "Jobs": (*JOBS, *RUNS),
    "Imports": IMPORTS,
    "Audit": TRAIL,
}
OPERATIONS = tuple(operation for section in SECTIONS.values() for operation in section)

COLUMNS = ("read", "query", "write")
HEAD = ("operation", "case", "reads", "queries", "writes", "beside", "on DynamoDB", "read units", "write units")
TEXT = """\
# What each operation asks of the table

Exactly so many calls: a test runs every public operation of every service in a small world and compares it with this
page, and `.venv/bin/python tools/calls.py` writes it anew. An operation is named by its place in the application that
`build` makes.

A *read* asks for up to 100 items by their keys, a *query* for a page of one or more listings, a *write* for a list of
actions, all or none. What is not the same on DynamoDB stands in a column of its own. *Units* are its capacity units,
computed from the sizes of the items of that world by its published rules; `entaku table usage` shows those of a running
service.

The process knows the directory of the tenant here, and remembers nothing else. On the embedded engine a service also
remembers pages and callers, and asks nothing for them as long as nothing has moved.
"""


def row(operation: Operation, sqlite: Asked, dynamodb: Asked) -> str:
    differs = "" if dynamodb.calls == sqlite.calls else _words(dynamodb.calls)
    return _line([f"`{operation.method}`", operation.case, *_counts(sqlite), differs, *_units(dynamodb)])


def text(asked: Mapping[str, tuple[Asked, Asked]]) -> str:
    """The whole page; by the title of the operation what both engines were asked."""
    parts = [TEXT]
    for name, operations in SECTIONS.items():
        parts += [
            f"\n## {name}\n\n{_line(HEAD)}{_line(['---'] * len(HEAD))}",
            *(row(operation, *asked[operation.title]) for operation in operations),
        ]
    return "".join(parts)


def documented(operation: Operation) -> list[str]:
    """The cells of the operation's row behind its name. Fails where there is none."""
    beginning = re.escape(f"| `{operation.method}` | {operation.case} | ")
    found = re.search(rf"^{beginning}(.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, f"{operation.title} is not documented; run tools/calls.py"
    return found[1].split(" | ")


def matches(documented: Sequence[str], asked: Asked, engine: str, *, spread: float) -> bool:
    """Whether the cells of a row say what an engine was asked, give or take so many read units."""
    *counts, differs, read_units, write_units = documented
    if engine == "sqlite":
        return counts == _counts(asked)
    has_same_calls = _words(asked.calls) == (differs or _words(_calls(counts)))
    is_as_much = abs(asked.read_units - float(read_units)) <= spread and asked.write_units == float(write_units)
    return has_same_calls and is_as_much


def _counts(asked: Asked) -> list[str]:
    beside = {name: count for name, count in asked.calls.items() if name not in COLUMNS}
    return [*(str(asked.calls.get(name, 0)) for name in COLUMNS), _words(beside)]


def _units(asked: Asked) -> list[str]:
    return [f"{asked.read_units:g}", f"{asked.write_units:g}"]


def _calls(counts: Sequence[str]) -> dict[str, int]:
    """The calls again that a row shows."""
    beside = (part.split(" ") for part in counts[-1].split(", ") if part)
    shown = (*zip(COLUMNS, map(int, counts[:-1]), strict=True), *((name, int(number)) for number, name in beside))
    return {name: number for name, number in shown if number}


def _words(calls: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(calls.items()))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
