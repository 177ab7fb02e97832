"""Parses YAML into a Source, event by event: nothing is built that the bounds would have refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown
from entaku.core.limits import NUMBER_DIGITS_MAX
from entaku.modules.workspace.places import at_index, at_key
from entaku.modules.workspace.source import (
    ALIASES_MAX,
    DEPTH_MAX,
    KEY_LENGTH_MAX,
    VALUES_MAX,
    Node,
    Scalar,
    Source,
    decode_text,
    refused,
)

# YAML 1.2.2, 10.3.2: what a plain scalar means in the core schema.
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def parse_yaml(data: bytes, file: str) -> Source:
    """The one document of a YAML file. Raises Invalid, with the line, where it cannot be read to its end."""
    text = decode_text(data, file)
    return _Build(file, lines=max(1, len(text.splitlines()))).run(text)


class _Open:
    """A mapping or list whose end has not come yet."""

    def __init__(self, place: str, line: int, anchor: str | None, values_before: int, is_mapping: bool) -> None:
        self.place = place
        self.line = line
        self.anchor = anchor
        self.values_before = values_before
        self.entries: dict[str, Node] | None = {} if is_mapping else None
        self.items: list[Node] = []
        self.key: str | None = None
        self.key_line = 0


class _Build:
    def __init__(self, file: str, lines: int) -> None:
        self.file = file
        self.lines = lines
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.values = 0
        self.aliases = 0
        self.flaws: list[Flaw] = []
        self.root: Node | None = None

    def run(self, text: str) -> Source:
        for event in self._events(text):
            self._take(event, min(event.start_mark.line + 1, self.lines))
        if self.root is None:
            raise refused(self.file, 0, "the file is empty; it needs at least one key, such as `users`")
        return Source(self.file, self.root, tuple(self.flaws))

    def _events(self, text: str) -> Iterator[Any]:
        try:
            # The C parser is about ten times faster; PyYAML lacks it where libyaml was not there when it was built.
            loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
            while loader.check_event():
                yield loader.get_event()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = "a tab stands where only spaces may; indent by spaces" if _is_tab(text, mark) else error.problem
            raise self._stop(mark.line + 1 if mark else 0, f"this is not YAML: {problem}") from error
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise self._stop(line, f"this is not YAML: {error.reason}") from error

    def _take(self, event: Any, line: int) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event, line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._start(event, line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._alias(event.anchor, line)
            case yaml.DocumentStartEvent() if self.root is not None:
                raise self._stop(line, "a second document begins here; a file holds one")
            case _:
                return

    def _scalar(self, event: Any, line: int) -> None:
        text: str = event.value
        if self.open and self.open[-1].entries is not None and self.open[-1].key is None:
            self._key(self.open[-1], text, line)
            return
        self._refuse_tag(event, line)
        self._count(1, line)
        value = self._meaning(text, line) if event.implicit[0] else text
        self._place(Node(value, line, text), event.anchor, weight=1)

    def _key(self, into: _Open, key: str, line: int) -> None:
        if len(key) > KEY_LENGTH_MAX:
            raise self._stop(line, f"key {shown(key)} has {len(key)} characters, at most {KEY_LENGTH_MAX} are allowed")
        if key == "<<":
            self._note(at_key(into.place, key), line, "merge keys (<<) are not read; write the keys out")
        into.key, into.key_line = key, line

    def _start(self, event: Any, line: int) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._refuse_complex_key(line)
        self._refuse_tag(event, line)
        self._count(1, line)
        if len(self.open) == DEPTH_MAX:
            raise self._stop(line, f"values are nested more than {DEPTH_MAX} deep here")
        self.open.append(_Open(self._next_place(), line, event.anchor, self.values, is_mapping))

    def _end(self) -> None:
        done = self.open.pop()
        node = Node(tuple(done.items) if done.entries is None else done.entries, done.line)
        self._place(node, done.anchor, weight=self.values - done.values_before + 1)

    def _alias(self, name: str, line: int) -> None:
        self._refuse_complex_key(line)
        if name not in self.anchors:
            raise self._stop(line, f"alias *{name} has no anchor &{name} that ended before it")
        self.aliases += 1
        if self.aliases > ALIASES_MAX:
            raise self._stop(line, f"the file has more than {ALIASES_MAX} aliases; write the values out")
        node, weight = self.anchors[name]
        self._count(weight, line)
        self._place(Node(node.value, line, node.text), None, weight)

    def _place(self, node: Node, anchor: str | None, weight: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = node, weight
        if not self.open:
            self.root = node
            return
        into = self.open[-1]
        if into.entries is None:
            into.items.append(node)
            return
        assert into.key is not None, "a value in a mapping follows its key"
        if into.key in into.entries:
            earlier = into.entries[into.key].line
            problem = f"key {shown(into.key)} stands here a second time (first in line {earlier}); keep one"
            self._note(at_key(into.place, into.key), into.key_line, problem)
        else:
            into.entries[into.key] = Node(node.value, into.key_line, node.text)
        into.key = None

    def _next_place(self) -> str:
        if not self.open:
            return ""
        into = self.open[-1]
        return at_index(into.place, len(into.items)) if into.key is None else at_key(into.place, into.key)

    def _meaning(self, text: str, line: int) -> Scalar:
        if text in _NULLS:
            return None
        if text in _TRUTHS:
            return _TRUTHS[text]
        is_integer = _INTEGER.fullmatch(text) is not None
        if not is_integer and _FLOAT.fullmatch(text) is None:
            return text
        if len(text) > NUMBER_DIGITS_MAX:
            self._note(self._next_place(), line, f"number {shown(text)} is too long; write it in quotes if it is text")
            return None
        if is_integer:
            return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))
        # Python writes infinity and not-a-number without YAML's point.
        return float(text if text[-1].isdigit() or text[-1] == "." else text.replace(".", ""))

    def _refuse_tag(self, event: Any, line: int) -> None:
        if event.tag is not None:
            self._note(self._next_place(), line, f"tag {shown(event.tag)} is not read; remove it")

    def _refuse_complex_key(self, line: int) -> None:
        if self.open and self.open[-1].entries is not None and self.open[-1].key is None:
            raise self._stop(line, "a key must be text; lists, mappings and aliases cannot be keys")

    def _count(self, values: int, line: int) -> None:
        self.values += values
        if self.values > VALUES_MAX:
            raise self._stop(line, f"the file has more than {VALUES_MAX} values, aliases unfolded; split it")

    def _note(self, place: str, line: int, message: str) -> None:
        self.flaws.append(Flaw(message=message, path=place, file=self.file, line=line))

    def _stop(self, line: int, message: str) -> Invalid:
        return refused(self.file, min(line, self.lines), message)


def _is_tab(text: str, mark: yaml.Mark | None) -> bool:
    """Whether a tab is what the parser stumbled over: an editor shows it like the spaces that are allowed."""
    line = "" if mark is None else "".join(text.splitlines()[mark.line : mark.line + 1])
    return mark is not None and line[mark.column : mark.column + 1] == "\t"
