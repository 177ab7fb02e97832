"""Lists what the front doors offer: every name in the `__all__` of a package of entaku, one a line, sorted.

The list is committed as docs/reference/public-api.txt, so that a change of the public API shows in the diff.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import entaku

SNAPSHOT = Path(__file__).parent.parent / "docs" / "reference" / "public-api.txt"


def describe_public_api() -> str:
    """The text of the snapshot. Reads each name, so a lazy front door that promises what it lacks fails here."""
    return "".join(f"{name}\n" for name in sorted(_public_names()))


def _public_names() -> Iterator[str]:
    packages = (found.name for found in pkgutil.walk_packages(entaku.__path__, "entaku.") if found.ispkg)
    for package_name in ("entaku", *packages):
        package = importlib.import_module(package_name)
        for name in getattr(package, "__all__", ()):
            getattr(package, name)
            yield f"{package_name}.{name}"


if __name__ == "__main__":
    SNAPSHOT.write_text(describe_public_api(), encoding="utf-8")
    print(f"Wrote {SNAPSHOT.name}")
