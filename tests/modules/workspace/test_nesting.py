"""Levels and cycles of things that contain one another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entaku.modules.workspace.nesting import nesting

IDS = "abcdefgh"
GRAPHS = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(IDS), max_size=3, unique=True).map(tuple) for name in IDS}
)


@given(GRAPHS)
def test_everything_has_a_level_or_there_is_a_cycle(parents: dict[str, tuple[str, ...]]) -> None:
    found = nesting(parents)

    assert (len(found.levels) == len(parents)) == (found.cycles == ())


@given(GRAPHS)
def test_what_contains_lies_above(parents: dict[str, tuple[str, ...]]) -> None:
    levels = nesting(parents).levels

    assert all(levels[parent] < levels[child] for child in levels for parent in parents[child])


@given(GRAPHS)
def test_a_cycle_leads_back_to_where_it_began(parents: dict[str, tuple[str, ...]]) -> None:
    for cycle in nesting(parents).cycles:
        assert all(outer in parents[inner] for inner, outer in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
