"""`entaku requests` and `entaku undo`: access asked for and answered, changes of shares taken back, and their trail."""

from __future__ import annotations

import pytest

from tests.cli.command_line import CommandLine


@pytest.fixture
def office(entaku: CommandLine) -> CommandLine:
    """Ann's handbook, for which Bob and Cleo ask."""
    entaku.must("tenants", "create", "acme", "--name", "Acme")
    for user in ("ann", "bob", "cleo"):
        entaku.must("users", "create", user, "--name", user.title())
    entaku.must("libraries", "create", "handbook", "--name", "Handbook", "--owner", "ann")
    entaku.must("requests", "ask", "handbook", "bob", "read,write", "--message", "for the series")
    entaku.must("requests", "ask", "handbook", "cleo")
    return entaku


def states(command_line: CommandLine, user: str) -> list[tuple[str, str]]:
    listed = command_line("requests", "list", "--asked-by", user, "--json").json()
    return [(item["resource"]["id"], item["state"]) for item in listed["items"]]


def test_requests_wait_to_be_decided(office: CommandLine) -> None:
    everything = office("requests", "list", "--json").json()["items"]
    of_one = office("requests", "list", "handbook", "--json").json()["items"]

    assert sorted(item["user_id"] for item in everything) == ["bob", "cleo"]
    assert sorted(item["user_id"] for item in of_one) == ["bob", "cleo"]


def test_a_request_is_approved_by_its_id_or_by_library_and_user(office: CommandLine) -> None:
    request_id = next(
        item["request_id"] for item in office("requests", "list", "--json").json()["items"] if item["user_id"] == "bob"
    )

    office.must("requests", "approve", request_id)
    office.must("requests", "approve", "handbook", "cleo", "--permissions", "read,delete")

    shares = office("share", "handbook", "--json").json()["items"]
    granted = {share["principal"]["id"]: share["terms"]["permissions"] for share in shares}
    assert granted == {"bob": ["read", "write"], "cleo": ["read", "delete"]}
    assert states(office, "bob") == [("handbook", "approved")]


def test_what_is_denied_is_told_to_who_may_know(office: CommandLine) -> None:
    office.must("requests", "deny", "handbook", "cleo", "--reason", "not now")

    assert states(office, "cleo") == [("handbook", "pending")]
    assert "nothing that cleo asked for waits" in office("requests", "approve", "handbook", "cleo").err
    office.must("libraries", "change", "handbook", "--discoverable")
    assert states(office, "cleo") == [("handbook", "denied")]


def test_a_request_is_withdrawn(office: CommandLine) -> None:
    office.must("requests", "withdraw", "handbook", "bob")

    assert states(office, "bob") == []
    assert "bob has not asked for library handbook" in office("requests", "withdraw", "handbook", "bob").err


def test_who_has_it_already_is_told_so(office: CommandLine) -> None:
    assert "has that access to library handbook already" in office.must("requests", "ask", "handbook", "ann")


def test_a_change_of_shares_is_taken_back_and_brought_back(office: CommandLine) -> None:
    change = office("share", "handbook", "organisation", "read,write", "--json").json()["change_id"]

    trial = office("undo", change, "--dry-run", "--json").json()
    undone = office("undo", change, "--json").json()

    assert trial["resources"][0]["state"] == "would_be_undone"
    assert undone["resources"][0]["removed"] == [{"kind": "organisation", "id": "organisation"}]
    assert office("share", "handbook", "--json").json()["items"] == []
    office.must("undo", "--latest", "handbook")
    assert len(office("share", "handbook", "--json").json()["items"]) == 1


def test_what_was_changed_since_is_left_alone(office: CommandLine) -> None:
    change = office("share", "handbook", "organisation", "--json").json()["change_id"]
    office.must("share", "handbook", "organisation", "read,write")

    refused = office("undo", change)

    assert "has changed since: share_changed of organisation by '@operator'" in refused.err
    assert office("undo", "never").err == "entaku: there is no change 'never'\n"
    assert "which change?" in office("undo").err


def test_the_trail_is_asked_by_actor_and_by_day(office: CommandLine) -> None:
    day = office("audit", "library:handbook", "--json").json()["items"][0]["recorded_at"][:10]

    by_actor = office("audit", "--actor", "@operator", "--json", "--all").json()["items"]
    on_day = office("audit", "--day", day, "--json", "--all").json()["items"]
    none = office("audit", "--actor", "@operator", "--to", "2026-01-01T00:00Z", "--json").json()["items"]

    assert {record["action"] for record in by_actor} >= {"library_created", "access_requested", "user_created"}
    assert on_day == by_actor
    assert none == []
    assert "name one of TARGET, --actor USER and --day DAY" in office("audit", "user:ann", "--actor", "ann").err


def test_what_an_import_did_to_shares_is_undone_as_a_whole(entaku: CommandLine) -> None:
    from entaku.modules.workspace import DEMO_FILE

    entaku.must("tenants", "create", "maru", "--name", "Maru")
    report = entaku("import", str(DEMO_FILE), "--json").json()

    undone = entaku("undo", report["change_id"], "--json").json()
    again = entaku("import", str(DEMO_FILE), "--json").json()

    assert report["counts"]["shares"]["created"] == 52
    assert {each["state"] for each in undone["resources"]} == {"undone"}
    assert again["counts"]["shares"]["created"] == 52
    assert again["counts"]["libraries"]["created"] == 0
