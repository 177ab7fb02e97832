"""What holds for any input whatever."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from entaku.core.errors import Flaw, Invalid
from entaku.modules.workspace import Workspace, check_workspace, read_workspace
from tests.modules.workspace.workspaces import as_file, workspaces

pytestmark = pytest.mark.thorough

WORDS = st.sampled_from(
    "name policy departments roles groups users libraries shares id with until parents permissions read organisation"
    " orgs admins members teams repos maintainers previously collaborators write default_repository_permission".split()
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=5),
    max_leaves=30,
)
SYNTAX = st.lists(
    st.sampled_from([*"abc:-[]{},&*!|>'\"#%@`?~ \t\n", "\n  ", ": ", "- ", "<<: ", "\x85", "\u2028"]) | WORDS
)


def flaws_of(data: bytes) -> tuple[Flaw, ...]:
    try:
        read_workspace(data, "any.yaml")
    except Invalid as error:
        return error.flaws
    return ()


def assert_lines_point_into(data: bytes, flaws: tuple[Flaw, ...]) -> None:
    lines = max(1, len(data.decode("utf-8-sig", "replace").splitlines()))
    assert [flaw for flaw in flaws if not 0 <= flaw.line <= lines] == []
    assert {flaw.file for flaw in flaws} <= {"any.yaml"}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert_lines_point_into(data, flaws_of(data))


@given(SYNTAX.map("".join))
@example("a: \x00")
@example("\n\n\x01")
@example("users: [\n")
@example("\ufeff\ufeff")
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_lines_point_into(text.encode(), flaws_of(text.encode()))


@given(VALUES)
def test_any_values_are_read_or_refused(value: Any) -> None:
    data = yaml.safe_dump(value, allow_unicode=True).encode()

    assert_lines_point_into(data, flaws_of(data))


@given(workspaces())
def test_a_workspace_is_the_same_after_being_written_and_read(workspace: Workspace) -> None:
    assert check_workspace(workspace) == ()

    assert read_workspace(as_file(workspace), "any.yaml", format="workspace") == workspace


@given(workspaces(), st.data())
def test_a_line_taken_out_is_never_more_than_a_flaw(workspace: Workspace, data: st.DataObject) -> None:
    lines = as_file(workspace).splitlines(keepends=True)
    del lines[data.draw(st.integers(0, len(lines) - 1))]

    assert_lines_point_into(b"".join(lines), flaws_of(b"".join(lines)))
