"""What tests of an application use: doubles for the outside world, never for our own code; and the attack on a module.

`ManualClock` stands still until it is moved. `Storm` makes an engine behave as engines in the cloud do on a bad day,
`BlobStorm` a blob store; `CountingDriver` counts what is asked of an engine.

`open_world` is a running application with tenants to try things in, `Scenario` one row of a table of requests, and
`attack` tries all of them, and every access pattern, from another tenant. `plugin` gives them to pytest as fixtures.

The names here are imported when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from entaku.testing.blob_storm import BlobStorm
    from entaku.testing.clock import ManualClock
    from entaku.testing.counting import CountingDriver
    from entaku.testing.leaks import Leak, TenantsLeak
    from entaku.testing.scenario import Caller, Scenario
    from entaku.testing.siege import attack
    from entaku.testing.weather import Mishap, Storm
    from entaku.testing.world import Client, Furnish, Land, Side, World, open_world, world_of

__all__ = [
    "BlobStorm",
    "Caller",
    "Client",
    "CountingDriver",
    "Furnish",
    "Land",
    "Leak",
    "ManualClock",
    "Mishap",
    "Scenario",
    "Side",
    "Storm",
    "TenantsLeak",
    "World",
    "attack",
    "open_world",
    "world_of",
]

_FILES = {
    "BlobStorm": "blob_storm",
    "Caller": "scenario",
    "CountingDriver": "counting",
    "Leak": "leaks",
    "ManualClock": "clock",
    "Mishap": "weather",
    "Scenario": "scenario",
    "Storm": "weather",
    "TenantsLeak": "leaks",
    "attack": "siege",
}
"""Where a name is; those that are not here are in `world`."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'entaku.testing' has no attribute {name!r}")
    return getattr(import_module(f"entaku.testing.{_FILES.get(name, 'world')}"), name)
