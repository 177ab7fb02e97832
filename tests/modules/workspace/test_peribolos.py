"""A GitHub organisation becomes a workspace."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind, individual
from entaku.modules.sharing import Permission
from entaku.modules.workspace import Library, Share, User, Workspace
from tests.modules.workspace.reading import flaw_of, flaws_of, read

ACME = """\
    name: Acme
    default_repository_permission: read
    has_organization_projects: true
    admins: [Ada]
    members: [bob, Carol]
    teams:
      Docs & Web:
        description: Writers
        privacy: closed
        previously: [writers]
        members: [bob]
        maintainers: [ada]
        repos: {website: write, .github: maintain}
        teams:
          translators:
            members: [carol, BOB, dora]
            repos: {website: triage}
      empty:
    repos:
      website: {description: The site, has_wiki: false}
      vault: {private: true}
"""


def library(workspace: Workspace, library_id: str) -> Library:
    return next(found for found in workspace.libraries if found.id == library_id)


def group(group_id: str) -> Principal:
    return Principal(PrincipalKind.GROUP, group_id)


def test_teams_become_groups_and_nest() -> None:
    workspace = read(ACME)

    assert [(g.id, g.name, g.parents) for g in workspace.groups] == [
        ("docs-web", "Docs & Web", ()),
        ("translators", "translators", ("docs-web",)),
        ("empty", "empty", ()),
    ]
    assert workspace.policy == "union"


def test_one_person_is_one_user_however_written() -> None:
    """Dora is named by a team only; GitHub would invite her into the organisation, so she is a user too."""
    users = read(ACME).users

    assert users == (
        User(id="ada", name="Ada", level="tenant_admin", groups=("docs-web",)),
        User(id="bob", name="bob", level="member", groups=("docs-web", "translators")),
        User(id="carol", name="Carol", level="member", groups=("translators",)),
        User(id="dora", name="dora", level="member", groups=("translators",)),
        User(id="github.repositories", name="GitHub repositories", is_service=True),
    )


def test_repositories_become_libraries_of_a_service_user() -> None:
    libraries = read(ACME).libraries

    assert [(found.id, found.name, found.discoverable) for found in libraries] == [
        ("website", "website", True),
        ("vault", "vault", False),
        ("repo.github", ".github", UNSET),
    ]
    assert {found.owner for found in libraries} == {"github.repositories"}


def test_grants_of_teams_and_the_default_permission_become_shares() -> None:
    assert library(read(ACME), "website").shares == (
        Share(principal=group("docs-web"), permissions=(Permission.READ, Permission.WRITE)),
        Share(principal=group("translators")),
        Share(principal=ORGANISATION),
    )


@pytest.mark.parametrize(
    ("permission", "permissions"),
    [
        ("read", ("read",)),
        ("triage", ("read",)),
        ("write", ("read", "write")),
        ("maintain", ("read", "write", "share")),
        ("admin", ("read", "write", "delete", "share")),
    ],
)
def test_each_permission_of_github_has_its_own(permission: str, permissions: tuple[str, ...]) -> None:
    workspace = read(f"teams: {{t: {{repos: {{r: {permission}}}}}}}")

    assert [share.permissions for share in workspace.libraries[0].shares] == [permissions]


def test_none_grants_nothing() -> None:
    workspace = read("default_repository_permission: none\nteams: {t: {repos: {r: none}}}")

    assert workspace.libraries[0].shares == ()


def test_an_organisation_without_repositories_needs_no_owner() -> None:
    assert [user.id for user in read("members: [a]").users] == ["a"]


def test_an_organisation_may_be_the_only_entry_of_orgs() -> None:
    nested = "orgs:\n  acme:\n" + "".join(f"    {line}\n" for line in ACME.splitlines())

    assert read(nested) == read(ACME)


def test_two_organisations_are_no_tenant() -> None:
    flaw = flaw_of("orgs:\n  a: {members: [x]}\n  b: {members: [y]}\n")

    assert (flaw.path, flaw.line) == ("orgs", 1)


def test_a_collaborator_has_a_share_of_their_own() -> None:
    workspace = read("members: [bob]\nrepos: {r: {collaborators: {Bob: write, guest: read}}}")

    assert [share.principal for share in workspace.libraries[0].shares] == [individual("bob"), individual("guest")]


def test_an_outsider_is_not_let_in_by_the_default_permission() -> None:
    flaw = flaw_of("default_repository_permission: read\nrepos:\n  r:\n    collaborators:\n      guest: read\n")

    assert (flaw.path, flaw.line) == ("repos.r.collaborators.guest", 5)


@pytest.mark.parametrize(
    ("text", "path", "line", "message"),
    [
        ("admins: [Ada]\nmembers: [bob, ada]", "members[1]", 2, "is an admin too"),
        ("teams:\n  A b: {}\n  a-B: {}", "teams.a-B", 3, "would both have the id 'a-b'"),
        ("teams:\n  a:\n    teams:\n      A: {}", "teams.a.teams.A", 4, "would both have the id 'a'"),
        ("teams:\n  開発: {}", 'teams["開発"]', 2, "a latin letter or a digit"),
        ("teams:\n  a: {}\n  b:\n    previously: [A]", "teams.b.previously[0]", 4, "another team today"),
        ("teams:\n  a: {previously: [x]}\n  b: {previously: [X]}", "teams.b.previously[0]", 3, "of team 'a' too"),
        ("teams:\n  a:\n    repos:\n      r: read\n      R: admin", "teams.a.repos.R", 5, "granted 'R' twice"),
        ("teams:\n  a:\n    repos:\n      r: wirte", "teams.a.repos.r", 4, "did you mean 'write'?"),
        ("teams:\n  a: {repos: {.x: read}}\n  b: {repos: {repo.x: read}}", 'teams.b.repos["repo.x"]', 3, "one id"),
        ("repos:\n  r: {}\n  R: {}", "repos.R", 3, "one repository"),
        ("teams:\n  a:\n    member: [x]", "teams.a.member", 3, "did you mean 'members'?"),
        ("members:\n- a\n- 'x y'", "members[1]", 3, "position 2"),
        ("default_repository_permission: triage\nteams: {}", "default_repository_permission", 1, "none of"),
        ("orgs: {}", "orgs", 1, "no organisation"),
    ],
)
def test_a_flaw_names_its_place_in_the_file(text: str, path: str, line: int, message: str) -> None:
    flaw = flaw_of(text)

    assert (flaw.path, flaw.line) == (path, line)
    assert message in flaw.message


def test_teams_nest_as_deep_as_groups() -> None:
    text = "teams: {t0: " + "".join(f"{{teams: {{t{n}: " for n in range(1, 34)) + "{}" + "}}" * 33 + "}"

    (flaw,) = flaws_of(text)

    assert "level 33" in flaw.message


def test_a_team_may_keep_its_own_former_name() -> None:
    assert len(read("teams: {Docs: {previously: [docs]}}").groups) == 1


def test_other_settings_of_the_tool_are_passed_over() -> None:
    assert read("members: [a]\nbilling_email: x@example.com\nmembers_can_create_repositories: false").users != ()


def test_a_misspelt_default_permission_is_one_flaw() -> None:
    """It is not also taken for one that would let the outsider in."""
    flaw = flaw_of("default_repository_permission: raed\nrepos: {r: {collaborators: {guest: read}}}")

    assert flaw.path == "default_repository_permission"
