"""Modules from outside: found by the names that the settings give, and checked against all the others.

modules = ["documents:module"]      entaku.toml: the value `module` of the package `documents`
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.modules.module import Module
from entaku.table import Model
from entaku.table.entity import info_of

MODELS_KEPT_MAX = 8
RESERVED = frozenset(
    {
        *("actor", "expected_version", "idempotency", "page", "required_version", "entaku"),
        *("body", "cookies", "data", "headers", "query", "request", "scope", "socket", "state"),
    }
)
"""What handlers are given by these names, by us and by the framework, is not a module's service."""


def load_modules(names: Sequence[str]) -> list[Module]:
    """The modules of the names, each as in `package.module:name`. Raises Invalid, which says what is wrong with which.

    What a module raises while it is imported comes out as Invalid too: the settings name what cannot be used.
    """
    return [_load(name) for name in names]


def _load(name: str) -> Module:
    path, _, attribute = name.partition(":")
    try:
        found: Any = import_module(path)
    except ModuleNotFoundError as error:
        missing = (
            f"there is no package {path!r}" if _is_on_the_way(error.name, path) else f"{path!r} needs {error.name}"
        )
        raise Invalid(f"module {shown(name)}: {missing}; install it where entaku is installed") from error
    except Exception as error:
        raise Invalid(f"module {shown(name)}: {path!r} cannot be imported: {type(error).__name__}: {error}") from error
    module = getattr(found, attribute, None)
    if not isinstance(module, Module):
        what = f"{path!r} has no {attribute!r}" if module is None else f"it is a {type(module).__name__}, no Module"
        there = [each for each in dir(found) if isinstance(getattr(found, each), Module)]
        way_out = f"did you mean '{path}:{there[0]}'?" if there else "name a value that is an entaku.Module"
        raise Invalid(f"module {shown(name)}: {what}; {way_out}")
    return module


def _is_on_the_way(missing: str | None, path: str) -> bool:
    """Whether what was not found is the package itself, or one that it lies in."""
    return missing is not None and (path == missing or path.startswith(f"{missing}."))


def check_modules(modules: Sequence[Module]) -> None:
    """Raises Invalid when two modules have one name, bring one noun, or keep one kind of entity: names both."""
    owners: dict[tuple[str, str], Module] = {}
    for place, module in enumerate(modules):
        if module in modules[:place]:
            raise Invalid(f"module {module.name!r} is named twice; once is enough")
        if module.name in RESERVED:
            raise Invalid(f"a module cannot have the name {module.name!r}; handlers are given something else by it")
        claims = [("name", module.name), *(("command", noun) for noun in module.nouns)]
        claims += [("kind of entity", info_of(entity).kind) for entity in module.entities]
        for what, name in claims:
            other = owners.setdefault((what, name), module)
            if other is not module:
                raise Invalid(f"{_both(other, module)} have the {what} {name!r}; one of them needs another")


def model_of(modules: Sequence[Module]) -> Model:
    """Every entity of the modules. Raises Invalid, with the names of both modules, for entities that would get into
    each other's way."""
    try:
        return _model(tuple(entity for module in modules for entity in module.entities))
    except TypeError as error:
        owners = {entity.__name__: module.name for module in modules for entity in module.entities}
        named = [f"{name} of {module!r}" for name, module in owners.items() if name in str(error)]
        raise Invalid(f"the modules do not fit together: {error} ({', '.join(named)})") from error


@lru_cache(MODELS_KEPT_MAX)
def _model(entities: tuple[type[Any], ...]) -> Model:
    """Made once for everybody in the process: each entity is compared with each other."""
    return Model(entities)


def _both(one: Module, two: Module) -> str:
    return f"two modules {one.name!r}" if one.name == two.name else f"modules {one.name!r} and {two.name!r}"
