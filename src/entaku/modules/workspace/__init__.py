"""Organisations as files: what `entaku import` reads, and OpenFGA stores also for others to read.

A file in our own format (`docs/reference/workspace-file.md`), a GitHub organisation as Peribolos describes it, or a
store of OpenFGA becomes one value, a `Workspace`: departments, roles, groups, users, and libraries with their shares.
It is read and checked as a whole before anything is written, and every flaw names its file, path and line:

    workspace = read_workspace(Path("maru-books.yaml"))

A format is a reader: a function from a parsed file to a `Workspace`, the flaws it found, and where each part came from.

model           the value
check, nesting  what makes it whole, also where groups and departments stand in one another
reading         what a reader of any format hands on
workspace_file  our own format, and `schema`, its JSON Schema
peribolos       GitHub organisations; `peribolos_file` and `github_names`: their keys, and ids made of their names
openfga         stores of OpenFGA, which are written too
formats         which one it is

source, decode  underneath all formats: lines and bounds, and values of their types
yaml_source     the same from YAML
places          how a place inside a file is written
flaws, suggest  what is said of what is wrong, and what was probably meant

service         Importer: applies one to a tenant
present         what is there
obstacles       what is in the way
directory_plan  the steps: departments, roles and groups;
people          users,
libraries       libraries and shares,
pruning         and what the file does not name any more
report          what it came to
"""

from __future__ import annotations

from pathlib import Path

from entaku.modules import Module
from entaku.modules.accounts import Accounts
from entaku.modules.sharing import Permission, Sharing
from entaku.modules.workspace.check import check_workspace
from entaku.modules.workspace.formats import FORMATS, WorkspaceFormat, read_workspace
from entaku.modules.workspace.model import (
    PERMISSIONS,
    Department,
    Group,
    Level,
    Library,
    Policy,
    Role,
    Share,
    State,
    User,
    Workspace,
)
from entaku.modules.workspace.openfga.export import OpenFgaExport
from entaku.modules.workspace.report import Count, ImportReport, Progress
from entaku.modules.workspace.schema import workspace_schema, workspace_schema_text
from entaku.modules.workspace.service import Importer
from entaku.modules.workspace.workspace_file import workspace_of

DEMO_FILE = Path(__file__).with_name("demo.yaml")
"""Maru Books, a fictional company to try things on."""

MODULE = Module(
    name="workspace",
    service=lambda parts: Importer(parts.table, parts.get(Accounts), parts.get(Sharing)),
)

__all__ = [
    "DEMO_FILE",
    "FORMATS",
    "MODULE",
    "PERMISSIONS",
    "Count",
    "Department",
    "Group",
    "ImportReport",
    "Importer",
    "Level",
    "Library",
    "OpenFgaExport",
    "Permission",
    "Policy",
    "Progress",
    "Role",
    "Share",
    "State",
    "User",
    "Workspace",
    "WorkspaceFormat",
    "check_workspace",
    "read_workspace",
    "workspace_of",
    "workspace_schema",
    "workspace_schema_text",
]
