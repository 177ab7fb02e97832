"""`entaku table`: what the declarations say, checked against the committed shape, written down, and drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from entaku.cli.commands import EntakuGroup, wants_json
from entaku.cli.exit_status import PROBLEMS_FOUND, say
from entaku.core.errors import Invalid, NotFound
from entaku.table.diagram import diagram
from entaku.table.docs import documented, markdown
from entaku.table.lock import Difference, LockedModel, compare, read_lock, write_lock
from entaku.table.model import Model

SHIPPED_LOCK = Path(__file__).parents[1] / "model.lock"
"""The lock of the built-in model, inside the package."""

_FILE = click.Path(dir_okay=False, path_type=Path)


def table_commands(load_model: Callable[[], Model], shipped_lock: Path = SHIPPED_LOCK) -> click.Group:
    """The group `table`, for the model that the callable gives when a command runs."""

    @click.group("table", cls=EntakuGroup)
    def table() -> None:
        """The table's entities: check, document and draw them."""

    @table.command("check", example="entaku table check\nentaku table check --update")
    @click.option("--lock", type=_FILE, default=shipped_lock, help="The committed shape; by default the shipped one.")
    @click.option("--update", is_flag=True, help="Write the lock anew, unless a difference would strand stored items.")
    def check(lock: Path, update: bool) -> None:
        """Compare what is declared with the committed shape; exit status 1 when they differ."""
        model = load_model()
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
    def docs(output: Path | None) -> None:
        """Write every access pattern down, as Markdown."""
        model = load_model()
        text = _json(documented(model)) if wants_json() else markdown(model)
        if output is None:
            click.echo(text, nl=False)
        else:
            _write(output, text)

    @table.command("diagram", example="entaku table diagram --output docs/reference/keys.svg")
    @click.option("--output", type=_FILE, required=True, help="The SVG file to write.")
    def draw(output: Path) -> None:
        """Draw the keys of every entity, by item collection, as SVG."""
        _write(output, diagram(load_model()))

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
