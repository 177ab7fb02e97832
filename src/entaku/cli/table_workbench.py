"""`entaku table workbench`: the model as a file for NoSQL Workbench, with examples of every entity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from entaku.cli.commands import EntakuCommand
from entaku.cli.exit_status import say
from entaku.cli.output import print_json
from entaku.cli.session import configured
from entaku.core.errors import Invalid
from entaku.table.model import Model


def workbench_command(load_model: Callable[[], Model]) -> click.Command:
    """The command `workbench`, for the model that the callable gives when it runs."""

    @click.command("workbench", cls=EntakuCommand, example="entaku table workbench --output entaku.json")
    @click.option(
        "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; by default the terminal."
    )
    def workbench(output: Path | None) -> None:
        """Write the model for NoSQL Workbench: the table, its indexes, its access patterns, and example items.

        In Workbench: Data modeler, Import data model.
        """
        import msgspec

        from entaku.table.derived.workbench import workbench_model

        document = workbench_model(load_model(), configured().dynamodb_table, datetime.now(UTC))
        if output is None:
            print_json(document)
            return
        try:
            output.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
        except OSError as error:
            raise Invalid(f"{output} cannot be written: {error.strerror}; choose another --output") from error
        say(f"wrote {output}; in NoSQL Workbench choose Import data model")

    return workbench
