"""Finding users by a part of their name, id or e-mail address: a bounded look through the users by name.

A cursor of a search holds where the stretch began that was being looked through, and the last user shown of it.
"""

from __future__ import annotations

import msgspec

from entaku.core.errors import Invalid
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts.model import UserProfile
from entaku.table import BoundTable, Page, fold
from entaku.table.keys import escape, fold_text

SEARCHED_MAX = 1_000
"""Users looked at for one page of a search; a page may be short, its cursor goes on."""
SEARCH_LENGTH_MAX = 200


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a search stands."""

    stretch: str | None = None
    """The cursor of the stretch; None for the first."""
    shown: str = ""
    """The sort position of the last user shown of the stretch; empty for none."""


async def search_users(table: BoundTable, q: str, *, limit: int, after: str | None) -> Page[UserProfile]:
    """The users whose name, id or e-mail address contains `q`, compared casefolded, by name.

    At most one call for every 200 of the `SEARCHED_MAX` users looked at. Raises Invalid for a cursor of another search.
    """
    if len(q) > SEARCH_LENGTH_MAX:
        raise Invalid(f"the search text has {len(q)} characters; at most {SEARCH_LENGTH_MAX} are possible")
    wanted = fold(q)
    listing = f"users with {wanted}"
    place = _Place() if after is None else msgspec.json.decode(table.open_cursor(listing, after), type=_Place)
    found: list[UserProfile] = []
    for _ in range(0, SEARCHED_MAX, PAGE_SIZE_MAX):
        page = await table.list(UserProfile.by_name(), limit=PAGE_SIZE_MAX, after=place.stretch)
        for user in page.items:
            position = f"{fold_text(user.name)}#{escape(user.user_id)}"
            if position <= place.shown or not _matches(user, wanted):
                continue
            if len(found) == limit:
                return Page(tuple(found), _sealed(table, listing, place))
            found.append(user)
            place = _Place(place.stretch, position)
        if page.cursor is None:
            return Page(tuple(found), None)
        place = _Place(page.cursor)
    return Page(tuple(found), _sealed(table, listing, place))


def _sealed(table: BoundTable, listing: str, place: _Place) -> str:
    return table.seal_cursor(listing, msgspec.json.encode(place).decode())


def _matches(user: UserProfile, wanted: str) -> bool:
    return any(wanted in fold(text) for text in (user.name, user.user_id, user.email or ""))
