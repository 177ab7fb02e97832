"""The commands on the engine that was asked for: a few that go through everything, from the settings to the table."""

from __future__ import annotations

import pytest

from entaku.modules.workspace import DEMO_FILE
from tests.cli.command_line import CommandLine
from tests.engines import settings_of


@pytest.fixture
def there(engine: str, entaku: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """With the settings of the engine in the environment."""
    for name, value in settings_of(engine).items():
        monkeypatch.setenv(name, value)
    return entaku


def test_an_organisation_is_imported_listed_and_imported_again_without_a_change(there: CommandLine) -> None:
    there.must("tenants", "import", "maru", str(DEMO_FILE))

    users = there("users", "list", "--json").json()["items"]
    there.must("tenants", "import", "maru", str(DEMO_FILE))

    assert "kimura.aoi" in [user["user_id"] for user in users]
    assert there("users", "list", "--json").json()["items"] == users


def test_what_is_shared_is_reached(there: CommandLine) -> None:
    there.must("tenants", "import", "maru", str(DEMO_FILE))
    there.must("libraries", "create", "drafts", "--owner", "endo.riku")

    before = there("access", "drafts", "kimura.aoi").out
    there.must("share", "drafts", "organisation", "read")

    assert "read" not in before
    assert "read" in there.must("access", "drafts", "kimura.aoi")


def test_a_tenant_is_exported_and_found_by_a_call(there: CommandLine) -> None:
    there.must("tenants", "import", "maru", str(DEMO_FILE))

    exported = there.must("tenants", "export", "maru")
    called = there.must("call", "get", "/api/me", "--as", "kimura.aoi@maru")

    assert "endo.riku" in exported
    assert "kimura.aoi" in called
