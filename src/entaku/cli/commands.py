"""What every command has: --data, --json and --tenant, before or after the noun, and an example in its help."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

_META = "entaku."


class EverywhereOption(click.Option):
    """An option that every command takes, so that it may stand in any place of the line; the last one counts."""


def everywhere_options() -> list[click.Parameter]:
    return [
        EverywhereOption(
            ["--data"],
            type=_Folder(path_type=Path, file_okay=False, readable=False),
            metavar="DIR",
            expose_value=False,
            callback=_remember,
            help="The data folder; by default ENTAKU_DATA, or ./data.",
        ),
        EverywhereOption(
            ["--tenant"],
            metavar="TENANT",
            expose_value=False,
            callback=_remember,
            help="The tenant to act in; may be left out where there is only one.",
        ),
        EverywhereOption(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_remember,
            help="Print one JSON document instead of a table.",
        ),
    ]


def data_folder() -> Path | None:
    """What --data names, if it was given."""
    return click.get_current_context().meta.get(f"{_META}data")


def named_tenant() -> str | None:
    """What --tenant names, if it was given."""
    return click.get_current_context().meta.get(f"{_META}tenant")


def wants_json() -> bool:
    return bool(click.get_current_context().meta.get(f"{_META}json"))


# As in --tenant "$TENANT" where TENANT is not set: that must not mean the only tenant, nor the folder one stands in.
_EMPTY = "it is empty; give a value, or leave the option out"


class _Folder(click.Path):
    """Whether it can be used is told when it is, with whose it is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail(_EMPTY, param, ctx)
        return super().convert(value, param, ctx)


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> object:
    if value == "":
        raise click.BadParameter(_EMPTY, ctx, param)
    # The noun is parsed after what stands before it, so the innermost mention wins.
    if value:
        ctx.meta[f"{_META}{param.name}"] = value
    return value


class EntakuCommand(click.Command):
    """A command that takes the options of every command and has an example in its help."""

    def __init__(
        self, *args: Any, example: str = "", params: Sequence[click.Parameter] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, params=[*(params or ()), *everywhere_options()], **kwargs)
        self.example = example

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(self.example.splitlines(), formatter)


class EntakuGroup(click.Group):
    """A noun with its verbs; its help shows an example of each."""

    command_class = EntakuCommand

    def __init__(self, *args: Any, params: Sequence[click.Parameter] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, params=[*(params or ()), *everywhere_options()], **kwargs)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        verbs = [command for command in self.commands.values() if isinstance(command, EntakuCommand)]
        write_examples([line for verb in verbs for line in verb.example.splitlines()[:1]], formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order they are written in: what is asked most comes first."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], names, n=1)
            way_out = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
            ctx.fail(f"there is no command {args[0]!r}; {way_out}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, first_line(command)) for name, command in self.commands.items()])


def first_line(command: click.Command) -> str:
    """What a command does, whole: a list that cuts its sentences explains nothing."""
    return (command.help or "").strip().partition("\n")[0]


def write_examples(lines: Sequence[str], formatter: click.HelpFormatter) -> None:
    """Commands to copy, one a line, however long."""
    if lines:
        with formatter.section("Example"):
            for line in lines:
                formatter.write(f"  {line}\n")


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """The command's own options, then in a section of their own those that every command has."""
    own: list[tuple[str, str]] = []
    everywhere: list[tuple[str, str]] = []
    for param in command.get_params(ctx):
        # Arguments stand in the usage line, and the text says what they are.
        record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
        if record is not None:
            (everywhere if isinstance(param, EverywhereOption) else own).append(record)
    for title, records in (("Options", own), ("Options of every command", everywhere)):
        if records:
            with formatter.section(title):
                formatter.write_dl(records)
