"""The data folder of a run: an organisation imported by the command line, a token for each of its people.

Tokens are minted in this process, with the keys of the folder that the service reads too.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from entaku.main import build, configure
from entaku.modules.sharing import NewLibrary
from entaku.modules.workspace import Workspace, read_workspace
from load.plans import ADMINISTRATOR_LEVEL, PRIVATE_LIBRARIES, TENANT, private_library
from load.service import run_entaku


class Furnished(msgspec.Struct, frozen=True):
    """What was put into the folder, and who may ask for it."""

    workspace: Workspace
    tokens: dict[str, str]
    """By user id; one for every user."""

    @property
    def users(self) -> list[str]:
        """The people: the account that owns the imported libraries is not one."""
        return [user.id for user in self.workspace.users if not user.is_service]

    @property
    def administrator(self) -> str:
        return next(user.id for user in self.workspace.users if user.level == ADMINISTRATOR_LEVEL)

    @property
    def listed_by_all(self) -> list[str]:
        """Libraries that are shared with the organisation."""
        return [
            library.id
            for library in self.workspace.libraries
            if any(share.principal.kind.value == "organisation" for share in library.shares)
        ]

    @property
    def counts(self) -> str:
        """What is in it, for a report."""
        libraries = len(self.workspace.libraries)
        return f"{len(self.users)} people, {libraries} libraries, {len(self.listed_by_all)} of them shared with all"


def furnish(data: Path, file: Path) -> Furnished:
    """Makes the folder, its tenant and the organisation in it."""
    # Grants of teams add up where the file comes from.
    run_entaku("tenants", "create", TENANT, "--policy", "union", "--data", str(data))
    # How fast it can be is asked here, and not how fast it may be.
    run_entaku("tenants", "change", TENANT, "--set-limit", "requests_per_s=1000000", "--data", str(data))
    run_entaku("import", str(file), "--tenant", TENANT, "--data", str(data))
    workspace = read_workspace(file)
    return asyncio.run(_with_tokens(data, workspace))


async def _with_tokens(data: Path, workspace: Workspace) -> Furnished:
    app = await build(configure(data, {}))
    try:
        tokens = {user.id: app.tokens.mint(TENANT, user.id) for user in workspace.users}
        furnished = Furnished(workspace, tokens)
        for number in range(PRIVATE_LIBRARIES):
            library_id = private_library(number)
            new = NewLibrary(name=library_id, library_id=library_id, owner=furnished.administrator)
            await app.sharing.libraries.create(app.operator(TENANT), new)
        return furnished
    finally:
        await app.close()
