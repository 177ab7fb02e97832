"""Reads an organisation from a file of any known format, and refuses it as a whole if anything in it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown
from entaku.modules.workspace.check import check_workspace
from entaku.modules.workspace.flaws import FLAWS_MAX, consequences_left_out, invalid
from entaku.modules.workspace.model import Workspace
from entaku.modules.workspace.openfga.reader import read_openfga
from entaku.modules.workspace.peribolos import read_peribolos
from entaku.modules.workspace.reading import Reading, placed
from entaku.modules.workspace.source import SOURCE_BYTES_MAX, Source
from entaku.modules.workspace.workspace_file import read_workspace_file
from entaku.modules.workspace.yaml_source import parse_yaml

WorkspaceFormat: TypeAlias = Literal["workspace", "peribolos", "openfga"]
FORMATS: tuple[WorkspaceFormat, ...] = get_args(WorkspaceFormat)

_READERS: dict[WorkspaceFormat, Callable[[Source], Reading]] = {
    "workspace": read_workspace_file,
    "peribolos": read_peribolos,
    "openfga": read_openfga,
}
# The keys that tell the formats apart; all have a `name`.
_KEYS: dict[WorkspaceFormat, frozenset[str]] = {
    "workspace": frozenset(("policy", "departments", "roles", "groups", "users", "libraries")),
    "peribolos": frozenset(("orgs", "admins", "members", "teams", "repos", "default_repository_permission")),
    "openfga": frozenset(("model", "model_file", "tuples", "tuple_file", "tuple_files")),
}


def read_workspace(source: Path | bytes, name: str = "", *, format: WorkspaceFormat | None = None) -> Workspace:
    """The workspace of a file, complete and without flaws; nothing is written anywhere.

    `name` is what errors call the file (its path when left out). Without a format, the file's top-level keys decide.
    Raises Invalid with a flaw, its path and its line for everything that is wrong, and when the file cannot be read.
    It reads the file at once: keep it off an event loop that serves others.
    """
    file = name or (str(source) if isinstance(source, Path) else "workspace file")
    parsed = parse_yaml(_contents(source, file) if isinstance(source, Path) else source, file)
    reading = _READERS[format or _detected(parsed)](parsed)
    flaws = (*parsed.flaws, *reading.flaws)
    if len(flaws) < FLAWS_MAX:
        flaws = (*flaws, *consequences_left_out(_whole(reading, parsed), causes=flaws))
    if flaws:
        raise invalid(file, flaws)
    return reading.workspace


def _whole(reading: Reading, source: Source) -> Collection[Flaw]:
    return [placed(flaw, reading, source) for flaw in check_workspace(reading.workspace)]


def _contents(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(SOURCE_BYTES_MAX + 1)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror or error}") from error


def _detected(source: Source) -> WorkspaceFormat:
    """The format more of whose keys are there."""
    if not isinstance(source.root.value, dict):
        raise invalid(source.file, [source.flaw("", "the file holds no keys; it begins with a key such as `users:`")])
    keys = source.root.value.keys()
    counts = {each: len(keys & known) for each, known in _KEYS.items()}
    most = max(counts.values())
    likely: list[WorkspaceFormat] = [each for each in FORMATS if counts[each] == most]
    if most and len(likely) == 1:
        return likely[0]
    if not most and "name" in keys:
        return "workspace"
    found = ", ".join(shown(key) for key in list(keys)[:5]) or "none at all"
    problem = (
        f"the keys at the top ({found}) do not tell the format: a workspace file has `users` or `libraries`,"
        f" a Peribolos file `members` or `teams`, a store of OpenFGA `model` and `tuples`;"
        f" or name the format, one of {', '.join(FORMATS)}"
    )
    raise invalid(source.file, [source.flaw("", problem)])
