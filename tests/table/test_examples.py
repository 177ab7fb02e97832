"""Examples of entities: each declaration has one, with keys that render, and its size is near what is stored."""

from __future__ import annotations

import pytest

from entaku.main import model
from entaku.table.derived.examples import AT, example_of
from entaku.table.derived.images import EXAMPLE_WRITE_ID, image_bytes, image_of
from entaku.table.drivers.dynamodb.codec import DynamoCodec
from entaku.table.drivers.dynamodb.items import attributes_of
from entaku.table.entity import EntityInfo
from entaku.table.envelope import Envelope
from entaku.table.model import Model
from entaku.table.reader import Binding
from tests.table.entities import ENTITIES
from tests.table.library_samples import MODEL

ENTITY_INFOS = {info.kind: info for each in (model(), Model(ENTITIES), MODEL) for info in each.entities}


@pytest.mark.parametrize("kind", ENTITY_INFOS)
def test_every_entity_has_an_example_that_every_index_shows(kind: str) -> None:
    info = ENTITY_INFOS[kind]

    image = image_of(info, example_of(info), "acme")

    assert image["EntityType"] == {"S": kind}
    assert {f"GSI{index.index}PK" for index in info.indexes} <= image.keys()


@pytest.mark.parametrize("kind", ENTITY_INFOS)
def test_an_example_has_the_attributes_that_are_stored(kind: str) -> None:
    info = ENTITY_INFOS[kind]

    assert image_of(info, example_of(info), "acme").keys() == _stored(info).keys()


@pytest.mark.parametrize("kind", ENTITY_INFOS)
def test_the_size_of_an_example_is_near_what_the_codec_counts(kind: str) -> None:
    info = ENTITY_INFOS[kind]
    example = example_of(info)
    codec = DynamoCodec()

    counted = image_bytes({"Data": image_of(info, example, "acme")["Data"]})

    # The codec never counts less than DynamoDB, so it counts some bytes more for each value.
    assert 0.5 * codec.size(codec.encode(example)) <= counted <= codec.size(codec.encode(example)) + len("Data")


def test_several_examples_have_several_keys() -> None:
    info = ENTITY_INFOS["LIBRARY"]

    assert len({info.keys_of(example_of(info, number)) for number in range(9)}) == 9


def _stored(info: EntityInfo) -> dict[str, object]:
    binding = Binding("tenant", "acme") if info.scope == "tenant" else Binding("platform", "")
    item = Envelope(binding, DynamoCodec(), EXAMPLE_WRITE_ID, AT).item(example_of(info), info, 1, AT.isoformat())
    return attributes_of(item, "acme" if info.logged else None)
