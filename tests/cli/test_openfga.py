"""A tenant as a store of OpenFGA on the command line, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.cli.tenants import EXPORT_FORMATS
from entaku.modules.workspace import FORMATS
from tests.cli.command_line import CommandLine
from tests.emulators.openfga import Verdict, verdict

STORE = ("--format", "openfga")
PAPERS = """\
name: Papers
model: |
  model
    schema 1.1
  type user
  type paper
    relations
      define owner: [user]
      define reader: [user] or owner
      define can_open: reader
tuples:
  - {user: user:ann, relation: owner, object: paper:plan}
  - {user: user:bob, relation: approver, object: paper:plan}
"""


def test_exports_have_formats_that_imports_read() -> None:
    assert set(EXPORT_FORMATS) <= set(FORMATS)


def test_a_store_makes_the_same_store_elsewhere(maru: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "maru.fga.yaml"
    exported = maru.must("tenants", "export", "maru", *STORE)
    file.write_text(exported, encoding="utf-8")

    maru.must("tenants", "import", "copy", str(file))

    assert sorted(maru.must("tenants", "export", "copy", *STORE).splitlines()) == sorted(exported.splitlines())


def test_a_store_says_nothing_of_names_and_addresses(maru: CommandLine) -> None:
    users = maru("tenants", "export", "maru", "--json").json()["users"]

    exported = maru.must("tenants", "export", "maru", *STORE)

    assert all(f'"user:{user["id"]}"' in exported for user in users)
    assert not [user["id"] for user in users if user["name"] in exported or (user["email"] or user["name"]) in exported]


def test_a_store_as_json_is_one_document(maru: CommandLine) -> None:
    document = maru("tenants", "export", "maru", *STORE, "--answers", "3", "--json").json()

    assert document.keys() == {"name", "model", "tuples", "tests"}
    assert len(document["tests"][0]["check"]) == 3


def test_a_store_holds_no_answers_unless_they_are_asked_for(maru: CommandLine) -> None:
    assert "\ntests:" not in maru.must("tenants", "export", "maru", *STORE)


def test_a_workspace_file_holds_no_answers(maru: CommandLine) -> None:
    outcome = maru("tenants", "export", "maru", "--answers", "3")

    assert (outcome.status, outcome.out) == (2, "")
    assert "--format openfga" in outcome.err


def test_what_the_store_leaves_out_is_a_warning(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "acme")
    entaku.must("roles", "create", "cook", "--name", "Cook")

    outcome = entaku("tenants", "export", "acme", *STORE)

    assert outcome.status == 0
    assert "warning: the store does not know of roles without members and shares: 'cook'" in outcome.err


def test_a_store_with_one_thing_that_has_no_meaning_here_makes_no_tenant(entaku: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "papers.fga.yaml"
    file.write_text(PAPERS, encoding="utf-8")

    outcome = entaku("tenants", "import", "papers", str(file))

    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.splitlines() == [
        f"{file}:13: tuples[1]: the model does not let 'user:bob' be 'approver' of 'paper:plan'",
        f"entaku: {file} has 1 flaw; nothing was changed",
    ]
    assert entaku("tenants", "list").status == 5


@pytest.mark.thorough
def test_openfga_agrees_on_the_demo_organisation(maru: CommandLine, tmp_path: Path) -> None:
    exported = maru.must("tenants", "export", "maru", *STORE, "--answers", "50")

    assert verdict(exported, tmp_path) == Verdict(checks=200, differences=())


def test_what_is_only_read_is_left_out_with_a_warning(maru: CommandLine) -> None:
    library = maru("libraries", "list", "--json").json()["items"][0]["library_id"]
    maru.must("libraries", "archive", library)

    outcome = maru("tenants", "export", "maru", *STORE, "--answers", "50")

    assert outcome.status == 0
    assert f'"library:{library}"' not in outcome.out
    assert f"archived and not in the store, which cannot say that they are only read: '{library}'" in outcome.err
