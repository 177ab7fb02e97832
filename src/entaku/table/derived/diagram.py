"""A key diagram: every entity as a card with its keys, and cards that share a partition in one frame, as one SVG.

A frame is an item collection: what lies in it comes back from one query. Partitions are taken for the same when they
have the same words in the same places, whatever their fields are called: `USER#{user_id}` and `USER#{owner}` are one.

Every box is as wide as its text in the widest of the usual fonts, so nothing overflows where other fonts are installed.
Colours follow the reader's light or dark theme.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import accumulate
from typing import Literal, NamedTuple

import msgspec

from entaku.table.derived.docs import TENANT_PREFIX
from entaku.table.entity import EntityInfo
from entaku.table.keys import SEPARATOR
from entaku.table.model import OWN_ENTITIES, Model
from entaku.table.templates import Component, Form, Template, overlap, text_of

ChipKind = Literal["tenant", "word", "id", "name", "number", "time", "shard"]

_KINDS: Mapping[Form, ChipKind] = {
    "text": "id",
    "upper": "id",
    "choice": "id",
    "fold": "name",
    "number": "number",
    "time": "time",
    "day": "time",
    "shard": "shard",
}

_LEGEND: tuple[tuple[ChipKind, str], ...] = (
    ("tenant", "put there by the table"),
    ("word", "fixed word"),
    ("id", "id or choice"),
    ("name", "name, as people sort"),
    ("number", "number of fixed width"),
    ("time", "time or day"),
    ("shard", "shard, by hash"),
)

PAGE_WIDTH = 1480
"""Frames and cards flow in rows of this width; only a card that is wider alone makes the page wider."""

_GAP, _PAD = 20, 18
_ROW, _CHIP, _CHIP_PAD, _HASH = 30, 22, 9, 15
_LABEL = 34
_TITLE, _FRAME_TITLE, _LINE = 26, 26, 22
_MONO_EM, _SANS_EM, _WIDE_EM = 0.63, 0.64, 0.86
"""Widths of a character against its size: the widest of the usual monospaced fonts, and of bold DejaVu Sans."""


class Chip(msgspec.Struct, frozen=True):
    """One segment of a key."""

    kind: ChipKind
    text: str

    @property
    def width(self) -> float:
        return _mono_width(self.text, 12) + 2 * _CHIP_PAD


class Place(msgspec.Struct, frozen=True):
    """Where an entity is found: in the table, or in one index."""

    name: str
    patterns: str
    partition: tuple[Chip, ...]
    sort: tuple[Chip, ...]

    @property
    def width(self) -> float:
        heading = _sans_width(self.name, 12) + 12 + _mono_width(self.patterns, 12)
        return max(heading, *(_LABEL + _chips_width(chips) for chips in (self.partition, self.sort)))


_PLACE_HEIGHT = _LINE + 2 * _ROW + 6


class Card(msgspec.Struct, frozen=True):
    """One entity."""

    title: str
    kind: str
    facts: str
    places: tuple[Place, ...]

    @property
    def width(self) -> float:
        title = _sans_width(self.title, 16) + 12 + _mono_width(self.kind, 12)
        return 2 * _PAD + max(title, _sans_width(self.facts, 12), *(place.width for place in self.places))

    @property
    def height(self) -> float:
        return 2 * _PAD + _TITLE + _LINE + len(self.places) * _PLACE_HEIGHT - 6


class Frame(msgspec.Struct, frozen=True):
    """The entities of one partition."""

    title: str
    note: str
    cards: tuple[Card, ...]

    @property
    def head(self) -> float:
        return _FRAME_TITLE + (_LINE if self.note else 0)

    @property
    def flow(self) -> Flow:
        return _flow([(card.width, card.height) for card in self.cards], PAGE_WIDTH - 2 * _PAD)

    @property
    def width(self) -> float:
        text = max(_mono_width(self.title, 13), _sans_width(self.note, 12))
        return 2 * _PAD + max(self.flow.width, text)

    @property
    def height(self) -> float:
        return 2 * _PAD + self.head + self.flow.height


class Spot(NamedTuple):
    """Where a box comes to stand, and how high its row is."""

    x: float
    y: float
    row_height: float


class Row(NamedTuple):
    """How much of a row is taken, and how high it is."""

    width: float
    height: float


class Flow(NamedTuple):
    """Boxes beside each other, in rows."""

    spots: tuple[Spot, ...]
    width: float
    height: float


def diagram(model: Model) -> str:
    """The keys of a model as the text of an SVG file; equal models give equal text."""
    body: list[str] = []
    width, y = float(PAGE_WIDTH), 128.0
    for heading, entities in _sections(model):
        frames = _frames(entities)
        flow = _flow([(frame.width, frame.height) for frame in frames], PAGE_WIDTH)
        body.append(_text(_GAP, y + 18, heading, "section"))
        for frame, spot in zip(frames, flow.spots, strict=True):
            body.extend(_frame_lines(frame, _GAP + spot.x, y + 34 + spot.y, spot.row_height))
        width, y = max(width, flow.width), y + 34 + flow.height + 2 * _GAP
    return "\n".join((*_opening(model, width + 2 * _GAP, y), *body, "</svg>")) + "\n"


def _sections(model: Model) -> Iterator[tuple[str, list[EntityInfo]]]:
    others = [info for info in model.entities if info.cls not in OWN_ENTITIES]
    sections = (
        ("Of a tenant", [info for info in others if info.scope == "tenant"]),
        ("Of the platform", [info for info in others if info.scope == "platform"]),
        ("Of the table itself", [info for info in model.entities if info.cls in OWN_ENTITIES]),
    )
    return (section for section in sections if section[1])


def _frames(entities: Sequence[EntityInfo]) -> list[Frame]:
    """The entities by the form of their partition, in the order of the model."""
    by_form: dict[tuple[object, ...], list[EntityInfo]] = {}
    for info in entities:
        form = (info.scope, *(s if isinstance(s, str) else (s.form, s.size) for s in info.partition))
        by_form.setdefault(form, []).append(info)
    groups = list(by_form.values())
    return [Frame(text_of(group[0].partition), _note(group, groups), tuple(map(_card, group))) for group in groups]


def _note(group: list[EntityInfo], groups: list[list[EntityInfo]]) -> str:
    """What may lie in the same partition although its template reads otherwise: where one begins with a value."""
    own = group[0].partition
    met = [other for other in groups if other is not group and overlap(own, other[0].partition)]
    if isinstance(own[0], Component):
        return _list_text("Beside ", [text_of(other[0].partition[:1]) for other in met], ", as its first part says")
    guests = [info.cls.__name__ for other in met if isinstance(other[0].partition[0], Component) for info in other]
    return _list_text("", guests, " may lie here too")


def _list_text(before: str, names: Sequence[str], after: str) -> str:
    if not names:
        return ""
    *rest, last = names
    return f"{before}{', '.join(rest)}{' or ' if rest else ''}{last}{after}"


def _card(info: EntityInfo) -> Card:
    facts = [f"schema {info.schema}"]
    if info.logged:
        facts.append("changes are logged")
    if info.expires:
        facts.append(f"expires by {info.expires}")
    stored = [(0, info.partition, info.sort), *((i.index, i.partition, i.sort) for i in info.indexes)]
    places = tuple(
        Place(
            f"GSI{index}" if index else "Table",
            ", ".join(pattern.name for pattern in info.patterns if pattern.index == index),
            _chips(partition, TENANT_PREFIX.removesuffix(SEPARATOR) if info.scope == "tenant" else ""),
            _chips(sort),
        )
        for index, partition, sort in stored
    )
    return Card(info.cls.__name__, info.kind, " · ".join(facts), places)


def _chips(template: Template, prefix: str = "") -> tuple[Chip, ...]:
    chips = [
        Chip(_KINDS[segment.form], str(segment)[1:-1]) if isinstance(segment, Component) else Chip("word", segment)
        for segment in template
    ]
    return (Chip("tenant", prefix), *chips) if prefix else tuple(chips)


def _chips_width(chips: Sequence[Chip]) -> float:
    return sum(chip.width for chip in chips) + _HASH * (len(chips) - 1)


def _mono_width(text: str, size: int) -> float:
    return len(text) * size * _MONO_EM


def _sans_width(text: str, size: int) -> float:
    return sum(_WIDE_EM if character.isupper() or character in "mw" else _SANS_EM for character in text) * size


def _flow(boxes: Sequence[tuple[float, float]], width_max: float) -> Flow:
    """Boxes from left to right, each in the first row that has room; each row as high as its highest box."""
    rows: list[Row] = []
    placed: list[tuple[int, float]] = []
    for width, height in boxes:
        number = next((n for n, row in enumerate(rows) if row.width + _GAP + width <= width_max), len(rows))
        row = rows[number] if number < len(rows) else Row(-_GAP, 0.0)
        placed.append((number, row.width + _GAP))
        rows[number : number + 1] = [Row(row.width + _GAP + width, max(row.height, height))]
    tops = list(accumulate((row.height + _GAP for row in rows), initial=0.0))
    spots = tuple(Spot(x, tops[number], rows[number].height) for number, x in placed)
    return Flow(spots, max((row.width for row in rows), default=0.0), tops[-1] - _GAP)


def _opening(model: Model, width: float, height: float) -> Iterator[str]:
    summary = f"{len(model.entities)} entities, indexes used: {model.index_count or 'none'}. A frame is one partition."
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title summary">'
    yield '<title id="title">Keys of the table</title>'
    yield f'<desc id="summary">{escape(summary)}</desc>'
    yield f"<style>{_STYLE}</style>"
    yield '<rect class="page" width="100%" height="100%"/>'
    yield _text(_GAP, 44, "Keys of the table", "heading")
    yield _text(_GAP, 68, summary, "muted")
    x = float(_GAP)
    for kind, meaning in _LEGEND:
        chip = Chip(kind, "TENANT" if kind == "tenant" else "WORD" if kind == "word" else kind)
        yield from _chip_lines(chip, x, 86)
        yield _text(x + chip.width + 8, 102, meaning, "muted")
        x += chip.width + 8 + _sans_width(meaning, 12) + _GAP


def _frame_lines(frame: Frame, x: float, y: float, height: float) -> Iterator[str]:
    yield _box(x, y, frame.width, height, 14, "frame")
    yield _text(x + _PAD, y + _PAD + 13, frame.title, "mono strong")
    if frame.note:
        yield _text(x + _PAD, y + _PAD + _FRAME_TITLE + 10, frame.note, "muted")
    # In the last row the cards are as high as the frame, which may be stretched by its neighbours.
    flow, spare = frame.flow, height - frame.height
    last = max(spot.y for spot in flow.spots)
    for card, spot in zip(frame.cards, flow.spots, strict=True):
        card_height = spot.row_height + (spare if spot.y == last else 0)
        yield from _card_lines(card, x + _PAD + spot.x, y + _PAD + frame.head + spot.y, card_height)


def _card_lines(card: Card, x: float, y: float, height: float) -> Iterator[str]:
    yield _box(x, y, card.width, height, 10, "card")
    yield _text(x + _PAD, y + _PAD + 14, card.title, "title")
    yield _text(x + card.width - _PAD, y + _PAD + 14, card.kind, "mono muted end")
    yield _text(x + _PAD, y + _PAD + _TITLE + 9, card.facts, "muted")
    top = y + _PAD + _TITLE + _LINE
    for place in card.places:
        yield from _place_lines(place, x + _PAD, top, card.width - 2 * _PAD)
        top += _PLACE_HEIGHT


def _place_lines(place: Place, x: float, y: float, width: float) -> Iterator[str]:
    yield f'<path class="rule" d="M{x:.1f} {y:.1f}h{width:.1f}"/>'
    yield _text(x, y + 17, place.name, "place")
    yield _text(x + width, y + 17, place.patterns, "mono muted end")
    for n, (label, chips) in enumerate((("PK", place.partition), ("SK", place.sort))):
        row = y + _LINE + n * _ROW
        yield _text(x, row + 20, label, "mono muted")
        left = x + _LABEL
        for position, chip in enumerate(chips):
            if position:
                yield _text(left + _HASH / 2, row + 20, SEPARATOR, "mono muted middle")
                left += _HASH
            yield from _chip_lines(chip, left, row + 4)
            left += chip.width


def _chip_lines(chip: Chip, x: float, y: float) -> Iterator[str]:
    yield _box(x, y, chip.width, _CHIP, 6, f"chip {chip.kind}")
    yield _text(x + chip.width / 2, y + 15.5, chip.text, f"mono middle on-{chip.kind}")


def _box(x: float, y: float, width: float, height: float, radius: int, classes: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{classes}" {place} rx="{radius}"/>'


def _text(x: float, y: float, text: str, classes: str) -> str:
    return f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


_COLOURS: tuple[tuple[str, str, str], ...] = (
    (".page", "fill:#ffffff", "fill:#0d1117"),
    (".frame", "fill:#f4f6f9;stroke:#dbe1e8", "fill:#12181f;stroke:#262e38"),
    (".card", "fill:#ffffff;stroke:#d3dae2", "fill:#1a212a;stroke:#343d48"),
    (".rule", "stroke:#e4e9ee", "stroke:#2c343e"),
    ("text", "fill:#1f2630", "fill:#e8edf3"),
    (".muted,.on-tenant", "fill:#626d7a", "fill:#98a4b2"),
    (".tenant", "fill:none;stroke:#b3bcc7", "fill:none;stroke:#56616d"),
    (".word", "fill:#e2e7ed", "fill:#343e4a"),
    (".id", "fill:#d6ebff", "fill:#113c66"),
    (".on-id", "fill:#0b3a67", "fill:#b5dcff"),
    (".name", "fill:#d9f3dd", "fill:#12442a"),
    (".on-name", "fill:#0f5126", "fill:#9ee6b2"),
    (".number", "fill:#e9e0fc", "fill:#3c2a6b"),
    (".on-number", "fill:#4a2b8f", "fill:#d9c7ff"),
    (".time", "fill:#fdeec6", "fill:#4d3a08"),
    (".on-time", "fill:#6a4700", "fill:#f8da8a"),
    (".shard", "fill:#fcdfec", "fill:#571f3d"),
    (".on-shard", "fill:#861c51", "fill:#ffbcd9"),
)
"""Selector, light, dark."""

_STYLE = "\n".join(
    (
        "",
        "text{font:12px ui-sans-serif,system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}",
        ".mono{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}",
        ".heading{font-size:24px;font-weight:700}.section{font-size:17px;font-weight:700}",
        ".title{font-size:16px;font-weight:700}.place{font-weight:700}.strong{font-size:13px;font-weight:700}",
        ".end{text-anchor:end}.middle{text-anchor:middle}.tenant{stroke-dasharray:3 3}",
        *(f"{selector}{{{light}}}" for selector, light, _ in _COLOURS),
        "@media (prefers-color-scheme:dark){",
        *(f"{selector}{{{dark}}}" for selector, _, dark in _COLOURS),
        "}",
        "",
    )
)
