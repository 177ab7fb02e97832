"""What tests of an application use: doubles for the outside world, never for our own code.

`ManualClock` stands still until it is moved. `Storm` makes an engine behave as engines in the cloud do on a bad day;
`CountingDriver` counts what is asked of one.
"""

from __future__ import annotations

from entaku.testing.clock import ManualClock
from entaku.testing.counting import CountingDriver
from entaku.testing.weather import Mishap, Storm

__all__ = ["CountingDriver", "ManualClock", "Mishap", "Storm"]
