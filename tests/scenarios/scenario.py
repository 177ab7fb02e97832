"""One row of the API's scenario tables: what ships as `entaku.testing.Scenario`, which modules from outside use too."""

from __future__ import annotations

from entaku.testing import Caller, Scenario

__all__ = ["Caller", "Scenario"]
