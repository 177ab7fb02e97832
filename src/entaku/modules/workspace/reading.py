"""What a reader of any format hands on: a workspace, what it found wrong, and where in its file each part came from."""

from __future__ import annotations

import msgspec

from entaku.core.errors import Flaw
from entaku.modules.workspace.model import Workspace
from entaku.modules.workspace.places import lineage
from entaku.modules.workspace.source import Source


class Reading(msgspec.Struct, frozen=True):
    workspace: Workspace
    flaws: tuple[Flaw, ...] = ()
    places: dict[str, str] = {}
    """From a place in the workspace to the place in the file; empty when the file is laid out like the workspace."""


def placed(flaw: Flaw, reading: Reading, source: Source) -> Flaw:
    """A flaw of the workspace as a flaw of the file: with the file's own path, and the line."""
    if not reading.places:
        return source.flaw(flaw.path, flaw.message)
    for place in lineage(flaw.path):
        if place in reading.places:
            return source.flaw(source.nearest(reading.places[place] + flaw.path[len(place) :]), flaw.message)
    return source.flaw(source.nearest(flaw.path), flaw.message)
