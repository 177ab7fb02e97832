"""A small YAML file of the operator's own as plain values, and the line of each of them, so that a flaw can name it.

Anchors, tags and keys that are no text are refused: what is left is what JSON can say.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

from entaku.core.errors import Flaw, Invalid
from entaku.core.limits import MIB

FILE_BYTES_MAX = 1 * MIB
DEPTH_MAX = 20

_LAST_STEP = re.compile(r"(\.[^.\[]*|\[[^\]]*\])$")
_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]*)`")


class YamlFile:
    """A file that was read. Its values are checked by whoever asked for it."""

    def __init__(self, path: Path, document: Any, lines: dict[str, int]) -> None:
        self.path, self.document, self._lines = path, document, lines

    def invalid(self, error: Invalid) -> Invalid:
        """The same error with the file's name, and with the line of each of its flaws."""
        flaws = tuple(self._found(flaw) for flaw in error.flaws)
        return Invalid(f"{self.path}: {error.message}", flaws=flaws)

    def _found(self, flaw: Flaw) -> Flaw:
        unknown = _UNKNOWN_FIELD.search(flaw.message)
        path = flaw.path
        if unknown and (key := f"{path}.{unknown[1]}".removeprefix(".")) in self._lines:
            path = key
        return Flaw(message=flaw.message, path=path, file=str(self.path), line=self._line_of(path))

    def _line_of(self, path: str) -> int:
        """Of the place itself, or of what it would lie in."""
        while path and path not in self._lines:
            path = _LAST_STEP.sub("", path) if _LAST_STEP.search(path) else ""
        return self._lines.get(path, 1)


def read_yaml(path: Path) -> YamlFile:
    """The one document of the file. Raises Invalid, with the line, where it cannot be read."""
    import yaml

    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > FILE_BYTES_MAX:
        raise Invalid(f"{path} has more than {FILE_BYTES_MAX} bytes; it is not the file that was meant")
    lines: dict[str, int] = {}
    try:
        loader: Any = yaml.SafeLoader(data.decode("utf-8-sig"))
        root = loader.get_single_node()
        document: Any = {} if root is None else _value(loader, root, path, "", lines, 0)
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not UTF-8: {error.reason} at byte {error.start + 1}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _stop(path, mark.line + 1 if mark else 1, f"this is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise Invalid(f"{path} is not YAML: {error}") from error
    return YamlFile(path, document, lines)


def _value(loader: Any, node: Any, path: Path, place: str, lines: dict[str, int], depth: int) -> Any:
    import yaml

    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if depth > DEPTH_MAX:
        raise _stop(path, line, f"values are nested more than {DEPTH_MAX} deep here")
    if getattr(node, "entaku_seen", False):
        raise _stop(path, line, "an alias leads here; write the values out")
    node.entaku_seen = True
    if isinstance(node, yaml.SequenceNode):
        items = cast("list[Any]", node.value)
        return [_value(loader, each, path, f"{place}[{n}]", lines, depth + 1) for n, each in enumerate(items)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    made: dict[str, Any] = {}
    for key_node, value_node in cast("list[tuple[Any, Any]]", node.value):
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _stop(path, key_line, "a key must be text")
        key = cast("str", key_node.value)
        at = f"{place}.{key}" if place else key
        if key in made:
            raise _stop(path, key_line, f"key {key!r} stands here a second time; keep one", at)
        lines[at] = key_line
        made[key] = _value(loader, value_node, path, at, lines, depth + 1)
    return made


def _stop(path: Path, line: int, message: str, place: str = "") -> Invalid:
    flaw = Flaw(message=message, path=place, file=str(path), line=line)
    return Invalid(f"{path} cannot be read", flaws=(flaw,))
