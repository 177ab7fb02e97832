"""Searching people: everybody who matches is found exactly once, in the order of names, whatever the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from entaku.core.errors import Invalid
from entaku.modules.accounts import Accounts, NewUser
from tests.modules.accounts.conftest import ANN, OTHER

Settled = Callable[[], Awaitable[None]]


async def search(accounts: Accounts, q: str, limit: int) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = await accounts.users.list(ANN, limit=limit, after=cursor, q=q)
        assert len(page.items) <= limit
        found += [profile.user_id for profile in page.items]
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
async def test_everybody_who_matches_is_found_once_in_order(accounts: Accounts, settled: Settled, limit: int) -> None:
    names = ["Zoë Kern", "kernel", "Åsa Kern", "Kern", "Kern", "Nobody"]
    for number, name in enumerate(names):
        await accounts.users.create(ANN, NewUser(user_id=f"u{number}", name=name))
    await settled()

    assert await search(accounts, "KERN", limit) == ["u3", "u4", "u1", "u0", "u2"]


async def test_ids_and_addresses_are_searched_too(accounts: Accounts, settled: Settled) -> None:
    await accounts.users.create(ANN, NewUser(user_id="x.first", name="A", email="a@Somewhere.example"))
    await settled()

    assert await search(accounts, "x.FIRST", 10) == ["x.first"]
    assert await search(accounts, "somewhere", 10) == ["x.first"]


async def test_widths_and_cases_of_letters_are_the_same(accounts: Accounts, settled: Settled) -> None:
    await accounts.users.create(ANN, NewUser(user_id="eva", name="Straße ｶﾅ"))
    await settled()

    assert await search(accounts, "STRASSE カナ", 10) == ["eva"]


async def test_a_cursor_is_good_for_its_own_search_only(accounts: Accounts, settled: Settled) -> None:
    await settled()
    cursor = (await accounts.users.list(ANN, limit=1, q="n")).cursor

    with pytest.raises(Invalid, match="cursor"):
        await accounts.users.list(ANN, limit=1, q="b", after=cursor)
    with pytest.raises(Invalid, match="cursor"):
        await accounts.users.list(OTHER, limit=1, q="n", after=cursor)
    with pytest.raises(Invalid, match="cursor"):
        await accounts.users.list(ANN, limit=1, after=cursor)
