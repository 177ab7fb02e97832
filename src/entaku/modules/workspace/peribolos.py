"""Reads a GitHub organisation as Peribolos, the tool of the Kubernetes project, describes it.

Teams become groups and repositories libraries, owned by one service user; people are users, organisation admins tenant
administrators. On GitHub the permissions of teams add up, so the policy is `union`. `peribolos_file.py` has the keys.
Of people it says only who administers and who is in which team; who is deactivated, and any address, stays.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from entaku.core.errors import Flaw
from entaku.core.ids import shown
from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind, individual
from entaku.modules.sharing import Permission
from entaku.modules.workspace.decode import decode
from entaku.modules.workspace.github_names import login_id, repository_id, team_slug
from entaku.modules.workspace.model import Group, Level, Library, Share, User, Workspace, normal_text
from entaku.modules.workspace.peribolos_file import GitHubPermission, OrganisationEntry, TeamEntry, chosen_organisation
from entaku.modules.workspace.places import at_index, at_key
from entaku.modules.workspace.reading import Reading
from entaku.modules.workspace.source import Source

GRANTS: dict[GitHubPermission, tuple[Permission, ...]] = {
    "none": (),
    "read": (Permission.READ,),
    "triage": (Permission.READ,),
    "write": (Permission.READ, Permission.WRITE),
    "maintain": (Permission.READ, Permission.WRITE, Permission.SHARE),
    "admin": tuple(Permission),
}
OWNER_ID = "github.repositories"
"""The service user that owns the repositories. No login holds a point, so it is nobody's."""


def read_peribolos(source: Source) -> Reading:
    """The workspace that an organisation amounts to, and where in the file each part of it was first named."""
    place, node, flaws = chosen_organisation(source)
    entry, decode_flaws = decode(source, node, place, OrganisationEntry)
    organisation = _Organisation(source, place)
    organisation.read(entry)
    return Reading(organisation.workspace(entry), (*flaws, *decode_flaws, *organisation.flaws), organisation.places())


class _Person:
    def __init__(self, login: str, place: str, level: Level) -> None:
        self.login = login
        self.place = place
        self.level: Level = level
        self.groups: list[str] = []


class _Team:
    def __init__(self, name: str, place: str, entry: TeamEntry, parent: str | None) -> None:
        self.name = name
        self.place = place
        self.entry = entry
        self.parent = parent


class _Repository:
    def __init__(self, name: str, place: str) -> None:
        self.name = name
        self.place = place
        self.description: str | UnsetType = UNSET
        self.discoverable: bool | UnsetType = UNSET
        self.shares: list[tuple[Share, str]] = []


class _Organisation:
    """Collects people, teams and repositories by id, in the order in which the file names them."""

    def __init__(self, source: Source, place: str) -> None:
        self.source = source
        self.place = place
        self.people: dict[str, _Person] = {}
        self.teams: dict[str, _Team] = {}
        self.repositories: dict[str, _Repository] = {}
        self.flaws: list[Flaw] = []

    def read(self, entry: OrganisationEntry) -> None:
        self._members(entry)
        self._teams(entry.teams or {}, at_key(self.place, "teams"), parent=None)
        self._former_names()
        self._repositories(entry)
        for group_id, team in self.teams.items():
            self._team_members(group_id, team)
            self._team_repositories(group_id, team)
        self._collaborators(entry)
        self._default_permission(entry)

    def workspace(self, entry: OrganisationEntry) -> Workspace:
        name = entry.name or None
        owner = User(id=OWNER_ID, name="GitHub repositories", is_service=True)
        users = [
            User(id=user_id, name=person.login, level=person.level, groups=tuple(person.groups))
            for user_id, person in self.people.items()
        ]
        return Workspace(
            name=None if name is None else normal_text(name),
            policy="union",
            groups=tuple(
                Group(
                    id=group_id,
                    name=normal_text(team.name),
                    description=_description(team.entry.description),
                    parents=() if team.parent is None else (team.parent,),
                )
                for group_id, team in self.teams.items()
            ),
            users=(*users, owner) if self.repositories else tuple(users),
            libraries=tuple(
                Library(
                    id=library_id,
                    name=repository.name,
                    owner=OWNER_ID,
                    description=repository.description,
                    discoverable=repository.discoverable,
                    shares=tuple(share for share, _ in repository.shares),
                )
                for library_id, repository in self.repositories.items()
            ),
        )

    def places(self) -> dict[str, str]:
        """Where each part of the workspace stands in the file."""
        places = {"name": at_key(self.place, "name")}
        places |= {at_index("users", index): person.place for index, person in enumerate(self.people.values())}
        places |= {at_index("groups", index): team.place for index, team in enumerate(self.teams.values())}
        for index, repository in enumerate(self.repositories.values()):
            library = at_index("libraries", index)
            places[library] = repository.place
            for position, (_, place) in enumerate(repository.shares):
                places[at_index(at_key(library, "shares"), position)] = place
        return places

    def _members(self, entry: OrganisationEntry) -> None:
        for index, login in enumerate(entry.admins or ()):
            self._person(login, at_index(at_key(self.place, "admins"), index), level="tenant_admin")
        for index, login in enumerate(entry.members or ()):
            place = at_index(at_key(self.place, "members"), index)
            if self._person(login, place).level == "tenant_admin":
                self._note(place, f"{shown(login)} is an admin too; name a person in one of the two lists")

    def _person(self, login: str, place: str, level: Level = "member") -> _Person:
        """The person with this login; GitHub takes logins that differ in case alone for the same."""
        return self.people.setdefault(login_id(login), _Person(login, place, level))

    def _teams(self, teams: dict[str, TeamEntry | None], place: str, parent: str | None) -> None:
        for name, entry in teams.items():
            team_place = at_key(place, name)
            team, slug = entry or TeamEntry(), team_slug(name)
            if not slug:
                self._note(team_place, f"team name {shown(name)} makes no id; it needs a latin letter or a digit")
            elif slug in self.teams:
                both = f"{shown(self.teams[slug].name)} and {shown(name)}"
                self._note(team_place, f"teams {both} would both have the id {shown(slug)}; rename one")
            else:
                self.teams[slug] = _Team(name, team_place, team, parent)
            self._teams(team.teams or {}, at_key(team_place, "teams"), parent=slug or parent)

    def _former_names(self) -> None:
        """Former names are not read, but one that another team has, or had, says that a rename went wrong."""
        former: dict[str, str] = {}
        for group_id, team in self.teams.items():
            for index, name in enumerate(team.entry.previously or ()):
                slug = team_slug(name)
                if not slug:
                    continue
                place = at_index(at_key(team.place, "previously"), index)
                holder = former.setdefault(slug, group_id)
                if slug in self.teams and slug != group_id:
                    self._note(place, f"{shown(name)} is the name of another team today; remove it here, or rename one")
                elif holder != group_id:
                    other = self.teams[holder].name
                    self._note(place, f"{shown(name)} is a former name of team {shown(other)} too; keep one")

    def _repositories(self, entry: OrganisationEntry) -> None:
        for name, settings in (entry.repos or {}).items():
            place = at_key(at_key(self.place, "repos"), name)
            earlier = self.repositories.get(repository_id(name))
            if earlier is not None:
                self._note(place, f"{shown(earlier.name)} and {shown(name)} are one repository to us; keep one")
                continue
            repository = self._repository(name, place)
            if settings is not None:
                repository.description = _description(settings.description)
                repository.discoverable = not settings.private

    def _repository(self, name: str, place: str) -> _Repository:
        repository = self.repositories.setdefault(repository_id(name), _Repository(name, place))
        if repository.name.casefold() != name.casefold():
            self._note(place, f"repositories {shown(repository.name)} and {shown(name)} would have one id; rename one")
        return repository

    def _team_members(self, group_id: str, team: _Team) -> None:
        """Whom a team names and the organisation does not becomes a member: GitHub invites such people to both."""
        for key, logins in (("members", team.entry.members), ("maintainers", team.entry.maintainers)):
            for index, login in enumerate(logins or ()):
                person = self._person(login, at_index(at_key(team.place, key), index))
                if group_id not in person.groups[-1:]:
                    person.groups.append(group_id)

    def _team_repositories(self, group_id: str, team: _Team) -> None:
        granted: set[str] = set()
        for name, permission in (team.entry.repos or {}).items():
            place = at_key(at_key(team.place, "repos"), name)
            if repository_id(name) in granted:
                self._note(
                    place, f"team {shown(team.name)} is granted {shown(name)} twice, spelt differently; keep one"
                )
                continue
            repository = self._repository(name, place)
            granted.add(repository_id(name))
            self._share(repository, Principal(PrincipalKind.GROUP, group_id), permission, place)

    def _collaborators(self, entry: OrganisationEntry) -> None:
        opens_everything = GRANTS[entry.default_repository_permission or "none"] != ()
        for name, settings in (entry.repos or {}).items():
            if settings is None:
                continue
            place = at_key(at_key(at_key(self.place, "repos"), name), "collaborators")
            repository = self.repositories[repository_id(name)]
            for login, permission in (settings.collaborators or {}).items():
                if opens_everything and login_id(login) not in self.people:
                    self._note(
                        at_key(place, login),
                        f"{shown(login)} is no member; as a user of the tenant they would reach every repository by the"
                        " default permission; make them a member, remove them, or set the default to none",
                    )
                self._person(login, at_key(place, login))
                self._share(repository, individual(login_id(login)), permission, at_key(place, login))

    def _default_permission(self, entry: OrganisationEntry) -> None:
        for repository in self.repositories.values():
            place = at_key(self.place, "default_repository_permission")
            self._share(repository, ORGANISATION, entry.default_repository_permission or "none", place)

    def _share(self, repository: _Repository, principal: Principal, permission: GitHubPermission, place: str) -> None:
        permissions = GRANTS[permission]
        if permissions:
            repository.shares.append((Share(principal=principal, permissions=permissions), place))

    def _note(self, place: str, message: str) -> None:
        self.flaws.append(self.source.flaw(place, message))


def _description(text: str | None) -> str | UnsetType:
    return UNSET if text is None else normal_text(text)
