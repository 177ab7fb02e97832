"""The root command, and `main`: runs one command line and says how it ended."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import click

from entaku.cli.commands import EntakuGroup
from entaku.cli.exit_status import INTERRUPTED, PIPE_CLOSED, USAGE, report, tell
from entaku.cli.nouns import NOUNS, SECTIONS
from entaku.cli.outside import SECTION, command_of, named_folder, outside_nouns
from entaku.core.config import DATA_DEFAULT, PREFIX
from entaku.core.errors import EntakuError

DEBUG_VARIABLE = "ENTAKU_DEBUG"


class Program(EntakuGroup):
    """The root: knows its nouns by name and loads the one that is wanted, or looks for it in modules from outside."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*NOUNS, *outside_nouns(_folder(ctx), list(NOUNS))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        noun = NOUNS.get(cmd_name)
        if noun is not None:
            return noun.load()
        outside = outside_nouns(_folder(ctx), list(NOUNS)).get(cmd_name)
        return None if outside is None else command_of(cmd_name, outside)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Which nouns there are depends on the data folder, which may be named behind the noun, or before --help.
        ctx.meta[_LINE] = tuple(args)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in NOUNS:
            return args[0], NOUNS[args[0]].load(), args[1:]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, nouns in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, noun.line) for name, noun in nouns.items()])
        try:
            outside = [(name, noun.line) for name, noun in outside_nouns(_folder(ctx), list(NOUNS)).items()]
        except EntakuError as error:
            outside = [("(none)", error.message)]
        if outside:
            with formatter.section(SECTION):
                formatter.write_dl(outside)


_LINE = "entaku.line"


def _folder(ctx: click.Context) -> Path:
    """The data folder that the line names, in whatever place; else the usual one."""
    named = named_folder(ctx.meta.get(_LINE, ()))
    return named or Path(os.environ.get(f"{PREFIX}DATA") or DATA_DEFAULT)


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"entaku {version('entaku')}")
        ctx.exit()


@click.group(
    name="entaku", cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and end.",
)
def program() -> None:
    """A multi-tenant application platform on one table: start it, fill it, ask it.

    Try `entaku serve --demo`: it makes a data folder with a fictional company and says what to do next.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line (by default that of the process) and returns the exit status. Prints errors, raises none.

    With ENTAKU_DEBUG=1 an error is raised instead, so that Python shows where it came from.
    """
    # A terminal that cannot show a character gets its escape: better than no answer.
    stdout: object = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        cast("io.TextIOWrapper[Any]", stdout).reconfigure(errors="backslashreplace")
    try:
        return _run(arguments)
    except BrokenPipeError:
        _forget_stdout()
        return PIPE_CLOSED
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        tell(error.format_message())
        return USAGE
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        status = report(error)
        try:
            _flush_stdout()
        except OSError:
            # A full disk, say: it has been reported.
            _forget_stdout()
        return status


def _run(arguments: Sequence[str] | None) -> int:
    answer: Any = None
    try:
        answer = program.main(
            args=None if arguments is None else list(arguments), prog_name="entaku", standalone_mode=False
        )
        _flush_stdout()
    except SystemExit as ended:
        # The library ends the process itself when the reader of its output has gone, and after completing a word.
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return answer if isinstance(answer, int) else 0


def _flush_stdout() -> None:
    stdout: object = sys.stdout
    if stdout is not None:  # As it is for a process that was started with it closed.
        sys.stdout.flush()


def _forget_stdout() -> None:
    """Nobody reads any more: what is still buffered goes nowhere, and Python's own end does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
