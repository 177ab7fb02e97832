"""`entaku table`: what the declarations say, checked against the committed shape, written down, and drawn.

What is made of the declarations beside that has files of its own, `table_*`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from entaku.cli.commands import EntakuGroup, wants_json
from entaku.cli.exit_status import PROBLEMS_FOUND, say
from entaku.cli.outside import OURS
from entaku.cli.table_copy import copy
from entaku.cli.table_cost import cost_command
from entaku.cli.table_create import create_command
from entaku.cli.table_iam import iam_command
from entaku.cli.table_reindex import reindex
from entaku.cli.table_sweep import sweep_command
from entaku.cli.table_usage import usage_command
from entaku.cli.table_workbench import workbench_command
from entaku.core.errors import Invalid, NotFound
from entaku.table.derived.diagram import diagram
from entaku.table.derived.docs import documented, markdown
from entaku.table.derived.lock import Difference, LockedModel, compare, read_lock, write_lock
from entaku.table.model import Model

SHIPPED_LOCK = Path(__file__).parents[1] / "model.lock"
"""The lock of the built-in model, inside the package."""

_FILE = click.Path(dir_okay=False, path_type=Path)


def table_commands(
    load_model: Callable[[], Model],
    shipped_lock: Path = SHIPPED_LOCK,
    load_part: Callable[[str], Model] | None = None,
) -> click.Group:
    """The group `table`, for the model that the callable gives when a command runs; `load_part` gives the entities of
    one module of it."""
    of_module = click.option("--module", metavar="MODULE", help="Only this module; by default all of them.")

    def chosen(module: str | None) -> Model:
        return load_model() if module is None or load_part is None else load_part(module)

    @click.group("table", cls=EntakuGroup)
    def table() -> None:
        """The table and its entities: make, check, document and price them."""

    for command in (
        *(create_command(load_model), copy, reindex, sweep_command()),
        *(cost_command(load_model), iam_command(load_model), usage_command(load_model), workbench_command(load_model)),
    ):
        table.add_command(command)

    @table.command("check", example="entaku table check\nentaku table check --update")
    @click.option("--lock", type=_FILE, default=shipped_lock, help="The committed shape; by default the shipped one.")
    @click.option("--module", metavar="MODULE", default=OURS, help="Whose entities; by default those of entaku.")
    @click.option("--update", is_flag=True, help="Write the lock anew, unless a difference would strand stored items.")
    def check(lock: Path, module: str, update: bool) -> None:
        """Compare what is declared with the committed shape; exit status 1 when they differ.

        A module from outside has a shape of its own: name both, with --module and --lock.
        """
        if module != OURS and lock == shipped_lock:
            raise Invalid(f"where is the committed shape of module {module!r}? name the file with --lock")
        model = chosen(module)
        locked = _lock_to_update(lock) if update else read_lock(lock)
        differences = compare(locked, model)
        breaking = [difference for difference in differences if difference.severity == "breaking"]
        if update and not breaking:
            write_lock(lock, model, retired=locked.retired)
        open_differences = breaking if update else differences
        _show(open_differences)
        if update and breaking:
            say(f"{lock} was not written: changes that need a way out first: {len(breaking)}")
        if open_differences:
            raise click.exceptions.Exit(PROBLEMS_FOUND)

    @table.command("docs", example="entaku table docs --output docs/reference/access-patterns.md")
    @click.option("--output", type=_FILE, help="The file to write; by default the terminal.")
    @of_module
    def docs(output: Path | None, module: str | None) -> None:
        """Write every access pattern down, as Markdown."""
        model = chosen(module)
        text = _json(documented(model)) if wants_json() else markdown(model)
        if output is None:
            click.echo(text, nl=False)
        else:
            _write(output, text)

    @table.command("diagram", example="entaku table diagram --output docs/reference/keys.svg")
    @click.option("--output", type=_FILE, required=True, help="The SVG file to write.")
    @of_module
    def draw(output: Path, module: str | None) -> None:
        """Draw the keys of every entity, by item collection, as SVG."""
        _write(output, diagram(chosen(module)))

    return table


def _lock_to_update(lock: Path) -> LockedModel:
    """The committed shape; an empty one where none was committed yet."""
    try:
        return read_lock(lock)
    except NotFound:
        return LockedModel(entities={})


def _show(differences: Sequence[Difference]) -> None:
    if wants_json():
        click.echo(_json(differences), nl=False)
        return
    for difference in differences:
        click.echo(f"{difference.severity} {difference.entity}: {difference.sentence}; {difference.way_out}")


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}; choose another --output") from error
