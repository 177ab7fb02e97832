"""`entaku table create`: the physical table that the settings name, made, or completed where it lacks something."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.exit_status import say
from entaku.cli.output import print_json
from entaku.cli.session import configured
from entaku.table.derived.physical import create_request
from entaku.table.model import Model

if TYPE_CHECKING:
    from entaku.core.config import Config

_EXAMPLE = """\
entaku table create
entaku table create --name entaku --region eu-central-1
entaku table create --print"""


def create_command(load_model: Callable[[], Model]) -> click.Command:
    """The command `create`, for the model that the callable gives when it runs."""

    @click.command("create", cls=EntakuCommand, example=_EXAMPLE)
    @click.option("--name", metavar="TABLE", help="The table on DynamoDB; by default that of the settings.")
    @click.option("--region", metavar="REGION", help="Where it is; by default that of the settings.")
    @click.option("--endpoint", metavar="URL", help="What speaks for DynamoDB; by default that of the settings.")
    @click.option("--print", "prints", is_flag=True, help="Print the CreateTable request as JSON, and make nothing.")
    def create(name: str | None, region: str | None, endpoint: str | None, prints: bool) -> None:
        """Make the table of the settings, or add what it lacks.

        On DynamoDB it is paid by request and gets its indexes, a stream of both images, removal by TTL, point-in-time
        recovery and encryption by KMS; a table that is there keeps how it is paid for and encrypted. With --name,
        --region or --endpoint the table is on DynamoDB whatever the settings say. Safe to repeat.
        """
        config = _chosen(name, region, endpoint)
        indexes = load_model().index_count
        if prints:
            print_json(create_request(config.dynamodb_table, indexes))
            return
        with _watched() as tell:
            done = _create(config, indexes, tell)
        place = str(config.database) if config.is_embedded else config.dynamodb_table
        if wants_json():
            print_json({"engine": config.table, "table": place, "indexes": indexes, "done": done})
        else:
            had = "is ready" if done else "was ready already"
            click.echo(f"the table {place} {had}: {indexes} {'index' if indexes == 1 else 'indexes'}")

    return create


def _chosen(name: str | None, region: str | None, endpoint: str | None) -> Config:
    """The configuration, with what the command line says in place of settings."""
    given = {"DYNAMODB_TABLE": name, "DYNAMODB_REGION": region, "DYNAMODB_ENDPOINT": endpoint}
    settings = {f"ENTAKU_{setting}": value for setting, value in given.items() if value is not None}
    return configured({**settings, "ENTAKU_TABLE": "dynamodb"} if settings else None)


def _create(config: Config, indexes: int, tell: Callable[[str], None]) -> list[str]:
    """What was done, step by step."""
    from entaku.engines import make_table

    done: list[str] = []

    def note(step: str) -> None:
        done.append(step)
        tell(step)

    asyncio.run(make_table(config, indexes, note))
    return done


@contextmanager
def _watched() -> Generator[Callable[[str], None]]:
    """Gives what is told each step. A terminal shows that something goes on."""
    try:
        if sys.stderr is None or not sys.stderr.isatty():
            yield say
            return
        from rich.console import Console

        console = Console(stderr=True)
        with console.status("looking at the table") as status:

            def tell(step: str) -> None:
                console.print(step, markup=False, highlight=False)
                status.update(f"{step} ...")

            yield tell
    except KeyboardInterrupt:
        say("interrupted; what was begun goes on, and the same command again waits for it")
        raise
