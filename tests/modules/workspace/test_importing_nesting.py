"""Departments and groups that change places: what was above may be below, and the other way round."""

from __future__ import annotations

from entaku.modules.accounts import DEPARTMENT_LEVELS_MAX
from entaku.modules.workspace import Department, Group, Workspace
from tests.modules.workspace.importing import Imports


def departments(**parents: str | None) -> Workspace:
    return Workspace(departments=tuple(Department(id=d, name="D", parent=above) for d, above in parents.items()))


def groups(**parents: str) -> Workspace:
    return Workspace(groups=tuple(Group(id=g, name="G", parents=tuple(above.split())) for g, above in parents.items()))


async def test_departments_may_be_turned_upside_down(acme: Imports) -> None:
    await acme(departments(a=None, b="a", c="b"))

    await acme(departments(a="b", b="c", c=None))

    assert {d.department_id: d.parent for d in (await acme.directory()).departments.values()} == {
        "a": "b",
        "b": "c",
        "c": None,
    }


async def test_groups_may_be_turned_upside_down(acme: Imports) -> None:
    await acme(groups(a="", b="a", c="a b"))

    await acme(groups(a="b c", b="c", c=""), prune=True)

    assert {g: sorted(each.parents) for g, each in (await acme.directory()).groups.items()} == {
        "a": ["b", "c"],
        "b": ["c"],
        "c": [],
    }


async def test_what_stood_deep_may_move_below_what_stood_deep(acme: Imports) -> None:
    """Old and new places together would be too deep; one after the other they are not."""
    deep = DEPARTMENT_LEVELS_MAX - 2
    tall = {f"x{n}": f"x{n - 1}" if n else None for n in range(deep)}
    other = {f"y{n}": f"y{n - 1}" if n else None for n in range(deep)}
    flat = {"x0": f"y{deep - 1}"} | {f"x{n}": "x0" for n in range(1, deep)}

    await acme(departments(**tall, **other))
    await acme(departments(**other, **flat))

    assert (await acme.directory()).departments["x5"].parent == "x0"


async def test_a_place_that_a_file_does_not_name_still_counts(acme: Imports) -> None:
    """`b` is in `a` already; without pruning it stays there, and then `a` cannot go into `b`."""
    await acme(groups(a="", b="a"))

    (flaw,) = await acme.flaws("groups: [{id: a, name: A, parents: [b]}, {id: b, name: B}]")

    assert flaw.startswith("with what is there already, a cycle of groups: ")
    assert await acme.flaws("groups: [{id: a, name: A, parents: [b]}, {id: b, name: B}]", prune=True) == []


async def test_levels_are_counted_with_those_that_are_there(acme: Imports) -> None:
    await acme(departments(**{f"d{n}": f"d{n - 1}" if n else None for n in range(DEPARTMENT_LEVELS_MAX)}))

    (flaw,) = await acme.flaws("departments: [{id: d0, name: D, parent: e}, {id: e, name: E}]")

    assert f"at most {DEPARTMENT_LEVELS_MAX} levels" in flaw
