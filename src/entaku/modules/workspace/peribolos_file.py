"""The keys of a Peribolos file that matter here; the many others set up GitHub itself and are passed over."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from entaku.core.errors import Flaw
from entaku.core.ids import shown
from entaku.modules.workspace.places import at_key
from entaku.modules.workspace.source import Node, Source

GitHubPermission: TypeAlias = Literal["none", "read", "triage", "write", "maintain", "admin"]
DefaultPermission: TypeAlias = Literal["none", "read", "write", "admin"]


class RepositoryEntry(msgspec.Struct, frozen=True):
    description: str | None = None
    private: bool | None = None
    """Left out, the repository is public."""
    collaborators: dict[str, GitHubPermission] | None = None


class TeamEntry(msgspec.Struct, frozen=True):
    description: str | None = None
    members: tuple[str, ...] | None = None
    maintainers: tuple[str, ...] | None = None
    """They may also change the team on GitHub; here they are members like the others."""
    previously: tuple[str, ...] | None = None
    repos: dict[str, GitHubPermission] | None = None
    teams: dict[str, TeamEntry | None] | None = None


class OrganisationEntry(msgspec.Struct, frozen=True):
    name: str | None = None
    default_repository_permission: DefaultPermission | None = None
    """What every member may do with every repository. Left out, the file grants nothing by it."""
    admins: tuple[str, ...] | None = None
    members: tuple[str, ...] | None = None
    teams: dict[str, TeamEntry | None] | None = None
    repos: dict[str, RepositoryEntry | None] | None = None


def chosen_organisation(source: Source) -> tuple[str, Node, tuple[Flaw, ...]]:
    """The one organisation of a file: the whole of it, or the only entry of its `orgs`."""
    top = source.root.value
    if not isinstance(top, dict) or "orgs" not in top:
        return "", source.root, ()
    organisations = top["orgs"].value
    if not isinstance(organisations, dict) or not organisations:
        return "orgs", Node({}, top["orgs"].line), (source.flaw("orgs", "no organisation is named here; name one"),)
    name, node = next(iter(organisations.items()))
    if len(organisations) == 1:
        return at_key("orgs", name), node, ()
    named = ", ".join(shown(key) for key in list(organisations)[:5])
    problem = f"{len(organisations)} organisations ({named}), but a tenant is one; put each in a file of its own"
    return at_key("orgs", name), node, (source.flaw("orgs", problem),)
