"""Any number of keys in their order, in bounded memory: sorted stretches go to files, and are merged when read."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO

IN_MEMORY_MAX = 100_000


class SortedKeys:
    """Keys are added, then read once: `with SortedKeys() as keys`. A key holds no line break."""

    def __init__(self, in_memory_max: int = IN_MEMORY_MAX) -> None:
        self._in_memory_max = in_memory_max
        self._latest: list[str] = []
        self._files: list[IO[str]] = []

    def __enter__(self) -> SortedKeys:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def add(self, key: str) -> None:
        self._latest.append(key)
        if len(self._latest) >= self._in_memory_max:
            file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115
            self._files.append(file)
            file.writelines(f"{each}\n" for each in sorted(self._latest))
            self._latest.clear()

    def __iter__(self) -> Iterator[str]:
        """Ascending by code point, which is bytewise. What was added twice comes twice."""
        for file in self._files:
            file.seek(0)
        lines = [(line.removesuffix("\n") for line in file) for file in self._files]
        return heapq.merge(sorted(self._latest), *lines)
