"""What every killable process needs, imported once by the server that they are forked from."""

from __future__ import annotations

import entaku.main
import entaku.modules.workspace
import entaku.table.drivers.sqlite
import tests.reliability.organisation

__all__ = ["entaku", "tests"]
