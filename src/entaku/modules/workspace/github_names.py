"""Ids made of GitHub's names: logins, teams and repositories differ there in more than case."""

from __future__ import annotations

import re
import unicodedata

_NO_SLUG = re.compile(r"[^a-z0-9_-]+")
_HYPHENS = re.compile(r"-{2,}")


def login_id(login: str) -> str:
    """The id of a user: the login in lower case, so that one person stays one however somebody capitalised them."""
    return _lower(login)


def team_slug(name: str) -> str:
    """A team's name as its address on GitHub has it: no accents, lower case, a hyphen for everything unusual.

    Empty when nothing is left of the name. Different names may have one slug.
    """
    plain = "".join(
        character for character in unicodedata.normalize("NFKD", name) if not unicodedata.combining(character)
    )
    return _HYPHENS.sub("-", _NO_SLUG.sub("-", plain.lower())).strip("-_")


def repository_id(name: str) -> str:
    """The id of a library: the repository's name in lower case, with `repo` before one such as `.github`.

    GitHub allows names to begin with a point, a hyphen or an underscore; ids begin with a letter or digit.
    """
    return _lower(name if name[:1].isalnum() else f"repo{name}")


def _lower(name: str) -> str:
    """Lower case for what GitHub allows; anything else stays as it is, and is refused as an id."""
    return name.lower() if name.isascii() else name
