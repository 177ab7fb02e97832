"""What a module is: a domain of the product in one value, ours and those of others alike.

    MODULE = Module(
        name="documents",
        entities=(Document,),
        service=lambda parts: Documents(parts.table, parts.get(Sharing), parts.clock),
        routes=lambda: import_module("documents.routes").ROUTES,
        tags=(("Documents", "Texts in libraries."),),
        nouns={"documents": Noun("documents.commands:documents", "Documents: texts in libraries.")},
    )

The composition root is given modules in an order in which each finds what it builds on; what costs an import is asked
for when it is needed, so that a command loads no web framework and a server no command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from entaku.core.clock import Clock
from entaku.core.config import Config
from entaku.core.errors import Internal
from entaku.core.ids import Randomness
from entaku.table import Entity, Table, Tail

if TYPE_CHECKING:
    from entaku.api.fronts import Front

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class Noun(msgspec.Struct, frozen=True):
    """A noun of the command line that a module brings."""

    target: str
    """Where its click command is, as in `documents.commands:documents`; imported when it is used."""
    line: str
    """Its line in `entaku --help`, the first one of the command's own help."""

    def __post_init__(self) -> None:
        if not _TARGET.fullmatch(self.target):
            raise ValueError(f"{self.target!r} is no command; write it as in 'documents.commands:documents'")


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """A domain: what it keeps, what it does, and how it is reached."""

    name: str
    """Small letters, digits and `_`. Handlers ask for the module's service by this name."""
    entities: tuple[type[Entity], ...] = ()
    """What it keeps in the table; the entities of its resource kinds among them."""
    resource_kinds: tuple[type[Entity], ...] = ()
    """Those of its entities that are shared as libraries are: each a `Shareable` of the sharing module."""
    service: Callable[[Parts], object] | None = None
    """Makes the module's service, once for each application that is built."""
    routes: Callable[[], Sequence[Any]] | None = None
    """Its HTTP routes, handlers and routers of Litestar; only called where HTTP is served, so this is the place to
    import the framework."""
    fronts: Callable[[Any], Sequence[Front]] | None = None
    """What stands in front of the framework, made from the module's service."""
    nouns: Mapping[str, Noun] = {}
    """Nouns of the command line by name. Ours stand in `entaku.cli.nouns`, so that its help loads no module."""
    tags: tuple[tuple[str, str], ...] = ()
    """Name and description of each group of its routes in the OpenAPI document."""
    examples: Mapping[str, object] = {}
    """What fields in that document look like that show no example of their own, by name or as in `Note.title`."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a module; use small letters, digits and _, 40 at most")
        for kind in self.resource_kinds:
            if kind not in self.entities:
                raise ValueError(f"module {self.name!r}: {kind.__name__} is a resource kind, so it is an entity too")


class Parts:
    """What a service is made of: the table, time and chance, and the services of the modules before it."""

    def __init__(
        self,
        *,
        config: Config,
        table: Table,
        clock: Clock,
        randomness: Randomness,
        sign: Callable[[bytes], str],
        tail: Tail | None,
        modules: Sequence[Module],
    ) -> None:
        self.config, self.table, self.clock, self.randomness = config, table, clock, randomness
        self.sign = sign
        """Signs a document with the keys of the service: a detached JWS, which does not hold the document."""
        self.tail = tail
        """Follows the change log; None on an engine where asking for it is not cheap."""
        self.modules = tuple(modules)
        """All of the application, in their order."""
        self.services: dict[str, object] = {}
        """By the name of their module, as far as they are made."""

    def make(self, module: Module) -> None:
        """Makes the service of a module. Called by the composition root, for each module once and in their order."""
        if module.service is not None:
            self.services[module.name] = module.service(self)

    def get(self, kind: type[T]) -> T:
        """The service of that class, as in `parts.get(Sharing)`. Raises Internal where no module before makes one."""
        for service in self.services.values():
            if isinstance(service, kind):
                return service
        made = ", ".join(f"{name} ({type(service).__name__})" for name, service in self.services.items())
        raise Internal(
            f"no module that was made so far has a {kind.__name__}; there are {made or 'none'}: name the module that"
            " brings it before the one that asks"
        )
