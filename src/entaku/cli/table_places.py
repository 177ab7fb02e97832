"""Places of tables as the command line names them: `sqlite:FOLDER` and `dynamodb:NAME?region=...`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from entaku.cli.folder_rights import refusal
from entaku.cli.session import chosen_folder
from entaku.core.errors import Forbidden, Invalid
from entaku.core.ids import shown

if TYPE_CHECKING:
    from entaku.core.config import Config

SETTINGS = {
    "sqlite": {"blobs": "ENTAKU_BLOBS"},
    "dynamodb": {
        "region": "ENTAKU_DYNAMODB_REGION",
        "endpoint": "ENTAKU_DYNAMODB_ENDPOINT",
        "blobs": "ENTAKU_BLOBS",
    },
}
"""By engine: what may be said behind the question mark, and the setting that it stands for."""

_FORM = "write it as in sqlite:./data or dynamodb:entaku?region=eu-central-1"


def settings_of(place: str) -> Config:
    """The configuration of a table. Raises Invalid for what is no place, Forbidden for a folder of somebody else."""
    from entaku.main import configure

    engine, colon, rest = place.partition(":")
    name, _, query = rest.partition("?")
    if not colon or engine not in SETTINGS or not name:
        raise Invalid(f"{shown(place, 80)} names no table; {_FORM}")
    told = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := told.keys() - SETTINGS[engine].keys():
        there = ", ".join(SETTINGS[engine])
        raise Invalid(f"{shown(place, 80)}: {', '.join(sorted(unknown))} means nothing there; there are {there}")
    given = {SETTINGS[engine][option]: value for option, value in told.items()}
    if engine == "dynamodb":
        return configure(
            chosen_folder(), {**os.environ, "ENTAKU_TABLE": engine, "ENTAKU_DYNAMODB_TABLE": name, **given}
        )
    folder = Path(name)
    problem = refusal(folder)
    if problem is not None:
        raise Forbidden(problem)
    # The blobs of a folder are in it unless its own settings, or the place, say otherwise.
    return configure(folder, {**os.environ, "ENTAKU_TABLE": engine, "ENTAKU_BLOBS": "", **given})


def name_of(config: Config) -> str:
    """The same name for every spelling of a place."""
    if config.is_embedded:
        return f"sqlite:{config.data.absolute().resolve()}"
    return f"dynamodb:{config.dynamodb_table}@{config.dynamodb_endpoint or config.dynamodb_region or 'default'}"
