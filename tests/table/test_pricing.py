"""What a load costs: the rules of DynamoDB for units, and the sums of the estimate."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Invalid
from entaku.table import Entity, Model, access, key
from entaku.table.pricing import Estimate, estimate, load_from, prices_from
from entaku.table.pricing.units import Reading, Units, read_units, write_units

PRICES = prices_from()
MILLION = 1_000_000


class Book(Entity, kind="BOOK"):
    book_id: str
    title: str
    shelf: str = "a"

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."

    @access("BOOKS#{book_id:shard8}", "{title:fold}#{book_id}", index=1)
    def by_title() -> None:
        "All books, by title."

    @access("SHELF#{shelf}", "{book_id}", index=2)
    def on_shelf(*, shelf: str) -> None:
        "The books of a shelf, by id."


class Page(Entity, kind="PAGE"):
    book_id: str
    page_id: str

    @key("BOOK#{book_id}", "PAGE#{page_id}")
    def at(*, book_id: str, page_id: str) -> None:
        "One page."

    @access("BOOK#{book_id}", "PAGE#")
    def of_book(*, book_id: str) -> None:
        "The pages of a book, by id."


MODEL = Model([Book, Page])


def estimated(*calls: dict[str, Any], sizes: dict[str, int] | None = None, **more: Any) -> Estimate:
    """For one tenant that asks each call a million times a month."""
    tenant = {"name": "one", "calls": [{"per_month": MILLION, **call} for call in calls], **more.pop("tenant", {})}
    document = {"tenants": [tenant], "sizes": sizes or {"BOOK": 1000, "PAGE": 1000}, **more}
    return estimate(load_from(document), MODEL, PRICES)


def units(*calls: dict[str, Any], **more: Any) -> Units:
    return estimated(*calls, **more).calls[0].units


@pytest.mark.parametrize(
    ("size_bytes", "reading", "expected"),
    [
        (1, "consistent", 1),
        (4096, "consistent", 1),
        (4097, "consistent", 2),
        (8192, "eventual", 1),
        (8192, "transaction", 4),
        (0, "eventual", 0.5),
    ],
)
def test_reads_count_by_four_kilobytes(size_bytes: int, reading: Reading, expected: float) -> None:
    assert read_units(size_bytes, reading) == expected


def test_writes_count_by_one_kilobyte_and_twice_in_a_transaction() -> None:
    assert [write_units(size) for size in (1, 1024, 1025, 3072)] == [1, 1, 2, 3]
    assert write_units(3072, in_transaction=True) == 6


def test_each_index_repeats_a_write() -> None:
    assert units({"write": "create BOOK"}).writes == {0: 1, 1: 1, 2: 1}


def test_a_changed_index_key_is_two_writes_there() -> None:
    assert units({"write": "patch BOOK title"}).writes == {0: 1, 1: 2, 2: 1}
    assert units({"write": "patch BOOK title, shelf"}).writes == {0: 1, 1: 2, 2: 2}


def test_a_transaction_doubles_the_table_and_not_its_indexes() -> None:
    assert units({"write": ["create BOOK", "create PAGE"]}).writes == {0: 4, 1: 1, 2: 1}


def test_what_a_transaction_patches_is_read_again() -> None:
    assert units({"write": ["patch BOOK", "create PAGE"]}).reads == {0: 1}
    assert units({"write": "patch BOOK"}).reads == {}


def test_a_removal_alone_is_a_transaction_with_a_receipt() -> None:
    assert units({"write": "delete PAGE"}).writes == {0: 4}
    assert units({"write": ["delete PAGE", "create PAGE"]}).writes == {0: 4}


def test_a_listing_reads_one_item_more_than_it_shows() -> None:
    assert units({"list": "PAGE.of_book", "page_size": 7}, sizes={"PAGE": 1024}).reads == {0: 2}
    assert units({"list": "PAGE.of_book", "page_size": 8}, sizes={"PAGE": 1024}).reads == {0: 3}
    assert units({"list": "PAGE.of_book", "finds": 0}).reads == {0: 1}


def test_a_listing_of_shards_reads_each_of_them_at_half_price_from_its_index() -> None:
    whole_pages = units({"list": "BOOK.by_title", "page_size": 20}, sizes={"BOOK": 1024})
    few = units({"list": "BOOK.by_title", "page_size": 20}, tenant={"items": {"BOOK": 16}}, sizes={"BOOK": 1024})

    assert whole_pages.reads == {1: 8 * 0.5 * 6}
    assert few.reads == {1: 8 * 0.5}


def test_a_price_is_units_times_what_a_million_costs() -> None:
    found = estimated({"read": "BOOK.at"}, {"write": "create BOOK"}, tenant={"count": 3})

    assert [call.price for call in found.calls] == pytest.approx([0.125, 3 * 0.625])
    assert found.total == pytest.approx(3 * (0.125 + 3 * 0.625))


def test_what_is_kept_is_billed_once_for_each_index_and_backed_up_once() -> None:
    found = estimated(tenant={"items": {"BOOK": 2**20}}, sizes={"BOOK": 924}, free_tier=False)

    assert found.stored_gb == 3
    assert found.total == pytest.approx(3 * 0.25 + 924 / 1024 * 0.20)


def test_what_is_free_is_taken_off_and_no_more() -> None:
    found = estimated(tenant={"stored_gb": 10}, stream_reads_per_second=1, point_in_time_recovery=False)

    assert found.total == pytest.approx((1 * 2_628_000 - 2_500_000) * 0.02 / 100_000)


def test_provisioned_capacity_is_paid_by_the_hour_in_whole_units() -> None:
    call = {"per_month": None, "per_second": 10, "write": "create PAGE"}
    found = estimated(call, capacity="provisioned", utilization=0.5, peak=1.1)

    assert [(each.place, each.write_units) for each in found.capacity] == [("table", 22)]
    assert found.total == pytest.approx(730 * (22 * 0.00065 + 1 * 0.00013))


def test_sizes_are_estimated_where_the_load_does_not_say_them() -> None:
    found = estimate(load_from({"tenants": [{"name": "one", "items": {"BOOK": 1}}], "free_tier": False}), MODEL, PRICES)

    assert 0 < found.stored_gb * 2**30 < 3 * 1000


class Even(Entity, kind="EVEN"):
    """Nothing that is made of a declaration alone passes its own check."""

    number: int

    @key("EVEN#{number:w6}", "EVEN")
    def at(*, number: int) -> None:
        "One even number."

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError(f"{self.number} is odd")


def test_an_entity_without_an_example_needs_its_size() -> None:
    document = {"tenants": [{"name": "one", "items": {"EVEN": 1}}]}

    with pytest.raises(Invalid, match="under `sizes`"):
        estimate(load_from(document), Model([Even]), PRICES)
    assert estimate(load_from({**document, "sizes": {"EVEN": 100}}), Model([Even]), PRICES).stored_gb == 200 / 2**30


@given(count=st.integers(0, 1000), size=st.integers(1, 400_000))
def test_twice_the_tenants_cost_twice(count: int, size: int) -> None:
    calls = [{"write": "patch BOOK title"}, {"read": "BOOK.at"}]
    once, twice = (
        estimated(*calls, tenant={"count": n}, sizes={"BOOK": size}, free_tier=False) for n in (count, 2 * count)
    )

    assert twice.total == pytest.approx(2 * once.total)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"read": "BOK.at"}, "there is no entity 'BOK'"),
        ({"read": "BOOK.by_title"}, "use `list`"),
        ({"list": "BOOK.at"}, "use `read`"),
        ({"list": "BOOK.by_author"}, "it has at, by_title, on_shelf"),
        ({"write": "patch BOOK colour"}, "no field 'colour'"),
        ({"write": "create PLATFORM_RECEIPT"}, "an entity of the platform"),
        ({"write": ["create PAGE"] * 91}, "holds 90 writes"),
    ],
)
def test_what_does_not_fit_the_model_is_named(call: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        estimated(call)

    (flaw,) = {flaw.message: flaw for flaw in refused.value.flaws}.values()
    assert said in flaw.message
    assert flaw.path.startswith("tenants[0].calls[0].")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"read": "BOOK.at", "write": "create BOOK"}, "exactly one of `read`"),
        ({"read": "BOOK.at", "per_second": 1}, "exactly one of `per_second`"),
        ({"request": "read"}, "item_bytes"),
        ({"write": "remove BOOK"}, "'remove BOOK' is no write"),
        ({"read": "BOOK.at", "per_month": -1}, ">= 0"),
    ],
)
def test_what_is_no_call_is_named(call: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        estimated(call)

    (flaw,) = refused.value.flaws
    assert said in flaw.message
    assert flaw.path.startswith("tenants[0].calls[0]")


def test_the_shipped_prices_are_dated_and_say_where_they_come_from() -> None:
    document = msgspec.to_builtins(PRICES)

    assert document["source"].startswith("https://aws.amazon.com/")
    assert PRICES.region == "us-east-1"
    assert PRICES.as_of.year == 2026
