"""Sorting more keys than memory holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entaku.table.blobs.sorted_keys import SortedKeys

KEYS = st.lists(st.text(alphabet="ab/~.", max_size=4), max_size=40)


@given(keys=KEYS, in_memory_max=st.integers(1, 50))
def test_keys_come_in_their_order_however_few_fit_in_memory(keys: list[str], in_memory_max: int) -> None:
    with SortedKeys(in_memory_max) as held:
        for key in keys:
            held.add(key)

        assert list(held) == sorted(keys)
