"""`entaku table`: the commands about the table's declarations, given the model of the whole system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entaku.cli.table import table_commands

if TYPE_CHECKING:
    from entaku.table import Model


def _load_model() -> Model:
    from entaku.main import model

    return model()


table = table_commands(_load_model)
