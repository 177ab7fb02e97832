"""Our own format: what it says, and what it is refused for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind
from entaku.modules.sharing import Permission
from entaku.modules.workspace import Share, User, Workspace
from tests.modules.workspace.reading import flaw_of, flaws_of, read

SMALL = """\
    name: Maru Books
    users:
      - {id: keiko, name: Keiko}
      - {id: emily, name: Emily, groups: [staff]}
    groups:
      - {id: staff, name: Staff}
    libraries:
      - id: guide
        name: Guide
        owner: keiko
        shares:
          - with: organisation
"""


def test_what_is_left_out_is_not_said_and_of_a_share_has_its_default() -> None:
    workspace = read(SMALL)

    assert workspace.policy is None
    assert workspace.users[1] == User(id="emily", name="Emily", groups=("staff",))
    assert workspace.libraries[0].shares == (Share(principal=ORGANISATION, permissions=(Permission.READ,)),)


def test_times_become_utc() -> None:
    workspace = read(
        SMALL.replace("with: organisation", "with: organisation\n            until: 2027-04-01T09:00:00+09:00")
    )

    assert workspace.libraries[0].shares[0].expires_at == datetime(2027, 4, 1, tzinfo=UTC)


def test_permissions_come_in_their_usual_order() -> None:
    workspace = read(SMALL.replace("with: organisation", "{with: user:emily, permissions: [share, read]}"))

    (share,) = workspace.libraries[0].shares
    assert share.principal == Principal(PrincipalKind.INDIVIDUAL, "emily")
    assert share.permissions == ("read", "share")


def test_names_are_composed_and_lose_the_space_around_them() -> None:
    assert read("name: ' Cafe\u0301 '").name == "Caf\u00e9"


def test_a_file_may_say_almost_nothing() -> None:
    assert read("users: []") == Workspace()


@pytest.mark.parametrize(
    ("text", "path", "line", "message"),
    [
        ("name: x\nuser: []", "user", 2, "did you mean 'users'?"),
        ("users:\n- id: a\n  name: A\n  rol: x", "users[0].rol", 4, "did you mean 'role'?"),
        ("roles:\n- {id: a}", "roles[0].name", 2, "`name` is missing"),
        ("users:\n- {id: 7, name: A}", "users[0].id", 2, 'write it in quotes: "7"'),
        ("users:\n- {id: 007, name: A}", "users[0].id", 2, 'write it in quotes: "007"'),
        ("users:", "users", 1, "nothing stands where a list is expected"),
        ("users: {}", "users", 1, "a mapping stands where a list is expected"),
        ("users:\n- {id: a, name: A, groups: staff}", "users[0].groups", 2, "write [staff]"),
        ("users:\n- {id: a, name: A, level: tenant-admin}", "users[0].level", 2, "did you mean 'tenant_admin'?"),
        ("users:\n- {id: a, name: A, service: 1}", "users[0].service", 2, "true or false is expected"),
        ("users:\n- {id: a, name: {}}", "users[0].name", 2, "a mapping stands where text is expected"),
        ("policy: unoin\nusers: []", "policy", 1, "did you mean 'union'?"),
        ("users:\n- a", "users[0]", 2, "'a' stands where keys with values are expected"),
    ],
)
def test_a_flaw_names_its_place_and_the_way_out(text: str, path: str, line: int, message: str) -> None:
    flaw = flaw_of(text)

    assert (flaw.file, flaw.path, flaw.line) == ("org.yaml", path, line)
    assert message in flaw.message


@pytest.mark.parametrize("at", ["2027-04-01", "2027-04-01T09:00:00", "tomorrow", "0001-01-01T00:00:00+09:00"])
def test_a_time_without_a_zone_is_refused(at: str) -> None:
    flaw = flaw_of(SMALL + f"            until: {at}\n")

    assert (flaw.path, flaw.line) == ("libraries[0].shares[0].until", 13)
    assert "2027-04-01T09:00:00+09:00" in flaw.message


def test_a_principal_is_refused_where_it_stands() -> None:
    flaw = flaw_of(SMALL.replace("organisation", "grp:staff"))

    assert (flaw.path, flaw.line) == ("libraries[0].shares[0].with", 12)
    assert "individual:ID" in flaw.message


def test_one_mistake_is_one_flaw() -> None:
    """A user without an id is not also reported as one whose id is malformed, or the same as another's."""
    flaws = flaws_of("users:\n- {name: A}\n- {name: B}\n")

    assert [flaw.path for flaw in flaws] == ["users[0].id", "users[1].id"]


def test_flaws_of_every_kind_come_together_by_line() -> None:
    flaws = flaws_of("users:\n- {id: a, name: A, role: boss}\n- {id: b}\nroles: 5\nname: ''\n")

    assert [flaw.path for flaw in flaws] == ["users[0].role", "users[1].name", "roles", "name"]
