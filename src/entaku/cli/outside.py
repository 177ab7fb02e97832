"""What modules from outside bring to the command line: their nouns, and the entities of one of them.

They are looked for where the settings say: those of the folder that the line names, wherever in it, else of the
environment. Our own nouns are found without them, so a module that cannot be loaded never hides `entaku doctor`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entaku.core.config import FILE_NAME, PREFIX
from entaku.core.errors import Invalid, NotFound
from entaku.core.ids import shown

if TYPE_CHECKING:
    from entaku.modules import Module, Noun
    from entaku.table import Model

SECTION = "Modules"
OURS = "entaku"
"""In place of a module's name: all that come with entaku."""


def outside_nouns(data: Path, own: Sequence[str]) -> dict[str, Noun]:
    """The nouns of the modules that the settings of a data folder name; none, at no cost, where they name none. Raises
    Invalid for modules that cannot be loaded, and for a noun that is one of our own."""
    nouns: dict[str, Noun] = {}
    for module in _outside_modules(data):
        for name, noun in module.nouns.items():
            if name in own:
                raise Invalid(
                    f"module {module.name!r} brings the command {name!r}, which entaku has; call it otherwise"
                )
            nouns[name] = noun
    return nouns


def _outside_modules(data: Path) -> Sequence[Module]:
    file = data / FILE_NAME
    if not os.environ.get(f"{PREFIX}MODULES") and not (file.is_file() and b"modules" in file.read_bytes()):
        return ()
    from entaku.main import MODULES, configure, modules_of

    return modules_of(configure(data))[len(MODULES) :]


def command_of(name: str, noun: Noun) -> click.Command:
    """The command of a noun. Raises Invalid where the module promises what it does not have."""
    path, _, attribute = noun.target.partition(":")
    command = getattr(import_module(path), attribute, None)
    if not isinstance(command, click.Command):
        raise Invalid(f"command {name!r}: {noun.target!r} is no click command; its module promises one")
    return command


def named_folder(arguments: Sequence[str]) -> Path | None:
    """The data folder that the rest of a line names; the last mention counts."""
    found: str | None = None
    for place, word in enumerate(arguments):
        if word == "--data":
            found = arguments[place + 1] if place + 1 < len(arguments) else found
        elif word.startswith("--data="):
            found = word.removeprefix("--data=")
    return Path(found) if found else None


def model_of_module(name: str, modules: Sequence[Module]) -> Model:
    """The entities of one module, or of all of ours. Raises NotFound that lists those there are."""
    from entaku.main import MODULES
    from entaku.modules import model_of

    others = modules[len(MODULES) :]
    chosen = MODULES if name == OURS else [module for module in others if module.name == name]
    if not chosen:
        there = ", ".join((OURS, *(module.name for module in others)))
        raise NotFound(f"there is no module {shown(name)}; there are {there}: the setting `modules` names more")
    return model_of(chosen)
