"""How OpenFGA writes whom and what a tuple is about: `user:ann`, `user:*`, `group:staff#member`."""

from __future__ import annotations

import msgspec

EVERYBODY = "*"


class Name(msgspec.Struct, frozen=True):
    type: str
    id: str
    relation: str = ""
    """What the members of a set are to the object; empty for the object itself."""

    @property
    def restriction(self) -> str:
        """What a model calls names of this form: `user`, `user:*`, `group#member`."""
        if self.relation:
            return f"{self.type}#{self.relation}"
        return f"{self.type}:{EVERYBODY}" if self.id == EVERYBODY else self.type


def parse_name(text: str) -> Name | None:
    """The name, or None for a text that is none."""
    type_name, colon, rest = text.partition(":")
    identity, hash_sign, relation = rest.partition("#")
    if not type_name or not colon or not identity or (hash_sign and not relation):
        return None
    return Name(type_name, identity, relation)
