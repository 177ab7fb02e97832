"""`entaku import`: checked as a whole, safe to repeat, and honest about what is wrong."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from entaku.cli.exit_status import INTERRUPTED
from entaku.modules.workspace import DEMO_FILE, workspace_schema
from tests.cli.command_line import CommandLine, finish, on_terminal, start_interruptible

FLAWED = """\
users:
  - {id: ann, name: Ann, department: nowhere}
  - {id: ann, name: Ann again}
"""


def test_an_import_counts_what_it_did_and_repeating_it_changes_nothing(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "maru")

    first = entaku("import", str(DEMO_FILE), "--json").json()["counts"]
    second = entaku("import", str(DEMO_FILE), "--json").json()["counts"]

    assert first["users"] == {"created": 41, "changed": 0, "unchanged": 0, "removed": 0}
    assert second["users"] == {"created": 0, "changed": 0, "unchanged": 41, "removed": 0}


def test_an_import_tells_its_phases_and_warnings_beside_the_result(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "maru")

    outcome = entaku("import", str(DEMO_FILE), "--tenant", "maru")

    assert outcome.out.splitlines()[0].split() == ["WHAT", "CREATED", "CHANGED", "UNCHANGED", "REMOVED"]
    assert "entaku: users: 41 of 41\n" in outcome.err
    assert "entaku: libraries shared: 25 of 25\n" in outcome.err
    assert "entaku: warning: library annual-accounts" in outcome.err


def test_a_terminal_gets_a_bar_and_the_result_stays_clean(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "maru")

    outcome, shown = on_terminal(entaku.data, "stderr", "import", str(DEMO_FILE), "--json")

    assert "41/41" in shown
    assert outcome.json()["counts"]["users"]["created"] == 41


def test_an_interrupted_import_says_how_to_finish_it(entaku: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "many.yaml"
    users = "".join(f"  - {{id: u{number}, name: User}}\n" for number in range(3_000))
    file.write_text(f"roles:\n  - {{id: first, name: First}}\nusers:\n{users}", encoding="utf-8")
    process = start_interruptible(entaku.data, "tenants", "import", "acme", str(file))
    assert process.stderr is not None

    process.stderr.readline()  # The directory is done; the users begin.
    process.send_signal(signal.SIGINT)
    outcome = finish(process)

    assert (outcome.status, outcome.out) == (INTERRUPTED, "")
    assert "the same command again finishes it" in outcome.err


def test_pruning_removes_what_the_file_does_not_name(maru: CommandLine) -> None:
    maru.must("users", "create", "extra")

    counts = maru("import", str(DEMO_FILE), "--prune", "--json").json()["counts"]

    assert counts["users"]["removed"] == 1
    assert maru("users", "show", "extra").status == 5


def test_every_flaw_is_a_line_and_nothing_is_written(entaku: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "flawed.yaml"
    file.write_text(FLAWED, encoding="utf-8")
    entaku.must("tenants", "create", "acme")

    outcome = entaku("import", str(file))

    *flaws, summary = outcome.err.splitlines()
    assert outcome.status == 2
    assert len(flaws) == 2
    assert all(line.startswith((f"{file}:2: users[0]", f"{file}:3: users[1]")) for line in flaws)
    assert summary == f"entaku: {file} has 2 flaws; nothing was changed"
    assert entaku("users", "list", "--json").json()["items"] == []


def test_checking_needs_no_data(entaku: CommandLine) -> None:
    checked = entaku("import", str(DEMO_FILE), "--check-only", "--json").json()

    assert checked["counts"]["libraries"] == 25
    assert not entaku.data.exists()


def test_checking_with_a_tenant_finds_what_the_tenant_would_refuse(maru: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text("users:\n- id: ito.daichi\n  name: Ito Daichi\n  service: true\n")
    alone = maru("import", str(file), "--check-only")

    checked = maru("import", str(file), "--check-only", "--tenant", "maru")

    assert (alone.status, checked.status) == (0, 2)
    assert "ito.daichi" in checked.err


def test_a_file_that_is_not_there_is_told(entaku: CommandLine) -> None:
    outcome = entaku("import", "nothing.yaml")

    assert outcome.status == 2
    assert outcome.err == "entaku: nothing.yaml cannot be read: No such file or directory\n"


def test_the_schema_is_for_editors(entaku: CommandLine) -> None:
    assert json.loads(entaku.must("import", "--schema")) == workspace_schema()


def test_a_file_must_be_named(entaku: CommandLine) -> None:
    assert entaku("import").status == 2
