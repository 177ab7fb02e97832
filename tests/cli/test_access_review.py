"""`entaku access --at` and `entaku access verify`, and the keys by which others verify."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine

FIRST_DATA_FILE = Path(__file__).parent / "data" / "first_data_file.sql"


@pytest.fixture
def office(entaku: CommandLine) -> CommandLine:
    """Ann owns the handbook; bob could write in it until the share was taken back."""
    entaku.must("tenants", "create", "acme", "--name", "Acme")
    for user in ("ann", "bob"):
        entaku.must("users", "create", user, "--name", user.title())
    entaku.must("libraries", "create", "handbook", "--name", "=Handbook", "--owner", "ann")
    entaku.must("share", "handbook", "individual:bob", "read,write")
    entaku.must("share", "handbook", "individual:bob", "--remove")
    return entaku


def shared_at(office: CommandLine) -> str:
    """The instant at which bob was let in."""
    records = office("audit", "library:handbook", "--json").json()["items"]
    return next(record["recorded_at"] for record in records if record["action"] == "share_added")


def signed(office: CommandLine, folder: Path) -> Path:
    file = folder / "review.json"
    office.must("access", "--at", shared_at(office), "--format", "json", "--output", str(file))
    return file


def test_an_instant_of_the_past_shows_who_could_do_what(office: CommandLine) -> None:
    then = office.must("access", "--at", shared_at(office))
    now = office.must("access", "--at", "now")

    assert "individual:bob" in then
    assert "bob" not in now


def test_one_user_and_one_library_can_be_asked_for(office: CommandLine) -> None:
    at = shared_at(office)

    assert "ann" not in office.must("access", "--at", at, "--user", "bob").splitlines()[1]
    assert len(office.must("access", "--at", at, "--library", "handbook").splitlines()) == 3
    assert office("access", "--at", at, "--user", "zed").status == 5


def test_csv_has_a_line_for_each_access_and_no_formulas(office: CommandLine) -> None:
    text = office.must("access", "--at", shared_at(office), "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["user_id"], row["permissions"], row["via"]) for row in rows] == [
        ("ann", "read write delete share", ""),
        ("bob", "read write", "individual:bob"),
    ]
    assert rows[0]["resource_name"] == "'=Handbook"


@pytest.mark.parametrize("name", ["＝1+1", "＋1", "－1", "＠SUM", "+1", "-1", "@SUM"])
def test_no_name_is_a_formula(entaku: CommandLine, name: str) -> None:
    entaku.must("tenants", "create", "acme", "--name", "Acme")
    entaku.must("users", "create", "ann", f"--name={name}")
    entaku.must("libraries", "create", "handbook", "--name", "手引き, 「第一」", "--owner", "ann")

    (row,) = csv.DictReader(io.StringIO(entaku.must("access", "--at", "now", "--format", "csv")))

    assert (row["user_name"], row["resource_name"]) == (f"'{name}", "手引き, 「第一」")


def test_a_signed_review_is_verified(office: CommandLine, tmp_path: Path) -> None:
    file = signed(office, tmp_path)

    found = office("access", "verify", str(file), "--json").json()

    assert (found["verified"], found["tenant_id"], found["made_by"]) == (True, "acme", "@operator")
    assert (found["users"], found["accesses"]) == (2, 2)
    assert file.stat().st_mode & 0o077 == 0


def test_json_on_standard_output_is_the_signed_document(office: CommandLine, tmp_path: Path) -> None:
    text = office.must("access", "--at", shared_at(office), "--json")
    (tmp_path / "review.json").write_text(text, encoding="utf-8")

    assert json.loads(text)["summary"]["accesses"] == 2
    assert office("access", "verify", str(tmp_path / "review.json")).status == 0


def test_a_changed_byte_is_refused_and_named(office: CommandLine, tmp_path: Path) -> None:
    file = signed(office, tmp_path)
    file.write_bytes(file.read_bytes().replace(b'"read","write"]', b'"read","share"]'))

    outcome = office("access", "verify", str(file))

    assert outcome.status == 2
    assert "is not what was signed: page 1" in outcome.err


def test_it_is_verified_offline_with_the_public_keys_after_a_rotation(office: CommandLine, tmp_path: Path) -> None:
    file, keys = signed(office, tmp_path), tmp_path / "keys.json"
    office.must("token", "--rotate-keys")
    keys.write_text(office.must("keys"), encoding="utf-8")
    nowhere = str(tmp_path / "nowhere")

    assert office("access", "verify", str(file), "--keys", str(keys), "--data", nowhere).status == 0
    unknown = office("access", "verify", str(file), "--data", nowhere)
    assert unknown.status == 2
    assert "not among the 0" in unknown.err


def test_a_review_that_rest_sent_is_the_same_and_is_verified(office: CommandLine, tmp_path: Path) -> None:
    office.must("users", "create", "root", "--name", "Root", "--level", "tenant_admin")
    ours, sent = signed(office, tmp_path), tmp_path / "sent.json"

    query = f"at={shared_at(office)}"
    office.must("call", "GET", f"/api/access-review/document?{query}", "--as", "root@acme", "--output", str(sent))
    found = office("access", "verify", str(sent), "--json").json()

    assert (found["tenant_id"], found["made_by"], found["accesses"]) == ("acme", "root", 2)
    assert json.loads(sent.read_bytes())["pages"] == [
        {**page, "previous": json.loads(sent.read_bytes())["pages"][0]["previous"]}
        for page in json.loads(ours.read_bytes())["pages"]
    ]


def test_a_review_of_another_tenant_is_told_from_that_of_the_tenant_that_is_named(
    office: CommandLine, tmp_path: Path
) -> None:
    file = signed(office, tmp_path)

    assert office("access", "verify", str(file), "--tenant", "acme").status == 0
    outcome = office("access", "verify", str(file), "--tenant", "maru")
    assert outcome.status == 2
    assert outcome.err == f"entaku: {file} is a review of tenant 'acme', and not of 'maru'\n"


@pytest.mark.parametrize("left", [0, 1, 100, -1, -2])
def test_a_document_that_is_cut_off_is_refused_in_one_line(office: CommandLine, tmp_path: Path, left: int) -> None:
    file = signed(office, tmp_path)
    file.write_bytes(file.read_bytes()[:left])

    outcome = office("access", "verify", str(file))

    assert outcome.status == 2
    assert outcome.err.startswith(f"entaku: {file} is not what was signed: ")
    assert outcome.err.count("\n") == 1


def test_files_that_cannot_be_read_are_named(office: CommandLine, tmp_path: Path) -> None:
    file = signed(office, tmp_path)

    assert "nofile.json cannot be read" in office("access", "verify", str(tmp_path / "nofile.json")).err
    assert "nokeys.json cannot be read" in office("access", "verify", str(file), "--keys", "nokeys.json").err


def test_instants_that_cannot_be_reviewed_are_refused(office: CommandLine) -> None:
    for when, words in (
        ("2020-01-01", "begins at"),
        ("0001-01-01", "begins at"),
        ("2999-01-01", "still to come"),
        ("2999-01-01T00:00Z", "still to come"),
        ("2026-11-01T12:00", "write date, time and zone"),
        ("2026-02-30", "no day"),
        ("noon", "no instant"),
    ):
        outcome = office("access", "--at", when)

        assert outcome.status == 2
        assert words in outcome.err


def test_a_table_is_not_written_to_a_file(office: CommandLine, tmp_path: Path) -> None:
    outcome = office("access", "--at", "now", "--output", str(tmp_path / "review.txt"))

    assert outcome.status == 2
    assert "--format csv" in outcome.err


def test_a_file_that_cannot_be_written_leaves_nothing(office: CommandLine, tmp_path: Path) -> None:
    outcome = office("access", "--at", "now", "--format", "csv", "--output", str(tmp_path / "none" / "review.csv"))

    assert outcome.status == 2
    assert "cannot be written" in outcome.err
    assert not (tmp_path / "none").exists()


def test_now_is_refused_where_the_trail_does_not_agree_with_the_shares(office: CommandLine) -> None:
    office.must("share", "handbook", "individual:bob")
    with closing(sqlite3.connect(office.data / "entaku.db")) as connection:
        found = connection.execute("DELETE FROM item WHERE pk LIKE '%AUDIT#library#handbook' AND data LIKE '%share_%'")
        connection.commit()
        assert found.rowcount == 3

    outcome = office("access", "--at", "now")

    assert outcome.status == 6
    assert "by the trail user 'bob' has nothing in library:handbook, by the shares read" in outcome.err


def test_a_trail_of_an_earlier_version_is_reviewed_once_it_is_in_the_index(entaku: CommandLine) -> None:
    entaku.data.mkdir(mode=0o700)
    with closing(sqlite3.connect(entaku.data / "entaku.db")) as connection:
        connection.executescript(FIRST_DATA_FILE.read_text(encoding="utf-8"))

    refused = entaku("access", "--at", "2026-05-01")
    entaku.must("table", "reindex", "--kind", "AUDIT")
    shown = entaku.must("access", "--at", "now")

    assert refused.status == 6
    assert "entaku table reindex --kind AUDIT" in refused.err
    assert "individual:ben" in shown
