"""A real organisation of 1,276 people loads as it is: Kubernetes, as its own configuration describes it.

The file is not part of this repository. `ENTAKU_ORG_FILE` names it, or it lies in `shared/data` beside the checkout.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from entaku.modules.accounts import ORGANISATION, PrincipalKind
from entaku.modules.workspace import Workspace, read_workspace
from tests.modules.workspace.importing import Imports

BESIDE = Path(__file__).parents[4] / "shared" / "data" / "org-kubernetes.yaml"
ORG_FILE = Path(os.environ.get("ENTAKU_ORG_FILE", BESIDE))

# Without the file there is nothing to collect on a laptop; in CI, or where it is named, its absence is a failure.
__test__ = ORG_FILE.exists() or "CI" in os.environ or "ENTAKU_ORG_FILE" in os.environ


@pytest.fixture(scope="module")
def kubernetes() -> Workspace:
    return read_workspace(ORG_FILE)


def test_everybody_is_there(kubernetes: Workspace) -> None:
    people = [user for user in kubernetes.users if not user.is_service]

    assert len(people) == 1_276
    assert sum(user.level == "tenant_admin" for user in people) == 10


def test_every_team_is_there_and_nests(kubernetes: Workspace) -> None:
    assert len(kubernetes.groups) == 284
    assert sum(group.parents == () for group in kubernetes.groups) == 242


def test_every_grant_is_there(kubernetes: Workspace) -> None:
    shares = [share for library in kubernetes.libraries for share in library.shares]

    assert len(kubernetes.libraries) == 78
    assert sum(share.principal.kind is PrincipalKind.GROUP for share in shares) == 156
    assert sum(share.principal == ORGANISATION for share in shares) == 78


def test_permissions_add_up(kubernetes: Workspace) -> None:
    assert kubernetes.name == "Kubernetes"
    assert kubernetes.policy == "union"


@pytest.mark.thorough
async def test_it_is_imported_once(acme: Imports, kubernetes: Workspace) -> None:
    first = await acme(kubernetes)
    second = await acme(kubernetes)

    assert {noun: count.created for noun, count in first.counts.items() if noun != "organisation"} == {
        noun: count.unchanged for noun, count in second.counts.items() if noun != "organisation"
    }
    assert all(count.created == count.changed == count.removed == 0 for count in second.counts.values())
