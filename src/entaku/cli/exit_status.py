"""How a command ends: one table from an error's code to the exit status, and one line for each thing that is wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import click

from entaku.cli.terminal_text import printable
from entaku.core.errors import Code, EntakuError, Flaw, Invalid

EXIT_STATUS: Mapping[Code, int] = {
    "internal": 1,
    "invalid": 2,
    "unauthenticated": 3,
    "forbidden": 4,
    "not_found": 5,
    "conflict": 6,
    "limited": 7,
    "unavailable": 8,
}
PROBLEMS_FOUND = 1
"""`entaku doctor` found some."""
USAGE = EXIT_STATUS["invalid"]
INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
PIPE_CLOSED = 1
"""As click has it."""


def report(error: Exception) -> int:
    """Prints the error to standard error and returns the exit status. Anything that is none of ours is internal."""
    match error:
        case click.ClickException():
            say(_usage(error))
            return error.exit_code
        case EntakuError():
            if isinstance(error, Invalid):
                for flaw in error.flaws:
                    tell(flaw_line(flaw))
            say(error.message)
            return EXIT_STATUS[error.code]
        case _:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            say(f"something broke inside ({what}); set ENTAKU_DEBUG=1 to see where")
            return EXIT_STATUS["internal"]


def say(message: str) -> None:
    """One line to the person, beside the result."""
    tell(f"entaku: {printable(' '.join(message.splitlines()))}")


def tell(text: str) -> None:
    """The same without a name in front. Lost when standard error is full: how the command ends counts more."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def flaw_line(flaw: Flaw) -> str:
    """`file:line: path: message`, without what the flaw does not have."""
    place = f"{flaw.file}:{flaw.line}" if flaw.file and flaw.line else flaw.file
    return ": ".join(printable(" ".join(part.splitlines())) for part in (place, flaw.path, flaw.message) if part)


def _usage(error: click.ClickException) -> str:
    message = error.format_message().strip()
    context = error.ctx if isinstance(error, click.UsageError) else None
    # The library's sentences begin with a capital letter and end with a full stop; ours follow a colon.
    # Its lists of choices are several lines, and a message is one.
    message = " ".join((message[:1].lower() + message[1:].rstrip(".")).split())
    return message if context is None else f"{message} (see {context.command_path} --help)"
