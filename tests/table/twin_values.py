"""What the random walks over two engines write: keys and values of the kinds that engines are known to differ in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st

from entaku.table import Query, field
from tests.table.entities import Chapter, Member, Note, Owner, OwnerKind, Paper, Token

T = TypeVar("T")

_WIDE = Context(prec=80)

# Cases, accents composed and not, what keys escape, and letters whose order differs between UTF-8 and UTF-16.
IDS = ("a", "A", "b", "b#", "b%23", "\u00e9", "e\u0301", "\uffff", "\U00010000", "a b", "-", "0", "x\x00", "/|?\\")
BOOKS = ("b", "b#")
OWNERS = (None, Owner(OwnerKind.USER, "ann"), Owner(OwnerKind.GROUP, "ann"), Owner(OwnerKind.USER, "\U00010000"))

ids = st.one_of(st.sampled_from(("a", "b#", "\u00e9")), st.sampled_from(IDS))
few_ids = st.sampled_from(("a", "b#", "\u00e9"))
letters = st.text(st.sampled_from('aZ0 \u00e9\uffff\U00010000\x00%#"\\\u200d\U0001f469'), max_size=6)
texts = st.one_of(letters, letters, st.text(max_size=12))
names = letters.filter(bool)


def _rarely(possible: st.SearchStrategy[T], refused: Sequence[Any]) -> st.SearchStrategy[T]:
    """Values that can be stored, and now and then one that no engine holds."""
    return st.one_of(*[possible] * 9, st.sampled_from(refused))


whole_numbers = _rarely(
    st.one_of(st.integers(-5, 5), st.sampled_from((2**53 + 1, -(2**63), 10**38 - 1, 10**38, 123 * 10**40))),
    (10**38 + 1, 10**126),
)
decimals = _rarely(
    st.one_of(
        st.sampled_from([Decimal(text) for text in ("0", "-0", "1.0", "1E+2", "1e-130", "9e125", "0.1")]),
        st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6),
        st.integers(-(10**38) + 1, 10**38 - 1).map(lambda n: Decimal(n).scaleb(-20, _WIDE)),
    ),
    [Decimal(text) for text in ("1e-131", "1e126", "NaN", f"{'1' * 39}")],
)
floats = _rarely(
    st.one_of(st.sampled_from((0.0, -0.0, 0.1, 1e16, 2.0**53, 1e-7)), st.floats(-1e6, 1e6, allow_subnormal=False)),
    (5e-324, 1.7e308, float("nan"), float("inf")),
)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
lives = st.sampled_from(
    [None, *(timedelta(milliseconds=ms) for ms in (-100, 0, 100, 200, 400)), timedelta(microseconds=100_999)]
)
"""How long an item that expires has left: steps of the clock often end with it."""
steps = st.sampled_from((1, 1, -1, 2**53, 10**38 - 1, 10**38))
"""What is added to a whole number."""

SAMPLE_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "amount": st.none() | decimals,
    "count": whole_numbers,
    "ratio": floats,
    "raw": st.binary(max_size=8),
    "tags": st.frozensets(texts, max_size=3),
    "at_time": st.none() | moments,
    "note": st.one_of(st.just(msgspec.UNSET), st.none(), texts),
    "nested": st.dictionaries(texts, st.lists(whole_numbers, max_size=3), max_size=3),
    "owner": st.sampled_from(OWNERS),
}
samples = st.fixed_dictionaries({"id": few_ids}, optional=SAMPLE_FIELDS)
sample_changes = st.fixed_dictionaries({}, optional=SAMPLE_FIELDS)
notes = st.fixed_dictionaries(
    {"book": st.sampled_from(BOOKS), "id": ids},
    optional={
        "text": texts,
        "stars": _rarely(st.sampled_from((0, 1, 10, 999_999)), (1_000_000, -1)),
        "owner": st.sampled_from(OWNERS),
    },
)
conditions = st.one_of(
    *(
        st.builds(lambda made, value: made(value), st.sampled_from(ways), SAMPLE_FIELDS[name])
        for name in ("amount", "count", "ratio", "raw", "tags", "at_time", "note")
        for made in [field(name)]
        for ways in [(made.equals, made.differs_from, made.less_than, made.at_most, made.more_than, made.at_least)]
    ),
    *(st.sampled_from((field(name).is_present(), field(name).is_missing())) for name in SAMPLE_FIELDS),
)
queries: st.SearchStrategy[Query[Any]] = st.one_of(
    st.sampled_from(BOOKS).map(lambda book: Note.in_book(book=book)),
    st.sampled_from(BOOKS).map(lambda book: Note.by_stars(book=book)),
    st.builds(
        lambda book, stars: Note.with_stars(book=book, stars=stars), st.sampled_from(BOOKS), st.sampled_from((0, 1))
    ),
    st.sampled_from(OWNERS[1:]).map(lambda owner: Note.of_owner(owner=owner)),
    st.just(Token.of_user(user="u")),
    st.just(Token.by_uses(user="u")),
    st.just(Member.by_name()),
    st.just(Paper.by_title()),
    st.sampled_from(("1", "1#")).map(lambda part: Chapter.in_part(book="b", part=part)),
)
