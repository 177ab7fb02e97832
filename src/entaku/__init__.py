"""entaku: a multi-tenant application platform on one NoSQL table.

    app = await build(Config(data=Path("data")), modules=[documents])
    app.http()                              an ASGI application
    app.accounts, app.sharing, app.audit    the services behind it

`entaku.table` declares entities and access patterns, `entaku.modules` are the domains built on them, `Module` is one
of your own, and `entaku.testing` is what its tests use. The names here are imported when they are first asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False  # Type checkers know the name; importing it from typing would be all that this import costs.
if TYPE_CHECKING:
    from entaku.core.config import Config
    from entaku.main import App, build, configure
    from entaku.modules import Module, Noun, Parts

__all__ = ["App", "Config", "Module", "Noun", "Parts", "build", "configure"]

_HOMES = {
    "App": "entaku.main",
    "Config": "entaku.core.config",
    "Module": "entaku.modules",
    "Noun": "entaku.modules",
    "Parts": "entaku.modules",
    "build": "entaku.main",
    "configure": "entaku.main",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'entaku' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
