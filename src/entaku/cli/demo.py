"""The tenant of `entaku serve --demo`: made from the packaged organisation, and what to try on it first."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from entaku.core.config import PREFIX
from entaku.core.errors import NotFound

if TYPE_CHECKING:
    from entaku.main import App

DEMO_TENANT = "maru"
DEMO_USER = "ito.daichi"
"""An intern whose own share outranks the more generous one of his department."""
DEMO_LIBRARY = "fiction-manuscripts"

_ENGINE = (f"{PREFIX}TABLE", f"{PREFIX}DYNAMODB_")


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a demo that has just started."""

    address: str
    schema: str
    tenant_id: str
    user_id: str
    access_token: str
    curl: str
    why: str

    def text(self) -> str:
        return "\n".join(
            (
                f"entaku serves at {self.address}; stop it with Ctrl-C.",
                "",
                f"  API to read and try:  {self.schema}",
                f"  tenant {self.tenant_id}, as user {self.user_id}, for an hour with this access token:",
                "",
                self.access_token,
                "",
                "What this user reaches:",
                "",
                self.curl,
                "",
                "Why the user may only read what the department may write (in another terminal):",
                "",
                self.why,
            )
        )


async def furnish(app: App) -> bool:
    """Makes the demo's tenant unless it is there; whether it was made. One that was interrupted is finished."""
    from entaku.modules.accounts import NewTenant
    from entaku.modules.workspace import DEMO_FILE, read_workspace

    operator = app.operator(DEMO_TENANT)
    try:
        await app.accounts.tenants.get(operator, DEMO_TENANT)
        if (await app.accounts.tenants.settings(operator)).usage["libraries"]:
            return False
    except NotFound:
        pass
    workspace = read_workspace(DEMO_FILE)
    try:
        await app.accounts.tenants.get(operator, DEMO_TENANT)
    except NotFound:
        new = NewTenant(tenant_id=DEMO_TENANT, name=workspace.name or DEMO_TENANT)
        await app.accounts.tenants.create(operator, new)
    await app.importer.apply(operator, workspace)
    return True


def welcome(address: str, access_token: str, data: Path, *, is_default_data: bool) -> Welcome:
    """What to print once the server listens at the address."""
    libraries = f"{address}/api/users/{DEMO_USER}/libraries"
    folder = "" if is_default_data else f" --data {shlex.quote(str(data))}"
    # What this process was told and another terminal would not know.
    told = [f"{name}={shlex.quote(os.environ[name])} " for name in sorted(os.environ) if name.startswith(_ENGINE)]
    return Welcome(
        address=address,
        schema=f"{address}/schema",
        tenant_id=DEMO_TENANT,
        user_id=DEMO_USER,
        access_token=access_token,
        curl=f"curl -s -H 'Authorization: Bearer {access_token}' '{libraries}?limit=20'",
        why=f"{''.join(told)}{program_path()} why {DEMO_LIBRARY} {DEMO_USER} --tenant {DEMO_TENANT}{folder}",
    )


def program_path() -> str:
    """How the person can call this program again: its name, or its path where the shell would not find it."""
    called = Path(sys.argv[0])
    found = shutil.which("entaku")
    if called.name != "entaku" or (found and called.exists() and Path(found).samefile(called)):
        return "entaku"
    path = called.absolute()
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
