"""Reads a store file of OpenFGA: one that an export of ours wrote, or one of the plain documented kind.

Which it is, its model says: ours word for word (`own_store.py`), or users, groups and one type of object with readers,
writers and an owner (`plain_store.py`). Every other model is refused, line by line, and so is every tuple that has no
meaning here: what would be half understood is not imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Protocol, get_args

from entaku.core.errors import Flaw
from entaku.modules.workspace.decode import decode
from entaku.modules.workspace.flaws import FLAWS_MAX
from entaku.modules.workspace.model import Policy, normal_text
from entaku.modules.workspace.openfga.collected import Collected
from entaku.modules.workspace.openfga.dsl import FgaModel, parse_model
from entaku.modules.workspace.openfga.model_text import model_text
from entaku.modules.workspace.openfga.own_store import OwnStore
from entaku.modules.workspace.openfga.plain_store import PlainStore
from entaku.modules.workspace.openfga.store_entries import StoreEntry, TupleEntry
from entaku.modules.workspace.places import at_index
from entaku.modules.workspace.reading import Reading
from entaku.modules.workspace.source import Source


class Meaning(Protocol):
    """What the tuples of one kind of store mean."""

    policy: Policy
    """Under which shares add up as the relations of the model do."""

    def problems(self) -> Iterator[str]:
        """What of the model has no meaning here."""
        ...

    def take(self, entry: TupleEntry, place: str, into: Collected) -> str | None:
        """Adds what one tuple says. A sentence for a tuple that has no meaning here."""
        ...

    def missing(self, collected: Collected) -> Iterator[tuple[str, str]]:
        """What a store of this kind would also say, after all its tuples: the place that lacks it, and a sentence."""
        ...


def read_openfga(source: Source) -> Reading:
    """The workspace that a store amounts to, and where in the file each part of it stands."""
    file, flaws = decode(source, source.root, "", StoreEntry)
    found = [*flaws, *(source.flaw(place, message) for place, message in _elsewhere(file))]
    collected = Collected()
    if file.model is None:
        return Reading(collected.workspace(None, "union"), (*found, *_no_model(source, file)), collected.places())
    model, unread = parse_model(file.model)
    meaning = _meaning(model)
    problems = [f"line {each.line} of the model: {each.problem}" for each in unread] or list(
        islice(meaning.problems(), FLAWS_MAX)
    )
    found += [source.flaw("model", problem) for problem in problems]
    for index, entry in enumerate(() if problems else file.tuples or ()):
        if len(found) >= FLAWS_MAX:
            break
        place = at_index("tuples", index)
        problem = meaning.take(entry, place, collected)
        if problem is not None:
            found.append(source.flaw(place, problem))
    lacking = islice(meaning.missing(collected), FLAWS_MAX)
    found += [source.flaw(place, message) for place, message in lacking]
    name = normal_text(file.name or "") or None
    return Reading(collected.workspace(name, meaning.policy), tuple(found), collected.places())


def _meaning(model: FgaModel) -> Meaning:
    for policy in get_args(Policy):
        if model == parse_model(model_text(policy))[0]:
            return OwnStore(policy)
    return PlainStore(model)


def _elsewhere(file: StoreEntry) -> Iterator[tuple[str, str]]:
    """An import reads one file, and checks it as a whole."""
    if file.model_file is not None:
        yield "model_file", "other files are not read; put the model itself under `model`"
    for place, other in (("tuple_file", file.tuple_file), ("tuple_files", file.tuple_files)):
        if other is not None:
            yield place, "other files are not read; put the tuples themselves under `tuples`"


def _no_model(source: Source, file: StoreEntry) -> Iterator[Flaw]:
    if file.model_file is None:
        yield source.flaw("", "the store has no model; put it under `model`")
