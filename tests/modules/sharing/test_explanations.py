"""Why somebody may, or may not: one sentence for a person, whatever the shape of the truth."""

from __future__ import annotations

import pytest

from entaku.core.errors import Forbidden, NotFound
from entaku.core.languages import Language
from entaku.modules.accounts import SharingPolicy
from tests.modules.sharing.world import World


@pytest.fixture
async def told(world: World) -> World:
    """Bob: a manager in East, which is in Sales, and in group C inside B inside A. Ann owns a handbook."""
    await world.department("sales")
    await world.department("east", "sales")
    await world.role("manager")
    await world.group("a")
    await world.group("b", "a")
    await world.group("c", "b")
    await world.user("ann", "cara")
    await world.user("bob", department="east", role="manager", groups="c")
    await world.library("handbook")
    return world


async def test_the_owner_owns(told: World) -> None:
    assert await told.why("ann", "handbook") == "Ann owns library 'Handbook' and may do everything in it."


@pytest.mark.parametrize(
    ("principal", "way"),
    [
        ("individual:bob", "it is shared with Bob personally (read and write)"),
        ("group:c", "it is shared with group 'C' (read and write), and Bob is in it"),
        ("group:a", "it is shared with group 'A' (read and write), and Bob is in group 'C', inside 'B', inside 'A'"),
        ("role:manager", "it is shared with role 'Manager' (read and write), which is the role of Bob"),
        (
            "department:sales",
            "it is shared with department 'Sales' (read and write), and Bob is in department 'East', inside 'Sales'",
        ),
        ("organisation", "it is shared with the organisation (read and write)"),
    ],
)
async def test_each_way_has_its_words(told: World, principal: str, way: str) -> None:
    await told.share("handbook", principal, "read write")

    assert await told.why("bob", "handbook") == f"Bob may read and write in library 'Handbook': {way}."


async def test_several_sources_are_all_named(told: World) -> None:
    await told.share("handbook", "group:a", "read write")
    await told.share("handbook", "group:c", "read delete share")

    assert await told.why("bob", "handbook") == (
        "Bob may do everything in library 'Handbook': it is shared with group 'C' (read, delete and share), and Bob is"
        " in it; it is shared with group 'A' (read and write), and Bob is in group 'C', inside 'B', inside 'A'."
    )


async def test_what_is_outranked_is_named_too(told: World) -> None:
    await told.share("handbook", "group:c", "read")
    await told.share("handbook", "organisation", "read write")
    one = await told.why("bob", "handbook")
    await told.share("handbook", "department:east", "read delete")
    two = await told.why("bob", "handbook")

    start = "Bob may read in library 'Handbook': it is shared with group 'C' (read), and Bob is in it."
    assert one == (
        f"{start} The share with the organisation (read and write) is farther away and does not count, so Bob may not"
        " write."
    )
    assert two == (
        f"{start} The shares with department 'East' (read and delete) and the organisation (read and write) are farther"
        " away and do not count, so Bob may not write or delete."
    )


async def test_what_nearer_shares_withhold_is_in_the_data(told: World) -> None:
    await told.share("handbook", "group:c", "read share")
    await told.share("handbook", "organisation", "read write delete")

    assert (await told.access("bob", "handbook")).why.withheld == ("write", "delete")


async def test_an_outranked_share_that_grants_no_more_takes_nothing(told: World) -> None:
    await told.share("handbook", "group:c", "read write")
    await told.share("handbook", "organisation", "read")

    assert (await told.why("bob", "handbook")).endswith("(read) is farther away and does not count.")


async def test_a_share_that_was_passed_on_says_by_whom(told: World) -> None:
    await told.share("handbook", "individual:cara", "read share")
    await told.share("handbook", "organisation", "read write")
    await told.share("handbook", "group:c", by="cara")

    assert await told.why("bob", "handbook") == (
        "Bob may read and write in library 'Handbook': it is shared with group 'C' (read, passed on by cara), and Bob"
        " is in it; it is shared with the organisation (read and write)."
    )


async def test_an_end_is_named(told: World) -> None:
    await told.share("handbook", "individual:bob", until="12:00")

    assert await told.why("bob", "handbook") == (
        "Bob may read in library 'Handbook': it is shared with Bob personally (read, until 2026-04-01 12:00:00 UTC)."
    )


async def test_the_next_start_is_the_nearest_miss(told: World) -> None:
    await told.share("handbook", "individual:bob", until="09:00")
    await told.share("handbook", "group:c", since="13:00")
    await told.share("handbook", "organisation", since="12:00")

    assert await told.why("bob", "handbook") == (
        "Bob has no access to library 'Handbook' yet: the share with the organisation (read) starts at"
        " 2026-04-01 12:00:00 UTC."
    )


async def test_the_last_end_is_the_nearest_miss(told: World) -> None:
    await told.share("handbook", "individual:bob", until="08:00")
    await told.share("handbook", "group:c", until="09:00")

    assert await told.why("bob", "handbook") == (
        "Bob has no access to library 'Handbook' any more: the share with group 'C' (read) ended at"
        " 2026-04-01 09:00:00 UTC."
    )


async def test_who_is_deactivated_has_nothing(told: World) -> None:
    await told.share("handbook", "individual:bob")
    await told.change_user("bob", is_active=False)

    answer = await told.access("bob", "handbook")

    assert answer.why.sentence == "Bob has no access to library 'Handbook': Bob is deactivated."
    assert (answer.permissions, answer.next_transition) == ((), None)
    assert [source.state for source in answer.why.sources] == ["blocked"]


async def test_nothing_shared_is_said_so(told: World) -> None:
    assert await told.why("bob", "handbook") == (
        "Bob has no access to library 'Handbook': it is shared neither with Bob nor with anything that Bob belongs to."
    )


async def test_near_misses_are_for_managers_only(told: World) -> None:
    await told.change_library("handbook", is_discoverable=True)
    await told.share("handbook", "group:c", since="12:00")

    own = (await told.access("bob", "handbook", by="bob")).why
    owners = (await told.access("bob", "handbook", by="ann")).why

    assert (own.sentence, own.sources) == ("Bob has no access to library 'Handbook'.", ())
    assert owners.verdict == "not_started"
    assert [str(source.principal) for source in owners.sources] == ["group:c"]


async def test_when_a_near_miss_begins_is_for_managers_too(told: World) -> None:
    await told.change_library("handbook", is_discoverable=True)
    await told.share("handbook", "group:c", since="12:00")

    assert (await told.access("bob", "handbook", by="bob")).next_transition is None
    assert (await told.access("bob", "handbook", by="ann")).next_transition == told.at("12:00")


async def test_a_reader_is_told_of_what_is_live_only(told: World) -> None:
    await told.share("handbook", "individual:bob", until="14:00")
    await told.share("handbook", "organisation", "read write")
    await told.share("handbook", "group:c", "read write", since="12:00")
    await told.share("handbook", "role:manager", until="09:00")

    own = await told.access("bob", "handbook", by="bob")
    owners = await told.access("bob", "handbook", by="ann")

    assert [source.state for source in own.why.sources] == ["counts", "outranked"]
    assert [source.state for source in owners.why.sources] == ["counts", "not_started", "ended", "outranked"]
    assert (own.next_transition, owners.next_transition) == (told.at("14:00"), told.at("12:00"))
    assert owners.why.sentence == (
        f"{own.why.sentence} The share with group 'C' (read and write) starts at 2026-04-01 12:00:00 UTC."
        " The share with role 'Manager' (read) ended at 2026-04-01 09:00:00 UTC."
    )


async def test_many_shares_to_come_and_over_are_counted(told: World) -> None:
    groups = [f"g{number}" for number in range(5)]
    for number, group in enumerate(groups):
        await told.group(group)
        await told.share("handbook", f"group:{group}", since=f"1{5 - number}:00", until="20:00")
    await told.change_user("bob", groups=frozenset(groups))
    await told.share("handbook", "organisation")

    early = await told.why("bob", "handbook")
    told.wait_until("20:00")
    late = await told.why("bob", "handbook")

    assert "group 'G4' (read, until 2026-04-01 20:00:00 UTC) starts at 2026-04-01 11:00:00 UTC. The share" in early
    assert early.endswith(" starts at 2026-04-01 13:00:00 UTC. 2 more shares start later.")
    assert late.endswith(" ended at 2026-04-01 20:00:00 UTC. 2 more shares ended earlier.")


async def test_under_union_it_is_said_that_levels_add_up(told: World) -> None:
    await told.accounts.tenants.change_policy(told.actor(), SharingPolicy.UNION)
    await told.share("handbook", "group:c")
    one = await told.why("bob", "handbook")
    await told.share("handbook", "organisation", "read write")
    two = await told.why("bob", "handbook")

    assert "add up" not in one
    assert two == (
        "Bob may read and write in library 'Handbook': it is shared with group 'C' (read), and Bob is in it; it is"
        " shared with the organisation (read and write). Shares of all levels add up in this tenant."
    )


async def test_a_share_that_stops_above_is_a_near_miss(told: World) -> None:
    await told.share("handbook", "department:sales", include_children=False)

    why = (await told.access("bob", "handbook", by="ann")).why

    assert why.sentence == (
        "Bob has no access to library 'Handbook': it is shared with department 'Sales' itself only (read), and Bob is"
        " in department 'East' below it."
    )
    assert (why.verdict, [source.state for source in why.sources]) == ("only_itself", ["only_itself"])


async def test_a_share_that_stops_above_is_told_to_managers_only(told: World) -> None:
    await told.share("handbook", "department:sales", "read write", include_children=False)
    await told.share("handbook", "organisation")

    own = (await told.access("bob", "handbook", by="bob")).why
    owners = (await told.access("bob", "handbook", by="ann")).why

    assert [str(source.principal) for source in own.sources] == ["organisation"]
    assert {str(s.principal): s.state for s in owners.sources} == {
        "department:sales": "only_itself",
        "organisation": "counts",
    }
    assert own.sentence == owners.sentence


async def test_what_would_come_by_itself_is_a_nearer_miss(told: World) -> None:
    await told.share("handbook", "department:sales", include_children=False)
    await told.share("handbook", "organisation", since="12:00")

    assert (await told.access("bob", "handbook")).why.verdict == "not_started"


async def test_a_person_is_named_as_people_call_them(told: World) -> None:
    await told.change_user("bob", name="Bob Builder")
    await told.share("handbook", "individual:bob")

    (source,) = (await told.access("bob", "handbook")).why.sources

    assert (source.principal.id, source.name) == ("bob", "Bob Builder")


async def test_others_are_not_told_about_others(told: World) -> None:
    await told.share("handbook", "organisation")

    with pytest.raises(Forbidden):
        await told.access("cara", "handbook", by="bob")
    with pytest.raises(NotFound, match="nobody"):
        await told.access("nobody", "handbook", by="ann")


async def test_the_data_say_all_that_the_sentence_says(told: World) -> None:
    await told.share("handbook", "group:a", "read write", until="12:00")

    why = (await told.access("bob", "handbook")).why

    (source,) = why.sources
    assert (why.verdict, source.state, source.name) == ("shared", "counts", "A")
    assert (source.path, source.path_names) == (("c", "b", "a"), ("C", "B", "A"))
    assert (source.permissions, source.expires_at) == (("read", "write"), told.at("12:00"))


async def test_braces_in_a_name_are_only_letters(told: World) -> None:
    await told.change_user("bob", name="Bob {who}")
    await told.change_library("handbook", name="{library} of 円卓")

    assert (await told.why("bob", "handbook")).startswith("Bob {who} has no access to library '{library} of 円卓'")


async def test_what_is_archived_is_only_read_and_says_so(told: World) -> None:
    await told.share("handbook", "individual:bob", "read write")
    await told.sharing.libraries.archive(told.actor("ann"), "handbook")

    assert await told.why("bob", "handbook") == (
        "Bob may read in library 'Handbook': it is shared with Bob personally (read and write). Nobody may do more in"
        " library 'Handbook': it is archived."
    )
    assert await told.why("ann", "handbook") == "Ann owns library 'Handbook', but may only read in it: it is archived."


async def test_of_what_is_deleted_its_managers_are_told_until_when_it_can_be_restored(told: World) -> None:
    await told.share("handbook", "individual:bob", "read write", until="12:00")
    await told.sharing.libraries.delete(told.actor("ann"), "handbook")

    answer = await told.access("bob", "handbook", by="ann")

    assert answer.why.purge_at is not None
    assert answer.why.sentence == (
        "Nobody has access to library 'Handbook': it is deleted and can be restored until 2026-05-01 09:30:00 UTC."
    )
    assert (answer.permissions, answer.next_transition) == ((), None)
    with pytest.raises(NotFound):
        await told.access("bob", "handbook", by="bob")


async def test_everything_is_said_in_japanese_too(told: World) -> None:
    await told.change_user("bob", name="佐藤 花")
    await told.change_library("handbook", name="手引き")
    await told.share("handbook", "group:a", "read", until="12:00")
    await told.share("handbook", "organisation", "read write")

    answer = await told.sharing.checks.access(told.actor(), "handbook", "bob", language=Language.JAPANESE)

    assert answer.why.sentence == (
        "佐藤 花さんはライブラリ「手引き」を閲覧できます。"
        "グループ「A」(閲覧、2026年4月1日 12:00:00(UTC)まで)に共有されており、"
        "佐藤 花さんはその下のグループ「C」に所属しています(経路: 「C」→「B」→「A」)。"
        "より近い共有が優先されるため、組織全体(閲覧・編集)への共有は適用されず、編集はできません。"
    )
