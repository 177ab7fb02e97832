"""A noun that may be followed at once by what its commonest verb takes: `entaku access handbook`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from entaku.cli.commands import EntakuGroup, EverywhereOption

HELP = frozenset({"-h", "--help"})


class DefaultCommandGroup(EntakuGroup):
    """A group with a command that is meant where the first word names none. A thing that is called like a command is
    reached by naming the default command first."""

    def __init__(self, *args: Any, default: str, by_option: Mapping[str, str], **kwargs: Any) -> None:
        """`by_option` has options that mean another command than the default one, wherever they stand."""
        super().__init__(*args, **kwargs)
        self._default, self._by_option = default, by_option

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not self._names_command(ctx, args) and not HELP.issuperset(args):
            args = [self._meant(args), *args]
        return super().parse_args(ctx, args)

    def _names_command(self, ctx: click.Context, args: list[str]) -> bool:
        """Whether the first word is a command. Only options that every command has may stand before it."""
        takes_value = {
            name: not param.is_flag
            for param in self.get_params(ctx)
            if isinstance(param, EverywhereOption)
            for name in param.opts
        }
        words = iter(args)
        for word in words:
            name, _, value = word.partition("=")
            if name not in takes_value:
                return word in self.commands
            if takes_value[name] and not value:
                next(words, None)
        return False

    def _meant(self, args: list[str]) -> str:
        given = {word.partition("=")[0] for word in args}
        wanted = (command for option, command in self._by_option.items() if option in given)
        return next((command for command in wanted if command in self.commands), self._default)
