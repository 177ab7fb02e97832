"""What of a tenant would stop an import half-way is told before anything is written."""

from __future__ import annotations

import msgspec
import pytest

from entaku.core.errors import Invalid
from entaku.modules.accounts import (
    DIRECT_GROUPS_MAX,
    DIRECTORY_ITEMS_MAX,
    Department,
    EntryState,
    Group,
    Hierarchy,
    Principal,
    PrincipalKind,
    Role,
    TenantChange,
    UserProfile,
    UserState,
    individual,
)
from entaku.modules.sharing import SHARES_OF_LIBRARY_MAX
from entaku.modules.workspace import Workspace
from entaku.modules.workspace.obstacles import obstacles
from entaku.modules.workspace.present import Present, read_present
from entaku.table import changed
from tests.modules.workspace.importing import Imports
from tests.modules.workspace.reading import read

LIBRARY = "users: [{id: ann, name: Ann}]\nlibraries: [{id: menu, name: Menu, owner: ann}]\n"
BUSY = "groups: [{id: staff, name: Staff}]\nusers: [{id: ann, name: Ann, groups: [staff]}]\n"


async def present(acme: Imports, file: Workspace) -> Present:
    return await read_present(acme.table, acme.app.accounts, acme.actor, file)


def told(file: Workspace, present: Present, *, prune: bool = False) -> list[str]:
    return [flaw.message for flaw in obstacles(file, present, prune=prune)]


async def test_nothing_is_written_while_something_is_in_the_way(acme: Imports) -> None:
    await acme(LIBRARY)
    await acme.change_user("ann", is_active=False)

    with pytest.raises(Invalid, match="cannot be imported into tenant 'acme'"):
        await acme(LIBRARY.replace("menu", "cellar").replace("users: [", "name: Other\nusers: [{id: bob, name: Bob}, "))

    assert await acme.ids() == {
        "departments": set(),
        "roles": set(),
        "groups": set(),
        "users": {"ann"},
        "libraries": {"menu"},
    }
    assert (await acme.app.accounts.tenants.settings(acme.actor)).name == "Acme"


async def test_who_is_deactivated_keeps_a_library_and_gets_no_other(acme: Imports) -> None:
    await acme(LIBRARY)
    await acme.change_user("ann", is_active=False)

    assert await acme.flaws(LIBRARY) == []
    (flaw,) = await acme.flaws(LIBRARY.replace("menu", "cellar"))
    assert flaw.startswith("user 'ann' is deactivated and cannot become owner of 'cellar'")
    assert await acme.flaws(LIBRARY.replace("menu", "cellar").replace("Ann", "Ann, state: active")) == []


@pytest.mark.parametrize(("noun", "limit"), [("users", 2), ("libraries", 1)])
async def test_limits_are_compared_before(acme: Imports, noun: str, limit: int) -> None:
    await acme(LIBRARY)
    await acme.app.accounts.tenants.change(acme.app.operator(), "acme", TenantChange(limits={noun: limit}))

    assert await acme.flaws(LIBRARY) == []
    more = LIBRARY.replace("[{", "[{id: x, name: X}, {id: y, name: Y}, {", 1).replace(
        "libraries: [", "libraries: [{id: z, name: Z, owner: x}, "
    )
    (flaw,) = await acme.flaws(more)
    assert f"its limit is {limit}" in flaw


async def test_who_is_being_deleted_is_in_the_way(acme: Imports) -> None:
    await acme("users: [{id: ann, name: Ann, email: a@acme.example}]")
    await acme.table.replace(changed(await acme.user("ann"), state=UserState.DELETING))

    (named,) = await acme.flaws("users: [{id: ann, name: Ann}]")
    (taken,) = await acme.flaws("users: [{id: bob, name: Bob, email: a@acme.example}]")

    assert named == "user 'ann' is being deleted; finish that first: entaku users delete ann"
    assert taken.startswith("the e-mail address of user 'bob' is that of 'ann', who is being deleted; finish that")


async def test_an_entry_that_is_being_deleted_is_in_the_way(acme: Imports) -> None:
    await acme(BUSY)
    found = await present(acme, read(BUSY))
    groups = [changed(group, state=EntryState.DELETING) for group in found.hierarchy.groups.values()]

    (flaw,) = told(read(BUSY), msgspec.structs.replace(found, hierarchy=Hierarchy(1, [], [], groups)))

    assert flaw == "group 'staff' is being deleted; finish that first: entaku groups delete staff"


async def test_groups_of_one_person_are_counted_with_those_they_are_in(acme: Imports) -> None:
    groups = frozenset(f"g{n}" for n in range(DIRECT_GROUPS_MAX))
    found = await present(acme, read(BUSY))
    found = msgspec.structs.replace(found, users={"ann": UserProfile(user_id="ann", name="Ann", groups=groups)})

    (flaw,) = told(read(BUSY), found)

    assert f"would be in {DIRECT_GROUPS_MAX + 1} groups" in flaw
    assert told(read(BUSY), found, prune=True) == []


async def test_entries_are_counted_with_those_that_are_there(acme: Imports) -> None:
    found = await present(acme, read(BUSY))
    full = [Group(group_id=f"g{n}", name="G") for n in range(DIRECTORY_ITEMS_MAX)]
    others: tuple[list[Department], list[Role]] = [], []

    (flaw,) = told(read(BUSY), msgspec.structs.replace(found, hierarchy=Hierarchy(1, *others, full)))

    assert flaw.startswith(f"with those that are there already {DIRECTORY_ITEMS_MAX + 1} groups")


async def test_shares_are_counted_with_those_that_are_there(acme: Imports) -> None:
    file = read(LIBRARY.replace("owner: ann", "owner: ann, shares: [{with: organisation}]"))
    found = await present(acme, file)
    many = frozenset(individual(f"u{n}") for n in range(SHARES_OF_LIBRARY_MAX))

    (flaw,) = told(file, msgspec.structs.replace(found, shared_with={"menu": many}))

    assert f"would have {SHARES_OF_LIBRARY_MAX + 1} shares" in flaw
    there = {"menu": many - {individual("u0")} | {Principal(PrincipalKind.ORGANISATION, "organisation")}}
    assert told(file, msgspec.structs.replace(found, shared_with=there)) == []
