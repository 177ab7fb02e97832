"""Tenants on the command line: from the first one to the last export."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import yaml
from hypothesis import given
from hypothesis import strategies as st

from entaku.cli.tenant_export import to_yaml
from entaku.core.config import Config
from entaku.main import build
from entaku.modules.accounts import NewTenant, TenantChange
from entaku.modules.workspace import DEMO_FILE, read_workspace
from entaku.testing import ManualClock
from tests.cli.command_line import CommandLine


def test_the_first_tenant_makes_the_data_folder(entaku: CommandLine) -> None:
    out = entaku.must("tenants", "create", "acme", "--name", "Acme 株式会社")

    assert out == "created tenant acme\n"
    assert (entaku.data / "entaku.db").exists()
    assert "Acme 株式会社" in entaku.must("tenants", "list")


def test_a_tenant_is_shown_with_limits_and_usage(maru: CommandLine) -> None:
    shown = maru("tenants", "show", "maru", "--json").json()

    assert shown["sharing_policy"] == "precedence"
    assert shown["usage"] == {"users": 41, "libraries": 25}
    assert shown["limits"]["users"] == 5_000


def test_a_change_leaves_what_it_does_not_name(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "acme", "--name", "Acme")

    entaku.must("tenants", "change", "acme", "--tier", "enterprise", "--set-limit", "users=7", "--policy", "union")

    shown = entaku("tenants", "show", "acme", "--json").json()
    assert (shown["name"], shown["tier"], shown["sharing_policy"]) == ("Acme", "enterprise", "union")
    assert shown["limits"]["users"] == 7


def test_a_limit_goes_back_to_that_of_the_tier(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "acme")
    entaku.must("tenants", "change", "acme", "--set-limit", "users=7", "--set-limit", "libraries=8")

    entaku.must("tenants", "change", "acme", "--set-limit", "users=")

    limits = entaku("tenants", "show", "acme", "--json").json()["limits"]
    assert (limits["users"], limits["libraries"]) == (5_000, 8)


def test_a_limit_that_is_none_is_a_mistake(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "acme")

    outcome = entaku("tenants", "change", "acme", "--set-limit", "users=many")

    assert outcome.status == 2
    assert "users=500" in outcome.err


def test_an_active_tenant_is_suspended_before_it_is_deleted(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "acme")

    too_early = entaku("tenants", "delete", "acme")
    entaku.must("tenants", "suspend", "acme")
    deleted = entaku.must("tenants", "delete", "acme")

    assert too_early.status == 6
    assert "it can be brought back until 20" in deleted


def test_a_deleted_tenant_can_be_brought_back(entaku: CommandLine) -> None:
    for verb in ("create", "suspend", "delete", "resume"):
        entaku.must("tenants", verb, "acme")

    assert entaku("tenants", "show", "acme", "--json").json()["state"] == "active"


def test_a_tenant_is_not_purged_before_its_time(entaku: CommandLine) -> None:
    for verb in ("create", "suspend", "delete"):
        entaku.must("tenants", verb, "acme")

    outcome = entaku("tenants", "purge", "acme")

    assert outcome.status == 6
    assert "is kept until" in outcome.err
    assert entaku.must("tenants", "purge") == "no tenants to purge\n"


def test_a_tenant_deleted_long_ago_is_listed_and_purged(entaku: CommandLine) -> None:
    asyncio.run(delete_long_ago(entaku.data, "acme"))

    due = entaku("tenants", "purge", "--json").json()["items"]
    purged = entaku("tenants", "purge", "acme", "--json").json()

    assert [tenant["tenant_id"] for tenant in due] == ["acme"]
    assert purged["items"] > 0
    assert entaku("tenants", "show", "acme").status == 5


async def delete_long_ago(data: Path, tenant_id: str) -> None:
    app = await build(Config(data=data), clock=ManualClock(datetime(2024, 1, 1, tzinfo=UTC)))
    operator, tenants = app.operator(), app.accounts.tenants
    await tenants.create(operator, NewTenant(tenant_id=tenant_id, name=tenant_id))
    await tenants.change(operator, tenant_id, TenantChange(is_suspended=True))
    await tenants.delete(operator, tenant_id)
    await app.close()


def test_an_export_makes_the_same_tenant_elsewhere(maru: CommandLine, tmp_path: Path) -> None:
    exported = maru.must("tenants", "export", "maru")
    file = tmp_path / "maru.yaml"
    file.write_text(exported, encoding="utf-8")

    maru.must("--data", str(tmp_path / "other"), "tenants", "import", "maru", str(file))

    assert maru.must("--data", str(tmp_path / "other"), "tenants", "export", "maru") == exported


def test_importing_an_export_changes_nothing(maru: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "maru.yaml"
    file.write_text(maru.must("tenants", "export", "maru"), encoding="utf-8")

    report = maru("tenants", "import", "maru", str(file), "--json").json()

    assert report["counts"]
    assert all(count["created"] == count["changed"] == 0 for count in report["counts"].values())


def test_an_export_says_what_a_file_cannot_say(maru: CommandLine) -> None:
    maru.must("users", "change", "aoki.sho", "--level", "operator")

    outcome = maru("tenants", "export", "maru")

    levels = {user["id"]: user.get("level") for user in yaml.safe_load(outcome.out)["users"]}
    assert levels["aoki.sho"] == "tenant_admin"
    assert outcome.err.startswith("entaku: warning: user aoki.sho is an operator")


def test_an_export_says_that_it_cannot_say_what_is_archived(maru: CommandLine) -> None:
    library = maru("libraries", "list", "--json").json()["items"][0]["library_id"]
    maru.must("libraries", "archive", library)

    outcome = maru("tenants", "export", "maru")

    assert library in [each["id"] for each in yaml.safe_load(outcome.out)["libraries"]]
    assert f"cannot say: '{library}'; elsewhere, after the import" in outcome.err
    assert f"entaku libraries archive {library}" in outcome.err


TEXTS = st.text(st.sampled_from("0123456789abcdefxoEeINFnulTry_.+-~:# '"), min_size=1, max_size=6)


@given(names=st.lists(TEXTS.filter(str.strip), min_size=1, max_size=4))
def test_text_that_looks_like_a_number_stays_text(names: list[str]) -> None:
    roles = [{"id": f"r{index}", "name": name} for index, name in enumerate(names)]

    with NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(to_yaml({"roles": roles}))
        file.flush()
        workspace = read_workspace(Path(file.name))

    assert [role.name for role in workspace.roles] == [name.strip() for name in names]


def test_an_export_with_ids_like_numbers_can_be_imported(entaku: CommandLine, tmp_path: Path) -> None:
    entaku.must("tenants", "create", "acme")
    for user in ("1e5", "0o17", "2024", "null"):
        entaku.must("users", "create", user)
    file = tmp_path / "acme.yaml"
    file.write_text(entaku.must("tenants", "export", "acme"), encoding="utf-8")

    report = entaku("tenants", "import", "copy", str(file), "--json").json()

    assert report["counts"]["users"]["created"] == 4


def test_an_export_says_no_children_only_where_there_can_be_some(maru: CommandLine, tmp_path: Path) -> None:
    share = {"principal": {"kind": "organisation"}, "include_children": False}
    maru.must("libraries", "create", "x", "--owner", "maru.keiko")
    maru.must(
        *("call", "PATCH", "/api/libraries/x/shares", "--as", "maru.keiko@maru"), "--body", json.dumps({"add": [share]})
    )
    file = tmp_path / "maru.yaml"
    file.write_text(maru.must("tenants", "export", "maru"), encoding="utf-8")

    assert maru("import", str(file), "--check-only").status == 0


def test_an_export_tells_how_to_keep_tier_and_limits(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "acme", "--tier", "enterprise", "--subdomain", "acme-eu")
    entaku.must("tenants", "change", "acme", "--set-limit", "users=7")

    outcome = entaku("tenants", "export", "acme")

    create = "entaku tenants create acme --tier enterprise --subdomain acme-eu"
    assert f"{create} && entaku tenants change acme --set-limit users=7\n" in outcome.err


def test_a_share_that_was_passed_on_stays_one(maru: CommandLine, tmp_path: Path) -> None:
    maru.must("share", "handbook", "individual:ito.daichi", "read,share")
    share = {"principal": {"kind": "individual", "id": "ogawa.takumi"}}
    maru.must(
        *("call", "PATCH", "/api/libraries/handbook/shares", "--as", "ito.daichi@maru"),
        *("--body", json.dumps({"add": [share]})),
    )
    file = tmp_path / "maru.yaml"
    file.write_text(maru.must("tenants", "export", "maru"), encoding="utf-8")

    maru.must("tenants", "import", "copy", str(file))

    listed = maru("share", "handbook", "--tenant", "copy", "--json").json()["items"]
    delegated = [
        (share["principal"]["id"], share["terms"]["granted_by"]) for share in listed if share["terms"]["is_delegated"]
    ]
    assert delegated == [("ogawa.takumi", "ito.daichi")]


def test_an_export_brings_a_changed_tenant_back(maru: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "maru.yaml"
    file.write_text(maru.must("tenants", "export", "maru"), encoding="utf-8")
    maru.must("users", "change", "archive.keeper", "--level", "tenant_admin", "--email", "a@maru-books.example")
    maru.must("libraries", "change", "crisis-plan", "--discoverable", "--description", "changed")

    maru.must("tenants", "import", "maru", str(file))

    assert maru.must("tenants", "export", "maru") == file.read_text(encoding="utf-8")


def test_nothing_is_imported_into_a_deleted_tenant(entaku: CommandLine) -> None:
    for verb in ("create", "suspend", "delete"):
        entaku.must("tenants", verb, "acme")

    outcome = entaku("tenants", "import", "acme", str(DEMO_FILE))

    assert outcome.status == 6
    assert "entaku tenants resume acme" in outcome.err
