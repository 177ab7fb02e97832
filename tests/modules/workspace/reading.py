"""Reading a file in a test: its text, and the flaws it is refused for."""

from __future__ import annotations

from textwrap import dedent

import pytest

from entaku.core.errors import Flaw, Invalid
from entaku.modules.workspace import Workspace, WorkspaceFormat, read_workspace


def read(text: str, format: WorkspaceFormat | None = None) -> Workspace:
    return read_workspace(dedent(text).encode(), "org.yaml", format=format)


def flaws_of(text: str, format: WorkspaceFormat | None = None) -> tuple[Flaw, ...]:
    with pytest.raises(Invalid) as refusal:
        read(text, format)
    return refusal.value.flaws


def flaw_of(text: str, format: WorkspaceFormat | None = None) -> Flaw:
    """The only flaw of a text."""
    (flaw,) = flaws_of(text, format)
    return flaw
