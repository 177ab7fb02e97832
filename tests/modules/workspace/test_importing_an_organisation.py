"""The tenant's own name and policy, and counts that add up."""

from __future__ import annotations

from entaku.modules.workspace import DEMO_FILE, read_workspace
from tests.modules.workspace.importing import CHANGED, UNCHANGED, Imports


async def test_the_name_of_the_file_becomes_the_tenants(acme: Imports) -> None:
    report = await acme("name: Acme K.K.\nusers: []")

    assert (await acme.app.accounts.tenants.settings(acme.actor)).name == "Acme K.K."
    assert report.counts["organisation"] == CHANGED


async def test_a_change_of_policy_is_told(acme: Imports) -> None:
    report = await acme("policy: union")

    assert (await acme.app.accounts.tenants.settings(acme.actor)).sharing_policy == "union"
    assert report.counts["organisation"] == CHANGED


async def test_the_name_on_github_counts_too(acme: Imports) -> None:
    await acme("name: Octo Org\nmembers: []\n")

    assert (await acme.app.accounts.tenants.settings(acme.actor)).name == "Octo Org"


async def test_the_organisation_is_unchanged_the_second_time(acme: Imports) -> None:
    await acme("name: Acme K.K.\npolicy: union")

    report = await acme("name: Acme K.K.\npolicy: union")

    assert report.counts == {"organisation": UNCHANGED}


async def test_a_file_that_says_nothing_of_the_organisation_leaves_it(acme: Imports) -> None:
    report = await acme("users: []")

    assert (await acme.app.accounts.tenants.settings(acme.actor)).name == "Acme"
    assert report.counts == {}


async def test_everything_in_the_file_is_counted_once(acme: Imports) -> None:
    demo = read_workspace(DEMO_FILE)

    for report in (await acme(demo), await acme(demo)):
        sums = {noun: c.created + c.changed + c.unchanged for noun, c in report.counts.items()}
        shares = sum(len(library.shares) for library in demo.libraries)
        assert (sums["organisation"], sums["users"], sums["libraries"]) == (1, len(demo.users), len(demo.libraries))
        assert (sums["departments"], sums["groups"], sums["shares"]) == (14, 8, shares)
