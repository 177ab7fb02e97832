"""Which tenant and which pattern a physical key or range belongs to: the way back from what was rendered.

A model lets no two entities render the same key, and no listing find items of another entity, so that the first
pattern that fits is the one.
"""

from __future__ import annotations

from entaku.table.driver import ItemKey, Range
from entaku.table.entity import EntityInfo
from entaku.table.keys import SEPARATOR, unescape
from entaku.table.model import Model
from entaku.table.patterns import Pattern
from entaku.table.templates import Segment

OTHER = "(other)"
"""What no pattern asks: maintenance, say."""
PLATFORM = ""
"""In place of a tenant."""

_TENANT = "TENANT"


class UsageNames:
    """Finds the names by the declarations of one model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._listings: dict[int, list[tuple[EntityInfo, Pattern]]] = {}
        for info in model.entities:
            for pattern in info.patterns:
                if not pattern.is_key:
                    self._listings.setdefault(pattern.index, []).append((info, pattern))

    def of_key(self, key: ItemKey) -> tuple[str, EntityInfo | None]:
        """The tenant, and the entity that has such keys."""
        tenant, partition = _owner(key.pk)
        sort = key.sk.split(SEPARATOR)
        scope = "tenant" if tenant else "platform"
        for info in self._model.entities:
            if info.scope == scope and _fits(info.partition, partition) and _fits(info.sort, sort):
                return tenant, info
        return tenant, None

    def of_range(self, part: Range) -> tuple[str, str, EntityInfo | None]:
        """The tenant, the pattern as `LIBRARY.by_name`, and its entity."""
        tenant, partition = _owner(part.pk)
        low = part.low.removesuffix(SEPARATOR)
        bound = low.split(SEPARATOR) if low else []
        scope = "tenant" if tenant else "platform"
        for info, pattern in self._listings.get(part.index, ()):
            if (
                info.scope == scope
                and pattern.bound == len(bound)
                and _fits(pattern.partition, partition)
                and _fits(pattern.sort[: pattern.bound], bound)
            ):
                return tenant, f"{info.kind}.{pattern.name}", info
        return tenant, OTHER, None


def key_name(info: EntityInfo | None) -> str:
    """Of the pattern that finds one item by its key, as `LIBRARY.at`."""
    return OTHER if info is None else f"{info.kind}.{next(p.name for p in info.patterns if p.is_key)}"


def _owner(pk: str) -> tuple[str, list[str]]:
    """The tenant, and the rest of the partition key. A platform entity may have `TENANT#{id}` and nothing behind it."""
    segments = pk.split(SEPARATOR)
    if segments[0] == _TENANT and len(segments) > 2:
        return unescape(segments[1]), segments[2:]
    return PLATFORM, segments


def _fits(template: tuple[Segment, ...], segments: list[str]) -> bool:
    """Whether the template can have rendered these."""
    return len(template) == len(segments) and all(
        part == segment if isinstance(part, str) else not part.choices or segment in part.choices
        for part, segment in zip(template, segments, strict=True)
    )
