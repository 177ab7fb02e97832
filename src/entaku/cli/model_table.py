"""`entaku table`: the commands about the table's declarations, given the model of the whole system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entaku.cli.outside import model_of_module
from entaku.cli.session import configured
from entaku.cli.table import table_commands

if TYPE_CHECKING:
    from entaku.table import Model


def _load_model() -> Model:
    from entaku.main import model, modules_of

    return model(modules_of(configured()))


def _load_part(module: str) -> Model:
    from entaku.main import modules_of

    return model_of_module(module, modules_of(configured()))


table = table_commands(_load_model, load_part=_load_part)
