"""Whatever file comes after whatever other: it is refused before anything is written, or it is done for good."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from entaku.main import App
from entaku.modules.workspace import ImportReport, Workspace
from tests.modules.workspace.importing import Imports
from tests.modules.workspace.workspaces import workspaces

pytestmark = pytest.mark.thorough

FILES = st.lists(workspaces(ids=("a", "b", "c", "d")), min_size=2, max_size=3)
NUMBERS = count()


@given(files=FILES, prune=st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_a_file_is_refused_as_a_whole_or_done_for_good(
    app: App, settled: Callable[[], Awaitable[None]], files: list[Workspace], prune: bool
) -> None:
    tenant = await Imports(app, f"tenant-{next(NUMBERS)}", settled).create()

    for file in files:
        flaws = await tenant.flaws(file, prune=prune)
        event(flaws[0].partition(" ")[2] if flaws else "done")
        if flaws:
            continue
        await tenant(file, prune=prune)
        assert await differences(tenant, file) == []
        assert not prune or await tenant.ids() == ids_of(file)
        assert did_nothing(await tenant(file, prune=prune))


def did_nothing(report: ImportReport) -> bool:
    return all(count.created == count.changed == count.removed == 0 for count in report.counts.values())


def ids_of(file: Workspace) -> dict[str, set[str]]:
    return {
        "departments": {each.id for each in file.departments},
        "roles": {each.id for each in file.roles},
        "groups": {each.id for each in file.groups},
        "users": {each.id for each in file.users},
        "libraries": {each.id for each in file.libraries},
    }


async def differences(tenant: Imports, file: Workspace) -> list[tuple[str, Any, Any]]:
    """What the file says and what is there instead. Shares that were passed on may have been left out."""
    directory = await tenant.directory()
    said: list[tuple[str, Any, Any]] = [
        (department.id, department.parent, directory.departments[department.id].parent)
        for department in file.departments
    ]
    for group in file.groups:
        there = directory.groups[group.id]
        said += [(group.id, group.description, there.description), (group.id, True, {*group.parents} <= there.parents)]
    for user in file.users:
        profile = await tenant.user(user.id)
        said += [(user.id, getattr(user, name), getattr(profile, name)) for name in ("name", "email", "level", "state")]
        said += [(user.id, user.department, profile.department), (user.id, True, {*user.groups} <= profile.groups)]
    for library in file.libraries:
        stored, shares = await tenant.library(library.id), await tenant.shares(library.id)
        said += [(library.id, library.owner, stored.owner), (library.id, library.discoverable, stored.is_discoverable)]
        for share in library.shares:
            if share.delegated_by is None:
                terms = shares[str(share.principal)].terms
                said += [(library.id, {*share.permissions}, terms.permissions), (library.id, False, terms.is_delegated)]
    return [each for each in said if each[1] is not UNSET and each[1] != each[2]]
