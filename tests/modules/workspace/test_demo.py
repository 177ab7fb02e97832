"""Maru Books, which comes with the package, has one of everything worth showing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entaku.modules.accounts import PrincipalKind
from entaku.modules.workspace import DEMO_FILE, Workspace, read_workspace

IN_2026 = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def maru() -> Workspace:
    return read_workspace(DEMO_FILE)


def test_it_is_a_small_company(maru: Workspace) -> None:
    assert (len(maru.users), len(maru.departments), len(maru.groups), len(maru.libraries)) == (41, 14, 8, 25)


def test_it_shares_with_every_kind_of_principal(maru: Workspace) -> None:
    kinds = {share.principal.kind for library in maru.libraries for share in library.shares}

    assert kinds == set(PrincipalKind)


def test_it_has_shares_that_have_ended_and_that_have_not_begun(maru: Workspace) -> None:
    shares = [share for library in maru.libraries for share in library.shares]

    assert any(share.expires_at is not None and share.expires_at < IN_2026 for share in shares)
    assert any(share.starts_at is not None and share.starts_at > IN_2026 for share in shares)


def test_somebody_may_less_alone_than_their_department_may(maru: Workspace) -> None:
    manuscripts = next(library for library in maru.libraries if library.id == "fiction-manuscripts")

    permissions = {str(share.principal): share.permissions for share in manuscripts.shares}

    assert permissions["individual:ito.daichi"] == ("read",)
    assert permissions["department:fiction"] == ("read", "write")
