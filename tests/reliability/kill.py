"""Kills processes at random moments, again and again, and looks whether anything acknowledged is lost or half there.

    python -m tests.reliability.kill --rounds 200 --seed 1
    python -m tests.reliability.kill --rounds 50 --seed 7 --only changes

Ends with status 1 when anything is wrong, and says which seed and round it was. The same seed makes the same
organisation, changes and moments; what the processes do between them is up to the machine, so a rare fault may need the
seed more than once.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Protocol

import click

from tests.reliability.killed_changes import KilledChanges
from tests.reliability.killed_import import KilledImport, Size

LINE_EVERY = 20
"""Rounds between two lines of progress."""
SHOWN_MAX = 10


class Scenario(Protocol):
    """Something that is killed again and again."""

    name: str

    async def begin(self) -> None:
        """Makes what the rounds need."""
        ...

    async def round(self) -> list[str]:
        """At least one kill, and what it broke."""
        ...

    async def end(self) -> list[str]:
        """Finishes what the last round left open, and what is wrong with it."""
        ...

    def summary(self) -> str:
        """What the rounds came to."""
        ...


async def run(scenario: Scenario, rounds: int, *, tell: bool = True) -> list[str]:
    """So many rounds, and everything that they broke."""
    broken: list[str] = []
    started = time.monotonic()
    await scenario.begin()
    for number in range(1, rounds + 1):
        broken += [f"{scenario.name}, round {number}: {sentence}" for sentence in await scenario.round()]
        if tell and (number % LINE_EVERY == 0 or number == rounds):
            click.echo(f"{scenario.name}: {number} of {rounds} rounds, {time.monotonic() - started:.0f} s")
        if len(broken) >= SHOWN_MAX:
            return broken
    return broken + [f"{scenario.name}, at the end: {sentence}" for sentence in await scenario.end()]


@click.command()
@click.option("--rounds", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Of each scenario.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--only", type=click.Choice(["import", "changes"]), help="One scenario instead of both.")
def main(rounds: int, seed: int, only: str | None) -> None:
    """Kill imports and changes at random moments; end with status 1 when anything is lost or half there."""
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="entaku-kill-") as folder:
        scenarios: dict[str, Scenario] = {
            "import": KilledImport(Path(folder), Size(seed)),
            "changes": KilledChanges(Path(folder), seed),
        }
        for name, scenario in scenarios.items():
            if only in (None, name):
                broken += asyncio.run(run(scenario, rounds))
                click.echo(f"{name}: {scenario.summary()}")
    for sentence in broken[:SHOWN_MAX]:
        click.echo(f"  WRONG {sentence}")
    click.echo(f"{len(broken)} violations; seed {seed}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
