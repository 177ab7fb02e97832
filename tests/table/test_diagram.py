"""What the key diagram shows, and that nothing in it leaves its box."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from click.testing import CliRunner

from entaku.cli.table import table_commands
from entaku.table import Entity, Model, key
from entaku.table.derived.diagram import diagram
from tests.table.library_samples import ENTITIES, MODEL

SVG = "{http://www.w3.org/2000/svg}"
WIDEST_EM = 0.62
"""A character of the widest usual monospaced font, against its size."""


class Open(Entity, kind="NOTE"):
    kind: str
    id: str
    note_id: str

    @key("{kind:upper}#{id}", "NOTE#{note_id}")
    def at(*, kind: str, id: str, note_id: str) -> None:
        "One note about something."


def texts(model: Model) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(diagram(model)).iter(f"{SVG}text")]


def boxes(model: Model, name: str) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, right and bottom of the boxes of a class."""
    for element in ElementTree.fromstring(diagram(model)).iter(f"{SVG}rect"):
        if name in element.attrib["class"].split():
            x, y, width, height = (float(element.attrib[a]) for a in ("x", "y", "width", "height"))
            yield x, y, x + width, y + height


def test_every_entity_and_each_part_of_its_keys_is_shown() -> None:
    shown = set(texts(MODEL))

    assert {info.cls.__name__ for info in MODEL.entities} <= shown
    assert {"LIBRARY", "library_id", "principal.kind", "expires_at:day", "library_id:shard8", "number:w6"} <= shown
    assert {"GSI1", "GSI2"} <= shown


def test_entities_of_one_partition_share_a_frame_whatever_the_field_is_called() -> None:
    shown = texts(MODEL)

    assert shown.count("LIBRARY#{library_id}") == 1
    assert "USER#{user_id}" in shown
    assert "USER#{visitor}" not in shown


def test_a_partition_that_begins_with_a_value_names_its_neighbours() -> None:
    shown = texts(Model([*ENTITIES, Open]))

    assert "Beside LIBRARY or USER, as its first part says" in shown
    assert "Open may lie here too" in shown


def test_no_text_of_a_key_is_wider_than_its_box() -> None:
    root = list(ElementTree.fromstring(diagram(MODEL)))

    chips = [(box, text) for box, text in pairwise(root) if "chip" in box.get("class", "")]

    assert len(chips) > 40
    assert all(len(text.text or "") * 12 * WIDEST_EM < float(box.attrib["width"]) for box, text in chips)


def test_every_chip_lies_in_one_card_and_every_card_in_one_frame() -> None:
    def inside(inner: tuple[float, ...], outer: tuple[float, ...]) -> bool:
        return inner[0] > outer[0] and inner[1] > outer[1] and inner[2] < outer[2] and inner[3] < outer[3]

    chips, cards, frames = (list(boxes(MODEL, name)) for name in ("chip", "card", "frame"))
    legend = 7

    assert all(sum(inside(card, frame) for frame in frames) == 1 for card in cards)
    assert all(sum(inside(chip, card) for card in cards) == 1 for chip in chips[legend:])


def test_no_two_cards_and_no_two_frames_overlap() -> None:
    for name in ("card", "frame"):
        drawn = list(boxes(MODEL, name))
        for n, (left, top, right, bottom) in enumerate(drawn):
            for other in drawn[n + 1 :]:
                assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top


def test_the_page_holds_every_frame() -> None:
    root = ElementTree.fromstring(diagram(MODEL))

    for _, _, right, bottom in boxes(MODEL, "frame"):
        assert right < float(root.attrib["width"])
        assert bottom < float(root.attrib["height"])


def test_the_same_model_is_drawn_the_same() -> None:
    assert diagram(MODEL) == diagram(Model(ENTITIES))


def test_every_colour_has_a_light_and_a_dark_form() -> None:
    light, dark = diagram(MODEL).split("</style>")[0].split("@media (prefers-color-scheme:dark)")

    selectors = [line.split("{")[0] for line in dark.splitlines() if "fill:" in line or "stroke:" in line]
    assert selectors
    assert all(f"\n{selector}{{" in light for selector in selectors)


def test_the_command_writes_the_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(table_commands(lambda: MODEL), ["diagram", "--output", str(tmp_path / "keys.svg")])

    assert result.exit_code == 0
    assert (tmp_path / "keys.svg").read_text("utf-8") == diagram(MODEL)
