"""More of the kind: ids that look alike, names in other forms of the same letters, times of other zones."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from entaku.core.errors import Invalid, NotFound
from entaku.modules.accounts import individual
from entaku.modules.sharing import Grant
from tests.modules.sharing.cases.answers import NOTHING, may
from tests.modules.sharing.row_world import RowWorld

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "bad",
    ["hand#book", "hand%23book", "hand book", "handbook ", "#", "", "\N{FULLWIDTH LATIN SMALL LETTER H}andbook", "a/b"],
)
async def test_an_id_with_another_sign_is_refused_wherever_it_stands(by_precedence: RowWorld, bad: str) -> None:
    world = by_precedence.world

    with pytest.raises(Invalid, match="id"):
        await world.sharing.checks.access(world.actor(), bad, "bob")
    with pytest.raises(Invalid, match="id"):
        await world.sharing.checks.access(world.actor(), "handbook", bad)
    with pytest.raises(Invalid, match="id"):
        await world.sharing.shares.change(world.actor(), "handbook", add=[Grant(principal=individual(bad))])
    with pytest.raises(Invalid, match="id"):
        await world.user(bad)


async def test_ids_that_differ_in_case_are_different_things(rows: RowWorld) -> None:
    await rows.world.library("HANDBOOK", owner="cara", name="Other")
    await rows.world.user("BOB")
    await rows.world.group("G")

    await rows.world.share("handbook", "individual:BOB", "read write")
    await rows.world.share("HANDBOOK", "group:G", "read")
    await rows.finish()

    assert [await may(rows, user) for user in ("BOB", "bob")] == ["individual: read write", NOTHING]
    assert [await may(rows, user, "HANDBOOK") for user in ("BOB", "bob")] == [NOTHING, NOTHING]


async def test_nobody_is_shared_with_who_is_written_in_another_case(by_precedence: RowWorld) -> None:
    with pytest.raises(NotFound, match="Bob"):
        await by_precedence.world.share("handbook", "individual:Bob")


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("ガイドブック", "ガイド"),
        ("ガイドブック", unicodedata.normalize("NFD", "ガイド")),
        (unicodedata.normalize("NFD", "ガイドブック"), "ガイド"),
        ("ガイドブック", "ｶﾞｲﾄﾞ"),
        ("Straße", "STRASSE"),
        ("Ｈａｎｄｂｏｏｋ", "handBOOK"),
        ("Handbook №3", "no3"),
    ],
)
async def test_a_name_is_found_in_whatever_form_its_letters_are_sent(
    by_precedence: RowWorld, name: str, search: str
) -> None:
    rows = by_precedence
    await rows.world.library("guide", name=name)
    await rows.world.share("guide", "department:d1")

    from_truth = await rows.world.listed("bob", q=search)
    await rows.finish()

    assert list(from_truth) == list(await rows.world.listed("bob", q=search)) == ["guide"]
    assert from_truth["guide"].name == unicodedata.normalize("NFC", name)


async def test_a_share_over_the_hour_that_comes_twice_lasts_that_hour(by_precedence: RowWorld) -> None:
    rows = by_precedence
    first, second = (datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=BERLIN) for fold in (0, 1))

    await rows.world.share("handbook", "individual:bob", starts_at=first, expires_at=second)

    answers: list[str] = []
    for instant in ("2026-10-25T00:29:59.999+00:00", "2026-10-25T00:30+00:00", "2026-10-25T01:29:59.999+00:00",
                    "2026-10-25T01:30+00:00"):  # fmt: skip
        rows.world.clock.set(datetime.fromisoformat(instant))
        answers.append(await may(rows, "bob"))
    assert answers == [NOTHING, "individual: read", "individual: read", NOTHING]


async def test_the_same_instant_in_another_zone_is_no_change(by_precedence: RowWorld) -> None:
    rows = by_precedence
    end = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN)
    first = await rows.world.share("handbook", "individual:bob", expires_at=end)

    again = await rows.world.share("handbook", "individual:bob", expires_at=end.astimezone(ZoneInfo("Asia/Tokyo")))

    assert (again.version, len(again.unchanged)) == (first.version, 1)


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
async def test_an_instant_that_utc_has_no_date_for_is_refused(by_precedence: RowWorld, end: str) -> None:
    with pytest.raises(Invalid, match="9999"):
        await by_precedence.world.share("handbook", "individual:bob", expires_at=datetime.fromisoformat(end))


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999+00:00"])
async def test_a_share_until_the_end_of_time_is_a_share(by_precedence: RowWorld, end: str) -> None:
    rows = by_precedence

    await rows.world.share("handbook", "individual:bob", expires_at=datetime.fromisoformat(end))
    await rows.finish()

    assert await may(rows, "bob") == "individual: read"
    assert "9999" in await rows.world.why("bob", "handbook")
