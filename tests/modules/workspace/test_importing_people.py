"""People: addresses that move between them, owners who have left, more memberships than one change holds."""

from __future__ import annotations

from entaku.modules.accounts import DIRECT_GROUPS_MAX, GROUP_CHANGES_MAX, UserState
from entaku.modules.workspace import Department, Group, Role, User, Workspace
from tests.modules.workspace.importing import CHANGED, Imports

LEFT = """\
    users: [{id: own, name: Owen, state: deactivated}, {id: eve, name: Eve}]
    libraries: [{id: menu, name: Menu, owner: own}]
"""


def people(**emails: str) -> str:
    return (
        f"users: [{', '.join(f'{{id: {who}, name: N, email: {email}@acme.example}}' for who, email in emails.items())}]"
    )


async def test_two_people_may_swap_their_addresses(acme: Imports) -> None:
    await acme(people(ann="a", bob="b"))

    report = await acme(people(ann="b", bob="a"))

    assert await acme.emails() == {"ann": "b@acme.example", "bob": "a@acme.example"}
    assert report.counts["users"].changed == 2


async def test_addresses_may_go_round(acme: Imports) -> None:
    await acme(people(ann="a", bob="b", cid="c"))

    await acme(people(ann="b", bob="c", cid="A"))

    assert await acme.emails() == {"ann": "b@acme.example", "bob": "c@acme.example", "cid": "A@acme.example"}


async def test_a_new_id_takes_the_address_of_the_old_one(acme: Imports) -> None:
    await acme(people(old="p"))

    report = await acme(people(new="P"))

    assert await acme.emails() == {"new": "P@acme.example", "old": None}
    assert report.warnings == ["user old: the e-mail address P@acme.example is that of user new now"]
    assert (report.counts["users"].created, report.counts["users"].changed) == (1, 1)


async def test_a_new_id_takes_the_address_also_when_the_old_one_is_pruned(acme: Imports) -> None:
    await acme(people(old="p"))

    report = await acme(people(new="p"), prune=True)

    assert await acme.emails() == {"new": "p@acme.example"}
    assert report.counts["users"].removed == 1


async def test_an_address_written_otherwise_is_a_change_of_its_owner_alone(acme: Imports) -> None:
    await acme(people(ann="a"))

    report = await acme(people(ann="A"))

    assert await acme.emails() == {"ann": "A@acme.example"}
    assert (report.counts["users"], report.warnings) == (CHANGED, [])


async def test_somebody_who_has_left_can_still_own_a_library(acme: Imports) -> None:
    first = await acme(LEFT)
    second = await acme(LEFT)

    assert (await acme.library("menu")).owner == "own"
    assert (await acme.user("own")).state is UserState.DEACTIVATED
    assert (first.counts["users"].created, second.counts["users"].unchanged) == (2, 2)


async def test_an_owner_is_deactivated_by_a_later_file(acme: Imports) -> None:
    await acme(LEFT.replace("deactivated", "active"))

    report = await acme(LEFT)

    assert (await acme.user("own")).state is UserState.DEACTIVATED
    assert (report.counts["users"].changed, report.counts["users"].unchanged) == (1, 1)


async def test_somebody_may_change_everything_they_belong_to_at_once(acme: Imports) -> None:
    """Department and role count twice in a change, as what is left and as what is joined."""
    await acme(belonging("a", GROUP_CHANGES_MAX))

    await acme(belonging("b", GROUP_CHANGES_MAX), prune=True)

    ann = await acme.user("ann")
    assert (ann.department, ann.role, len(ann.groups)) == ("b", "b", GROUP_CHANGES_MAX)
    assert all(group.startswith("b") for group in ann.groups)


async def test_somebody_may_move_from_as_many_groups_as_allowed_to_as_many_others(acme: Imports) -> None:
    await acme(belonging("a", DIRECT_GROUPS_MAX))

    report = await acme(belonging("b", DIRECT_GROUPS_MAX), prune=True)

    assert (await acme.user("ann")).groups == {f"b{n}" for n in range(DIRECT_GROUPS_MAX)}
    assert report.counts["users"] == CHANGED


def belonging(side: str, count: int) -> Workspace:
    """One person in the department, the role and all groups of one of two sides."""
    return Workspace(
        departments=tuple(Department(id=each, name="D") for each in "ab"),
        roles=tuple(Role(id=each, name="R") for each in "ab"),
        groups=tuple(Group(id=f"{each}{n}", name="G") for each in "ab" for n in range(count)),
        users=(
            User(id="ann", name="Ann", department=side, role=side, groups=tuple(f"{side}{n}" for n in range(count))),
        ),
    )
