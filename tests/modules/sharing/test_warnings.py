"""Who shares is warned of what they may not have meant: of what is so, in one sentence for each share."""

from __future__ import annotations

from typing import Any

import pytest

from entaku.core.languages import Language
from entaku.modules.accounts import SharingPolicy, parse_principal
from entaku.modules.sharing import ShareOutcome, library_share_outcome
from tests.modules.sharing.world import World, grant

SENTENCE_LENGTH_MAX = 1_000


@pytest.fixture
async def shared(world: World) -> World:
    """Ann owns a handbook, which everybody may write; Bob is in the group of designers, which is part of the staff."""
    await world.group("staff")
    await world.group("designers", "staff")
    await world.user("ann", "cara")
    await world.user("bob", groups="designers")
    await world.library("handbook")
    await world.share("handbook", "organisation", "read write")
    return world


async def change(world: World, *, by: str = "ann", **change: Any) -> ShareOutcome:
    return await world.sharing.shares.change(world.actor(by), "handbook", **change)


def sentences(outcome: ShareOutcome, language: Language = Language.ENGLISH) -> tuple[str, ...]:
    return tuple(warning.sentence for warning in library_share_outcome(outcome, language).warnings)


async def test_a_nearer_share_that_grants_less_is_warned_about(either: World) -> None:
    await either.group("staff")
    await either.user("ann", "bob")
    await either.library("handbook")
    await either.share("handbook", "organisation", "read write")

    outcome = await either.share("handbook", "group:staff", "read")

    is_union = (await either.accounts.tenants.settings(either.actor())).sharing_policy is SharingPolicy.UNION
    warning = (
        "Whoever reaches the library through the organisation and is in group 'Staff' too will not have write any more:"
        " the nearer share decides."
    )
    assert sentences(outcome) == (() if is_union else (warning,))


async def test_a_share_that_outranks_many_is_warned_about_in_one_sentence(shared: World) -> None:
    groups = [f"g{n:02}" for n in range(40)]
    for group in groups:
        await shared.group(group)
    for start in range(0, len(groups), 20):
        await change(shared, add=[grant(f"group:{each}", "read write delete") for each in groups[start : start + 20]])
    await shared.change_user("bob", groups=frozenset(groups))

    outcome = await change(shared, add=[grant("individual:bob"), grant("individual:cara")])

    end = "any more: the nearer share decides."
    through = "group 'G00', group 'G01', group 'G02' and 37 others"
    assert sentences(outcome) == (
        f"Bob (bob) reaches the library through {through} too and will not have write and delete {end}",
        f"Cara (cara) reaches the library through the organisation too and will not have write {end}",
    )


async def test_a_warning_about_many_shares_counts_them(shared: World) -> None:
    for number in range(5):
        await shared.department(f"d{number}")
        await shared.share("handbook", f"department:d{number}", "read delete" if number else "read")

    outcome = await change(shared, add=[grant("group:staff")])

    (warning,) = sentences(outcome)
    assert warning == (
        "Whoever reaches the library through any of department 'D1', department 'D2', department 'D3' and 2 others and"
        " is in group 'Staff' too will not have write and delete any more: the nearer share decides."
    )


async def test_a_person_whom_no_other_share_reaches_is_not_warned_about(shared: World) -> None:
    await change(shared, remove=[parse_principal("organisation")])
    await shared.share("handbook", "group:designers", "read write")

    outcome = await change(shared, add=[grant("individual:cara", "read share")])

    assert outcome.warnings == ()


@pytest.mark.parametrize(
    ("own", "lost"), [("read", "write and share"), ("read write", "share"), ("read write share", "")]
)
async def test_a_person_is_told_to_lose_what_they_lose(shared: World, own: str, lost: str) -> None:
    await shared.share("handbook", "group:designers", "read share")
    await shared.share("handbook", "group:staff", "read write")
    await shared.share("handbook", "organisation", "read write delete")

    outcome = await change(shared, add=[grant("individual:bob", own)])

    assert [f"will not have {lost} any more" in warning for warning in sentences(outcome)] == ([True] if lost else [])
    assert await shared.may("bob", "handbook") == own


async def test_what_a_person_keeps_from_a_delegate_is_not_lost(shared: World) -> None:
    await shared.share("handbook", "individual:cara", "read write share")
    await shared.share("handbook", "group:designers", "read write", by="cara")

    outcome = await change(shared, add=[grant("individual:bob")])

    assert outcome.warnings == ()
    assert await shared.may("bob", "handbook") == "read write"


async def test_a_share_to_come_is_warned_about_as_things_will_stand(shared: World) -> None:
    await shared.share("handbook", "organisation", "read write", until="12:00")

    early, late = [
        sentences(await change(shared, add=[grant(principal, starts_at=shared.at(start))]))
        for principal, start in (("individual:bob", "11:00"), ("individual:cara", "12:00"))
    ]

    assert ([warning[:9] for warning in early], late) == (["Bob (bob)"], ())


async def test_a_share_that_goes_in_the_same_change_is_not_warned_about(shared: World) -> None:
    outcome = await change(shared, add=[grant("group:staff")], remove=[parse_principal("organisation")])

    assert outcome.warnings == ()


async def test_a_share_that_is_there_already_is_not_warned_about_again(shared: World) -> None:
    await change(shared, add=[grant("group:staff")])

    again = await change(shared, add=[grant("group:staff")])

    assert (len(again.unchanged), again.warnings) == (1, ())


async def test_a_share_that_has_ended_already_is_warned_about(shared: World) -> None:
    outcome = await shared.share("handbook", "group:staff", until="09:00")

    assert sentences(outcome) == ("The share with group 'Staff' has ended already and grants nothing.",)


async def test_the_data_say_all_that_the_sentence_says(shared: World) -> None:
    outcome = await change(shared, add=[grant("individual:bob")])

    (warning,) = outcome.warnings
    assert (warning.kind, warning.principal.name, warning.lost, warning.others) == ("lowers", "Bob", ("write",), 0)
    assert [str(each.principal) for each in warning.through] == ["organisation"]


async def test_warnings_speak_japanese(shared: World) -> None:
    outcome = await change(shared, add=[grant("individual:bob"), grant("group:staff")])

    assert sentences(outcome, Language.JAPANESE) == (
        "Bobさん(bob)は組織全体を通じてもライブラリを利用できますが、より近い共有が優先されるため、編集ができなくなります。",
        "組織全体を通じてライブラリを利用し、グループ「Staff」にも所属する人は、より近い共有が優先されるため、編集ができなくなります。",
    )


async def test_a_sentence_is_short_however_long_the_ids_are(shared: World) -> None:
    departments = [f"{number}-{'d' * 120}" for number in range(4)]
    for department in departments:
        await shared.department(department)
        await shared.share("handbook", f"department:{department}", "read delete")
    await shared.group("g" * 128)

    (warning,) = sentences(await change(shared, add=[grant(f"group:{'g' * 128}")]))

    assert len(warning) < SENTENCE_LENGTH_MAX
