"""`--language`: in which language a command says its sentences; by default that of the terminal, as in LANG."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from entaku.core.languages import Language, language_of_locale

F = TypeVar("F", bound=Callable[..., Any])


def language_option(function: F) -> F:
    """Adds the option, which the command takes as `language`. Fields and tables are the same in every language."""
    return click.option(
        "--language",
        type=click.Choice([language.value for language in Language]),
        callback=_chosen,
        help="The language of sentences; by default that of LC_ALL, LC_MESSAGES or LANG.",
    )(function)


def _chosen(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Language:
    return language_of_locale(os.environ) if value is None else Language(value)
