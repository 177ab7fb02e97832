"""Keys: different values never render the same key, and rendered keys sort as the values do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Invalid
from entaku.core.limits import SORT_KEY_BYTES_MAX
from entaku.table import BoundTable, keys
from tests.table.entities import Account, Chapter, Note, Owner, OwnerKind

NASTY = "#%$!\"|/?\\ \x00\x01\x1f~&'é円😀\uffff\U00010000"
# Characters that have been mistaken for separators or escapes, more often than others.
texts = st.text(st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=["Cs"])), min_size=1, max_size=12)
times = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))


def rendered(values: tuple[str, ...]) -> str:
    return keys.SEPARATOR.join(map(keys.escape, values))


def in_bytes(values: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(value.encode() for value in values)


@given(texts)
def test_an_escaped_value_can_be_read_back(value: str) -> None:
    assert keys.unescape(keys.escape(value)) == value


@given(texts)
def test_an_escaped_value_holds_no_separator_and_no_control(value: str) -> None:
    assert not any(ord(character) <= 0x24 for character in keys.escape(value))


@given(st.lists(texts, min_size=1, max_size=4).map(tuple), st.lists(texts, min_size=1, max_size=4).map(tuple))
def test_different_tuples_render_different_keys(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (rendered(one) == rendered(other)) == (one == other)


@given(st.lists(texts, min_size=1, max_size=4).map(tuple), st.lists(texts, min_size=1, max_size=4).map(tuple))
def test_rendered_keys_sort_as_the_tuples_do(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (rendered(one).encode() < rendered(other).encode()) == (in_bytes(one) < in_bytes(other))


@given(texts, texts, texts)
def test_a_prefix_ends_at_the_border_of_its_last_component(part: str, other: str, rest: str) -> None:
    low, high = keys.escape(part) + keys.SEPARATOR, keys.escape(part) + keys.AFTER_SEPARATOR

    assert (low <= rendered((other, rest)) < high) == (part == other)


@given(times, times)
def test_times_in_keys_sort_as_instants(one: datetime, other: datetime) -> None:
    assert (keys.time_text(one) < keys.time_text(other)) == (one < other)


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_numbers_in_keys_sort_as_numbers(one: int, other: int) -> None:
    assert (keys.number_text(one, 6) < keys.number_text(other, 6)) == (one < other)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_a_folded_name_always_fits_a_key(name: str) -> None:
    folded = keys.fold_text(name)

    assert 0 < len(folded.encode()) <= keys.FOLDED_BYTES_MAX
    assert keys.escape(keys.unescape(folded)) == folded


def test_folding_does_not_see_case_and_width() -> None:
    assert keys.fold_text("ÅNGSTRÖM Ｃｏ") == keys.fold_text("ångström CO")


@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"])
@pytest.mark.parametrize("render", [keys.escape, keys.fold_text, lambda value: keys.shard_text(value, 8)])
def test_half_a_surrogate_pair_is_refused(render: object, half: str) -> None:
    assert callable(render)
    with pytest.raises(Invalid, match="surrogate"):
        render(half)


def test_an_empty_component_is_refused() -> None:
    with pytest.raises(Invalid, match="empty"):
        Note.at(book="", id="n")


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 4, 1),  # noqa: DTZ001
        datetime(2026, 4, 1, microsecond=1, tzinfo=UTC),
        datetime.max.replace(microsecond=0, tzinfo=timezone(-timedelta(hours=1))),
    ],
)
def test_a_time_that_no_key_can_hold_is_refused(at: datetime) -> None:
    with pytest.raises(Invalid):
        keys.time_text(at)


def test_the_day_of_a_time_is_its_day_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))

    assert keys.day_text(datetime(2026, 4, 1, 8, 59, tzinfo=tokyo)) == "2026-03-31"
    assert keys.day_text(date(2026, 4, 1)) == "2026-04-01"


def test_the_day_of_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(Invalid, match="zone"):
        keys.day_text(datetime(2026, 4, 1))  # noqa: DTZ001


@pytest.mark.parametrize("number", [-1, 10_000])
def test_a_number_that_does_not_fit_its_width_is_refused(number: int) -> None:
    with pytest.raises(Invalid, match=str(number)):
        Chapter.at(book="b", part="p", number=number)


@pytest.mark.parametrize("kind", ["Library", "ſ", "straße"])
def test_capitals_are_made_only_of_small_letters(kind: str) -> None:
    with pytest.raises(Invalid, match="small letters"):
        keys.upper_text(kind)


def test_the_values_of_a_struct_are_components_of_their_own() -> None:
    assert Note.of_owner(owner=Owner(OwnerKind.USER, "a#b")).partitions == ("OWNER#USER#a%23b",)


async def test_a_sort_key_of_just_the_longest_length_is_stored_and_found(acme: BoundTable) -> None:
    longest = "é" * ((SORT_KEY_BYTES_MAX - len("NOTE#") - len("000000#")) // 2)
    note = await acme.create(Note(book="b", id=longest))

    assert await acme.get(Note.at(book="b", id=longest)) == note


async def test_a_key_that_is_too_long_is_refused_with_its_length(acme: BoundTable) -> None:
    too_long = "x" * (SORT_KEY_BYTES_MAX - len("NOTE#") + 1)

    with pytest.raises(Invalid, match=str(SORT_KEY_BYTES_MAX + 1)):
        await acme.find(Note.at(book="b", id=too_long))
    with pytest.raises(Invalid, match="partition"):
        await acme.find(Account.at(id="x" * 2100))


@pytest.mark.parametrize("id", [*NASTY, NASTY, "a|b", "a/b", "a%b", "a?b", "a\\b", "A", "a", "Á", "á", "a\u0301"])
async def test_any_text_is_an_id_of_its_own(acme: BoundTable, id: str) -> None:
    others = [await acme.create(Account(id=other)) for other in ("plain", id + "x", "x" + id)]
    mine = await acme.create(Account(id=id, balance=5))

    assert await acme.get(Account.at(id=id)) == mine
    assert [await acme.get(Account.at(id=other.id)) for other in others] == others
