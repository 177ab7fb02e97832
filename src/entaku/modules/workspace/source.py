"""A YAML text as plain values that remember their lines, so that a flaw can say where it is.

Only what JSON can say is taken from YAML: mappings with text keys, lists, text, numbers, true, false, null. There are
no tags, merge keys or dates, and words such as `no`, `on` or `12:30` stay text, as YAML 1.2's core schema has it.
The text comes from strangers: its size, depth, keys, aliases and the values it unfolds into are bounded.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from entaku.core.errors import Flaw, Invalid
from entaku.core.limits import MIB
from entaku.modules.workspace.places import at_index, at_key, steps

SOURCE_BYTES_MAX = 16 * MIB
DEPTH_MAX = 100
"""Teams nest 32 deep and take two levels each; the rest is room to say that they nest too deep."""
VALUES_MAX = 500_000
ALIASES_MAX = 1_000
KEY_LENGTH_MAX = 256

Scalar: TypeAlias = "str | int | float | bool | None"


class Node(msgspec.Struct, frozen=True):
    """One value and where it stands."""

    value: Scalar | tuple[Node, ...] | dict[str, Node]
    line: int
    """Counts from 1. Inside a mapping it is the line of the key."""
    text: str = ""
    """A scalar as it was written, without quotes."""


class Source(msgspec.Struct, frozen=True):
    """A parsed file."""

    file: str
    root: Node
    flaws: tuple[Flaw, ...] = ()
    """What is wrong with it as YAML although it could be read to its end."""

    def flaw(self, place: str, message: str) -> Flaw:
        """A flaw at a place; when the place is not in the file, the line is that of what it would lie in."""
        return Flaw(message=message, path=place, file=self.file, line=self._nearest(place)[1].line)

    def nearest(self, place: str) -> str:
        """The place itself when the file has it, else the innermost place around it that the file has."""
        return self._nearest(place)[0]

    def _nearest(self, place: str) -> tuple[str, Node]:
        found, node = "", self.root
        for step in steps(place):
            match node.value, step:
                case dict() as entries, str() if step in entries:
                    found, node = at_key(found, step), entries[step]
                case tuple() as items, int() if step < len(items):
                    found, node = at_index(found, step), items[step]
                case _:
                    break
        return found, node


def decode_text(data: bytes, file: str) -> str:
    """The bytes as text. Raises Invalid where they are too many or not UTF-8."""
    if len(data) > SOURCE_BYTES_MAX:
        raise refused(file, 0, f"the file has {len(data)} bytes, at most {SOURCE_BYTES_MAX} are read; split it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"the file is not UTF-8: byte 0x{data[error.start]:02x} cannot be read; save it as UTF-8"
        raise refused(file, line, problem) from error


def refused(file: str, line: int, message: str) -> Invalid:
    """The error for a file that cannot be read to its end."""
    return Invalid(f"{file} cannot be read", flaws=(Flaw(message=message, file=file, line=line),))
