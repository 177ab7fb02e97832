"""`entaku serve`: the API on this machine, until TERM or Ctrl-C; with --demo on a fictional company."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.demo import Welcome, furnish, program_path, welcome
from entaku.cli.exit_status import say
from entaku.cli.output import print_json
from entaku.cli.ports import is_free, next_free
from entaku.cli.session import configured, with_app
from entaku.core.config import DATA_DEFAULT
from entaku.core.limits import PORT_MAX, WORKERS_MAX

if TYPE_CHECKING:
    from entaku.main import App

APPLICATION = "entaku.hosts.asgi:application"
METRICS_FOLDER = "metrics"


@click.command(cls=EntakuCommand, example="entaku serve --demo\nentaku serve --data /srv/entaku --workers 4")
@click.option(
    "--demo", is_flag=True, help="Make a tenant to try things on, and take the next free port if this one is not."
)
@click.option("--host", metavar="HOST", help="The address to listen at; by default that of the settings, 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, PORT_MAX),
    help="The port to listen at, 0 for any; by default that of the settings, 8000.",
)
@click.option(
    "--workers", type=click.IntRange(1, WORKERS_MAX), help="Processes that answer; by default that of the settings, 2."
)
def serve(demo: bool, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the API on this machine.

    It ends on TERM and Ctrl-C after the requests under way, and starts anew on HUP without refusing any.
    """
    config = configured()
    host = host or config.host
    port = config.port if port is None else port
    if demo and port and not is_free(host, port):
        taken, port = port, next_free(host, port + 1)
        say(f"port {taken} is taken, so the demo takes {port}")
    token = with_app(_demo_token if demo else _nothing, founds=True)

    from entaku.hosts.local import ServeSettings
    from entaku.hosts.local import serve as run_server

    is_default_data = _is_default(config.data)
    # Each worker reads the settings for itself.
    os.environ["ENTAKU_DATA"] = str(config.data.absolute())

    def announce(address: str) -> None:
        if demo:
            _announce_demo(welcome(address, token, config.data, is_default_data=is_default_data))
        elif wants_json_answer:
            print_json({"address": address})
        else:
            click.echo(f"entaku serves at {address}; a token for a user: {program_path()} token USER@TENANT")

    def _announce_demo(what: Welcome) -> None:
        if wants_json_answer:
            print_json(what)
        else:
            click.echo(what.text())

    wants_json_answer = wants_json()
    run_server(
        APPLICATION,
        ServeSettings(
            host=host,
            port=port,
            workers=config.workers if workers is None else workers,
            # A folder for each port: it is emptied at the start, and another server may run on the same data.
            metrics_folder=config.data.absolute() / METRICS_FOLDER / str(port),
        ),
        announce=announce,
    )


async def _demo_token(app: App) -> str:
    from entaku.cli.demo import DEMO_TENANT, DEMO_USER

    if await furnish(app):
        say(f"made tenant {DEMO_TENANT!r} from the demo organisation in {app.config.data}")
    return app.tokens.mint(DEMO_TENANT, DEMO_USER)


async def _nothing(app: App) -> str:
    """Opening it is enough: what is wrong with the folder is told before any worker starts."""
    return ""


def _is_default(data: Path) -> bool:
    return data == DATA_DEFAULT and "ENTAKU_DATA" not in os.environ
