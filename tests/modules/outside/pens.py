"""A module from outside, as small as one can be, and values that are none."""

from __future__ import annotations

from typing import Any

from entaku import Module, Noun, Parts
from entaku.modules.audit import Audit
from entaku.table import Entity, key


class Pen(Entity, kind="PEN"):
    pen_id: str

    @key("PEN#{pen_id}", "METADATA")
    def at(*, pen_id: str) -> None:
        "One pen."


class Pens:
    """What the module does."""

    def __init__(self, parts: Parts) -> None:
        self.table, self.audit = parts.table, parts.get(Audit)


def routes() -> list[Any]:
    from litestar import Router, get

    from entaku.api.auth import CallingActor

    @get("/pens")
    async def list_pens(actor: CallingActor) -> list[str]:
        """Nothing yet."""
        return [actor.tenant_id]

    # The framework looks types up where the handler is, and this one is inside a function.
    list_pens.fn.__annotations__ |= {"actor": CallingActor, "return": list[str]}
    return [Router("/api", route_handlers=[list_pens])]


module = Module(
    name="pens",
    entities=(Pen,),
    service=Pens,
    routes=routes,
    nouns={"pens": Noun("tests.modules.outside.pens_command:pens", "Pens: what one writes with.")},
    tags=(("Pens", "What one writes with."),),
)

not_a_module = "ink"
