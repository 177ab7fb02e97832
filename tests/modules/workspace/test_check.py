"""What makes a workspace whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from entaku.core.errors import Flaw
from entaku.modules.accounts import (
    DEPARTMENT_LEVELS_MAX,
    GROUP_LEVELS_MAX,
    ORGANISATION,
    Principal,
    PrincipalKind,
    individual,
)
from entaku.modules.sharing import Permission
from entaku.modules.workspace import Department, Group, Library, Role, Share, User, Workspace, check_workspace
from entaku.modules.workspace.flaws import FLAWS_MAX

KEIKO = User(id="keiko", name="Keiko")
STAFF = Group(id="staff", name="Staff")
GUIDE = Library(id="guide", name="Guide", owner="keiko")
NOON = datetime(2027, 4, 1, 12, tzinfo=UTC)


def only_flaw(workspace: Workspace) -> Flaw:
    (flaw,) = check_workspace(workspace)
    return flaw


def shared(*shares: Share) -> Workspace:
    return Workspace(users=(KEIKO,), groups=(STAFF,), libraries=(msgspec.structs.replace(GUIDE, shares=shares),))


def chain(length: int) -> tuple[Department, ...]:
    return tuple(Department(id=f"d{n}", name="D", parent=f"d{n - 1}" if n else None) for n in range(length))


def test_a_whole_workspace_has_no_flaws() -> None:
    assert check_workspace(shared(Share(principal=ORGANISATION))) == ()


@pytest.mark.parametrize(
    ("workspace", "path", "message"),
    [
        (Workspace(users=(KEIKO, KEIKO)), "users[1].id", "earlier user"),
        (Workspace(roles=(Role(id="a b", name="A"),)), "roles[0].id", "position 2"),
        (Workspace(name=""), "name", "1 to 200"),
        (Workspace(name="a\nb"), "name", "cannot be shown"),
        (Workspace(roles=(Role(id="a", name="x" * 201),)), "roles[0].name", "201 characters"),
        (Workspace(users=(User(id="a", name="A", email="a.example.com"),)), "users[0].email", "no e-mail address"),
        (Workspace(users=(User(id="a", name="A", role="boss"),)), "users[0].role", "no role 'boss'"),
        (Workspace(users=(User(id="a", name="A", department="d"),)), "users[0].department", "no department 'd'"),
        (
            Workspace(departments=(Department(id="a", name="A", parent="b"),)),
            "departments[0].parent",
            "no department 'b'",
        ),
        (Workspace(groups=(Group(id="a", name="A", parents=("b",)),)), "groups[0].parents[0]", "no group 'b'"),
        (Workspace(groups=(Group(id="a", name="A", description="x" * 2001),)), "groups[0].description", "at most 2000"),
        (Workspace(libraries=(GUIDE,)), "libraries[0].owner", "no user 'keiko'"),
        (
            Workspace(users=(User(id="a", name="A", groups=("staff", "staff")),), groups=(STAFF,)),
            "users[0].groups[1]",
            "named twice",
        ),
    ],
)
def test_each_part_is_checked(workspace: Workspace, path: str, message: str) -> None:
    flaw = only_flaw(workspace)

    assert flaw.path == path
    assert message in flaw.message


def test_e_mails_are_unique_whatever_their_case() -> None:
    users = (User(id="a", name="A", email="A@maru.example"), User(id="b", name="B", email="a@Maru.example"))

    assert only_flaw(Workspace(users=users)).path == "users[1].email"


def test_an_unknown_reference_suggests_the_nearest() -> None:
    users = (User(id="emily", name="Emily", groups=("stuff",)),)

    assert "did you mean 'staff'?" in only_flaw(Workspace(users=users, groups=(STAFF,))).message


@pytest.mark.parametrize(
    ("share", "key", "message"),
    [
        (Share(principal=individual("keiko")), "with", "owns the library"),
        (Share(principal=Principal(PrincipalKind.ROLE, "editor")), "with", "no role 'editor'"),
        (Share(principal=ORGANISATION, permissions=(Permission.WRITE,)), "permissions", "includes read"),
        (Share(principal=ORGANISATION, permissions=()), "permissions", "includes read"),
        (Share(principal=ORGANISATION, starts_at=NOON, expires_at=NOON), "until", "never count"),
        (Share(principal=ORGANISATION, include_children=False), "include_children", "only a share with a department"),
        (Share(principal=ORGANISATION, delegated_by="a b"), "granted_by", "position 2"),
    ],
)
def test_shares_are_checked(share: Share, key: str, message: str) -> None:
    flaw = only_flaw(shared(share))

    assert flaw.path == f"libraries[0].shares[0].{key}"
    assert message in flaw.message


def test_a_share_may_end_an_instant_after_it_starts() -> None:
    share = Share(principal=ORGANISATION, starts_at=NOON, expires_at=NOON + timedelta(milliseconds=1))

    assert check_workspace(shared(share)) == ()


def test_an_instant_is_a_millisecond() -> None:
    share = Share(principal=ORGANISATION, starts_at=NOON, expires_at=NOON + timedelta(microseconds=999))

    assert only_flaw(shared(share)).path == "libraries[0].shares[0].until"


def test_a_principal_stands_once_in_a_library() -> None:
    twice = Share(principal=Principal(PrincipalKind.GROUP, "staff"))

    assert only_flaw(shared(twice, twice)).path == "libraries[0].shares[1].with"


def test_departments_nest_as_deep_as_allowed_and_no_deeper() -> None:
    assert check_workspace(Workspace(departments=chain(DEPARTMENT_LEVELS_MAX))) == ()

    flaw = only_flaw(Workspace(departments=chain(DEPARTMENT_LEVELS_MAX + 5)))

    assert flaw.path == f"departments[{DEPARTMENT_LEVELS_MAX}].parent"


def test_the_longest_way_through_groups_counts() -> None:
    """A group that lies at the top and also below 32 others lies too deep."""
    groups = [Group(id=f"g{n}", name="G", parents=(f"g{n - 1}",) if n else ()) for n in range(GROUP_LEVELS_MAX)]
    last = Group(id="last", name="G", parents=("g0", f"g{GROUP_LEVELS_MAX - 1}"))

    assert "level 33" in only_flaw(Workspace(groups=(*groups, last))).message


def test_a_cycle_is_told_once_and_in_order() -> None:
    ways = {"a": ("b",), "b": ("c",), "c": ("a",), "below": ("a",)}
    groups = tuple(Group(id=group_id, name="G", parents=parents) for group_id, parents in ways.items())

    assert "'a' in 'b' in 'c' in 'a'" in only_flaw(Workspace(groups=groups)).message


def test_a_group_in_itself_is_a_cycle() -> None:
    assert "'a' in 'a'" in only_flaw(Workspace(groups=(Group(id="a", name="A", parents=("a",)),))).message


def test_separate_cycles_are_separate_flaws() -> None:
    ways = {"a": "b", "b": "a", "c": "d", "d": "c"}
    departments = tuple(Department(id=child, name="D", parent=parent) for child, parent in ways.items())

    assert len(check_workspace(Workspace(departments=departments))) == 2


def test_the_search_for_flaws_has_an_end() -> None:
    users = tuple(User(id="same", name="A") for _ in range(FLAWS_MAX + 500))

    assert len(check_workspace(Workspace(users=users))) == FLAWS_MAX
