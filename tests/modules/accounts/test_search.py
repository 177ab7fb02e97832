"""Searching people: everybody who matches is found exactly once, in the order of names, whatever the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from entaku.core.errors import Invalid
from entaku.core.limits import SEARCH_CALLS_MAX, SEARCH_LENGTH_MAX
from entaku.modules.accounts import Accounts, NewUser
from entaku.table import Model, Table
from entaku.table.driver import Driver, Range, Stretch
from entaku.testing import CountingDriver, ManualClock
from tests.engines import SECRET
from tests.modules.accounts.conftest import ANN, OTHER, Referring, furnished

Settled = Callable[[], Awaitable[None]]


class Sparing(CountingDriver):
    """Answers one item a stretch, as an engine may where items are large."""

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        found = await super().query(ranges, now_ms=now_ms, consistent=consistent)
        return [Stretch(s.items[:1], s.positions[:1], s.more or len(s.items) > 1) for s in found]


@pytest.fixture
def sparing(bare_driver: Driver) -> Sparing:
    return Sparing(bare_driver)


@pytest.fixture
async def crowd(sparing: Sparing, model: Model, clock: ManualClock) -> Accounts:
    """Forty people, ten of whom are called Kern, on an engine that answers little at a time."""
    accounts = await furnished(Table(sparing, model, secret=SECRET, clock=clock), Referring())
    for number in range(40):
        name = f"Kern {number:02}" if number % 4 == 0 else f"Other {number:02}"
        await accounts.users.create(ANN, NewUser(user_id=f"u{number:02}", name=name))
    return accounts


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


@pytest.mark.parametrize("limit", [1, 3, 10, 200])
async def test_who_matches_is_found_once_however_little_comes_at_a_time(crowd: Accounts, limit: int) -> None:
    assert await search(crowd, "kern", limit) == [f"u{number:02}" for number in range(0, 40, 4)]
    assert await search(crowd, "", limit) == await search(crowd, "", 7)
    assert len(await search(crowd, "", limit)) == 42


async def test_a_search_for_nobody_ends_after_some_calls_and_can_go_on(crowd: Accounts, sparing: Sparing) -> None:
    sparing.start()

    page = await crowd.users.list(ANN, limit=10, q="nobody is called this")

    assert (page.items, page.cursor is None) == ((), False)
    assert dict(sparing.calls) == {"query": SEARCH_CALLS_MAX}


async def test_a_search_text_has_a_bound(accounts: Accounts) -> None:
    with pytest.raises(Invalid, match=str(SEARCH_LENGTH_MAX)):
        await accounts.users.list(ANN, limit=10, q="x" * (SEARCH_LENGTH_MAX + 1))
    with pytest.raises(Invalid, match="surrogate"):
        await accounts.users.list(ANN, limit=10, q="\udcff")
