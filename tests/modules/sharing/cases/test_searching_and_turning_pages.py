"""More of the kind: what a search finds in whatever letters, and pages that are turned while things change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from entaku.modules.accounts import NewUser
from tests.modules.sharing.cases.over_rest import HANDBOOK, OverRest, over_rest, share
from tests.modules.sharing.row_world import RowWorld

NAMES = {
    "l1": "Ｈａｎｄｏｕｔ 100%",
    "l2": "営業ライブラリ",
    "l3": "ｴｲｷﾞｮｳ資料",
    "l4": "Straße_A",
    "l5": "ﬁnance",
    "l6": "CAFÉ",
    "l7": "cafe\u0301 2",
    "l8": "100 percent",
}
FOUND = {
    "handout": {"l1"},
    "ＨＡＮＤ": {"l1"},
    "%": {"l1"},
    "_": {"l4"},
    "STRASSE": {"l4"},
    "ﬁN": {"l5"},
    "エイギョウ": {"l3"},
    "ｴｲｷﾞ": {"l3"},
    "営業": {"l2"},
    "CAFE\u0301": {"l6", "l7"},
    "cafe": set[str](),
    "100": {"l1", "l8"},
    "*": set[str](),
    "\\": set[str](),
    "' OR 1=1": set[str](),
}
SORTS = ["id", "name", "granted_at", "owner"]


@pytest.fixture
async def office(by_precedence: RowWorld) -> AsyncIterator[OverRest]:
    async with over_rest(by_precedence) as client:
        yield client


async def filled(office: OverRest, count: int) -> list[str]:
    """Libraries k0, k1 and so on, shared with Bob's group, of owners in turn and with names that repeat."""
    ids = [f"k{number}" for number in range(count)]
    for number, each in enumerate(ids):
        owner = ("ann", "cara")[number % 2]
        await office.world.library(each, owner=owner, name=("Beta", "alpha", "ｂeta")[number % 3])
        await office.world.share(each, "group:g")
    await office.rows.finish()
    return ids


async def page(office: OverRest, **query: Any) -> tuple[list[str], str | None, int]:
    """Of Bob's list: ids in their order, the cursor, the total."""
    target = f"/api/users/bob/libraries?{urlencode({k: v for k, v in query.items() if v is not None})}"
    found = await office.done("bob", "GET", target)
    rows = sorted((row for group in found["libraries"].values() for row in group), key=lambda row: row["place"])
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["library_id"] for row in rows], found["next_cursor"], found["total"]


async def test_letters_are_found_in_whatever_width_case_and_composition(office: OverRest) -> None:
    for each, name in NAMES.items():
        await office.world.library(each, name=name)
        await office.world.share(each, "organisation" if each == "l2" else "group:g")
    await office.rows.finish()

    found = {q: {row["library_id"] for row in await office.listed("bob", q=q)} for q in FOUND}

    assert found == FOUND


async def test_pages_of_every_size_are_the_same_list(office: OverRest) -> None:
    ids = await filled(office, 7)

    for sort in SORTS:
        lists = [
            [row["library_id"] for row in await office.listed("bob", by="bob", sort=sort, limit=size)]
            for size in (1, 3, 7, 200)
        ]

        assert sorted(lists[0]) == ids
        assert lists == [lists[0]] * 4, sort


async def test_a_page_goes_on_behind_what_is_not_there_any_more(office: OverRest) -> None:
    ids = await filled(office, 7)
    for sort in SORTS:
        seen, cursor, _ = await page(office, sort=sort, limit=3)

        await office.world.unshare(seen[-1], "group:g")
        rest, end, total = await page(office, sort=sort, limit=10, cursor=cursor)
        await office.world.share(seen[-1], "group:g")

        assert (sorted(seen + rest), end, total) == (ids, None, 6), sort


async def test_a_page_that_is_turned_over_an_end_misses_and_repeats_nothing(office: OverRest) -> None:
    ids = await filled(office, 6)
    for each in ("k1", "k4"):
        await office.world.share(each, "group:g", until="10:00")
    await office.world.share("k4", "organisation")
    office.world.wait_until("09:59:59.999")
    seen, cursor, before = await page(office, sort="id", limit=3)

    office.world.wait_until("10:00")
    rest, _, after = await page(office, sort="id", limit=3, cursor=cursor)

    assert (seen + rest, before, after) == (ids, 6, 5)


async def test_a_new_name_and_owner_count_before_any_row_is_written(office: OverRest) -> None:
    await filled(office, 3)

    await office.done("ann", "PATCH", "/api/libraries/k0", {"name": "Zz Top"})
    await office.done("ann", "POST", "/api/libraries/k2/transfer", {"owner": "cara"})

    assert (await page(office, sort="name"))[0][-1] == "k0"
    assert (await page(office, q="zz"))[0] == ["k0"]
    assert (await page(office, q="Beta"))[0] == ["k2"]
    assert (await page(office, sort="owner"))[0][0] == "k0"


async def test_a_cursor_is_of_one_order_one_search_and_one_choice(office: OverRest) -> None:
    await filled(office, 3)
    _, cursor, _ = await page(office, limit=1)
    assert cursor is not None

    for other in ("sort=id", "q=a", "permission=read", "include_expired=true"):
        answer = await office.ask("bob", "GET", f"/api/users/bob/libraries?limit=1&{other}&cursor={quote(cursor)}")

        assert answer.status == 400, other
        assert "does not belong to this listing" in answer.json()["detail"]


async def test_a_cursor_in_which_one_letter_differs_is_none_of_ours(office: OverRest) -> None:
    await filled(office, 3)
    _, cursor, _ = await page(office, limit=1)
    assert cursor is not None

    for place in range(0, len(cursor), 9):
        other = "A" if cursor[place] != "A" else "B"
        forged = cursor[:place] + other + cursor[place + 1 :]
        answer = await office.ask("bob", "GET", f"/api/users/bob/libraries?limit=1&cursor={quote(forged)}")
        assert answer.status == 400, place


async def test_who_reaches_it_is_searched_by_name_and_id_and_counted(office: OverRest) -> None:
    for user_id, name in (("u1", "山田 ﾀﾛｳ"), ("u2", "Ｙａｍａｄａ_50%")):
        await office.world.accounts.users.create(office.world.actor(), NewUser(user_id=user_id, name=name))
    await office.changed("ann", add=[share("organisation")])
    found: dict[str, list[str]] = {}

    for q in ("タロウ", "yamada", "%", "_", "U1", "ＡＮＮ", "zzz"):
        reached = await office.done("ann", "GET", f"{HANDBOOK}/users?q={quote(q)}")
        found[q] = [each["user_id"] for each in reached["users"]]
    writers = await office.done("ann", "GET", f"{HANDBOOK}/users?permission=write&total=exact")

    assert found == {
        "タロウ": ["u1"], "yamada": ["u2"], "%": ["u2"], "_": ["u2"], "U1": ["u1"], "ＡＮＮ": ["ann"], "zzz": []
    }  # fmt: skip
    assert (writers["total"], [each["user_id"] for each in writers["users"]]) == (1, ["ann"])
