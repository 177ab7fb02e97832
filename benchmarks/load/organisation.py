"""The organisation to import: a file that is there, or one of the same shape, made from a seed.

The shape is that of a large open-source organisation: everybody may read everything, and teams, some nested, may do
more with some repositories. The made one has the same numbers, so that benchmarks run on a machine without the file.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "org-kubernetes.yaml"
"""Where the file is looked for when none was named: beside the checkout."""

ADMINS, MEMBERS = 10, 1266
TOP_TEAMS, NESTED_TEAMS, TEAM_SIZE_MAX = 242, 42, 40
REPOSITORIES, GRANTS = 78, 156
LEVELS = ("read", "triage", "write", "maintain", "admin")
SEED = 20


def organisation_file(named: Path | None, folder: Path) -> tuple[Path, str]:
    """The file to import and what to call it in a report; one that is made is written into the folder."""
    if named is not None:
        return named, named.name
    if FILE.is_file():
        return FILE, FILE.name
    path = folder / "organisation.yaml"
    path.write_text(json.dumps(made_organisation()), encoding="utf-8")
    return path, f"a made organisation of {ADMINS + MEMBERS} people, {REPOSITORIES} libraries (no {FILE.name} here)"


def made_organisation() -> dict[str, Any]:
    """A Peribolos document; the same on every machine."""
    chance = random.Random(SEED)
    people = [f"user-{number:04d}" for number in range(1, ADMINS + MEMBERS + 1)]
    admins, members = people[:ADMINS], people[ADMINS:]
    tops = [f"team-{number:03d}" for number in range(TOP_TEAMS)]
    nested = [f"team-{number:03d}" for number in range(TOP_TEAMS, TOP_TEAMS + NESTED_TEAMS)]
    teams = {name: _team(name, members, chance) for name in (*tops, *nested)}
    for grant in range(GRANTS):
        repository = f"repository-{grant % REPOSITORIES:02d}"
        teams[chance.choice(tops)].setdefault("repos", {})[repository] = chance.choice(LEVELS)
    for name in nested:
        teams[chance.choice(tops)].setdefault("teams", {})[name] = teams[name]
    return {
        "name": "made",
        "admins": admins,
        "members": members,
        "default_repository_permission": "read",
        "teams": {name: teams[name] for name in tops},
    }


def _team(name: str, members: list[str], chance: random.Random) -> dict[str, Any]:
    return {
        "description": f"The people of {name}",
        "members": sorted(chance.sample(members, chance.randint(2, TEAM_SIZE_MAX))),
        "privacy": "closed",
    }
