"""One tenant as an OpenFGA store file: what a command or a program of one's own needs of this package."""

from __future__ import annotations

from typing import Any

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Invalid
from entaku.modules.workspace.model import Workspace
from entaku.modules.workspace.openfga.answers import PAIRS_MAX, Answer, Ask, answers_of, pairs_of
from entaku.modules.workspace.openfga.left_out import left_out
from entaku.modules.workspace.openfga.store import store_of
from entaku.modules.workspace.openfga.store_text import store_document, store_text


class OpenFgaExport:
    """The store of a whole workspace, and our own answers for as many pairs as were asked for."""

    def __init__(self, workspace: Workspace, answers: tuple[Answer, ...] = ()) -> None:
        self._workspace, self._store, self._answers = workspace, store_of(workspace), answers

    async def with_answers(self, ask: Ask, actor: Actor, clock: Clock, count: int) -> OpenFgaExport:
        """The same with the answers that `ask` gives for so many pairs of a user and a library, as tests of the store.

        The actor is an administrator of the tenant. Raises Invalid for more pairs than a file holds, what `ask` raises,
        and Unavailable when shares start and end as fast as it is asked.
        """
        if not 0 <= count <= PAIRS_MAX:
            raise Invalid(f"a store file holds the answers for 0 to {PAIRS_MAX} pairs, not {count}")
        pairs = pairs_of(self._workspace, count)
        return OpenFgaExport(self._workspace, await answers_of(ask, actor, clock, self._workspace, pairs))

    def text(self) -> str:
        """The `.fga.yaml` file: name, model, tuples, tests."""
        return store_text(self._store, self._answers)

    def document(self) -> dict[str, Any]:
        """The same as a value of JSON."""
        return store_document(self._store, self._answers)

    def left_out(self) -> list[str]:
        """What the store cannot say of this workspace, or OpenFGA not answer by default, each with the way out."""
        return list(left_out(self._workspace))
