"""What an engine does not do, or does otherwise: named, with a reason, and with the test that sees it refused.

`docs/backends.md` is made of this. A test of a promise that an engine does not make stands in `tests` of a gap, with
the case in brackets if it is only one, and is left out there; nothing else may leave a test out.
"""

from __future__ import annotations

import msgspec


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Something that one engine has and the other one has not."""

    engine: str
    """The one that lacks it."""
    feature: str
    elsewhere: str
    """What the other one does."""
    here: str
    why: str
    refused: str
    """What who asks for it nevertheless is told."""
    instead: str
    refused_by: str
    """The test that sees it refused, as `file::name` below `tests`; or sees what is done in its place."""
    tests: tuple[str, ...] = ()
    """Names of tests of the contract that are left out for it."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Something that both do, each in its way, and no caller needs to know to be right."""

    what: str
    sqlite: str
    dynamodb: str
    seen_by: str
    """A test of it, as `file::name` below `tests`."""


GAPS = (
    Gap(
        engine="dynamodb",
        feature="A frozen state to read from (`Driver.begin_snapshot`)",
        elsewhere="yes: a read transaction",
        here="no",
        why="DynamoDB reads at most 100 items at one instant, and only by key.",
        refused="`begin_snapshot` is `internal`; `Driver.snapshots` says so beforehand.",
        instead="`table.snapshot(collect)`: it reads until two readings in a row saw the same versions, and is"
        " `unavailable` where the state would not hold still.",
        refused_by="table/test_dynamodb_driver.py::test_there_are_no_snapshots_and_they_are_refused_loudly",
        tests=("test_a_frozen_state_does_not_move", "test_calls_are_counted_by_method"),
    ),
    Gap(
        engine="dynamodb",
        feature="Pages remembered in the process, told of every change (`Tail`)",
        elsewhere="yes: asking whether anything has moved takes microseconds",
        here="no: every page is read",
        why="Nothing says cheaply whether another process has written since.",
        refused="Nothing: `page_cache_bytes` has no effect, and answers are the same.",
        instead="A cache before the service, by the ETag of the answers.",
        refused_by="table/test_gaps.py::test_pages_are_remembered_on_the_embedded_engine_alone",
        tests=("test_a_page_that_is_kept_weighs_what_was_asked_too",),
    ),
    Gap(
        engine="dynamodb",
        feature="DAX, Amazon's cache before DynamoDB",
        elsewhere="not needed",
        here="no",
        why="It speaks a protocol of its own, which no maintained asynchronous library speaks.",
        refused="There is no setting for it, and a setting that nobody knows is `invalid`.",
        instead="Reads that may lag (`consistent=False`) cost half.",
        refused_by="table/test_gaps.py::test_there_is_no_setting_for_a_cache_of_amazon",
    ),
    Gap(
        engine="sqlite",
        feature="Several machines on one table",
        elsewhere="yes, any number",
        here="no: several processes of one machine",
        why="The write-ahead log of SQLite is memory that the processes share; no network file system has that.",
        refused="`sqlite:` takes a path and no address. A file on a network drive cannot be told from another one.",
        instead="One machine with as many workers as it has cores; then DynamoDB.",
        refused_by="table/test_gaps.py::test_the_embedded_engine_takes_no_address",
    ),
)

SECOND_OPINION = {
    "dynalite": {
        "test_a_frozen_state_does_not_move": "DynamoDB has no snapshots",
        "test_a_snapshot_of_a_listing_has_all_or_nothing_of_a_transaction": "dynalite has no transactions",
        "test_a_condition_on_a_value_holds_only_for_that_value[nested-value12]": "dynalite compares no maps",
        "test_a_condition_on_a_value_holds_only_for_that_value[owner-value13]": "dynalite compares no maps",
        "test_neighbours_are_told_apart_by_order[note-\\uffff-\\U00010000]": "dynalite compares texts by UTF-16",
    }
}
"""By emulator: the tests of promises that DynamoDB keeps and it does not."""

DIFFERENCES = (
    Difference(
        what="Indexes",
        sqlite="Show a write at once.",
        dynamodb="Lag, usually by less than a second. What must be found for certain is read by the table's own key.",
        seen_by="testing/test_weather.py::test_an_index_shows_each_item_as_it_is_or_as_it_was",
    ),
    Difference(
        what="Removed items",
        sqlite="Are gone; 1,024 marks remember the versions that may not come back.",
        dynamodb="Leave a tombstone of some 100 bytes for a day, so that their versions do not come back. It is absent"
        " for every call, and is paid for where a query passes over it.",
        seen_by="table/test_dynamodb_driver.py::test_a_tombstone_is_absent_for_every_call",
    ),
    Difference(
        what="A first version that was used up",
        sqlite="Is refused above all versions of removed items, and now and then for the sake of another key.",
        dynamodb="Is refused above those of this key.",
        seen_by="table/test_driver_writes.py::test_a_used_version_is_refused_with_one_above_which_all_are_new",
    ),
    Difference(
        what="Expired items",
        sqlite="Are absent at once, and removed by the service's sweeper, once a minute.",
        dynamodb="Are absent at once, and removed by DynamoDB itself, free of charge, within days of the day for which"
        " they are kept; `remove_expired` reads, and pays for, the whole table.",
        seen_by="table/test_expiry.py::test_removing_what_has_expired_changes_nothing_that_is_read",
    ),
    Difference(
        what="The change log",
        sqlite="Is one line: changes of all items come in the order of their commits. Kept 24 hours.",
        dynamodb="Is a stream of several shards: the changes of one item are in order, those of two items need not be."
        " Kept 24 hours, DynamoDB's fixed time.",
        seen_by="table/test_change_log.py::test_each_write_of_an_item_is_one_change_in_order",
    ),
    Difference(
        what="Positions in the change log",
        sqlite="Numbers.",
        dynamodb="One place for each shard, some hundred bytes. A position from before the first change of its shard"
        " is an iterator, which DynamoDB keeps for 15 minutes; after that the shard is read from its beginning and"
        " what is older is left out.",
        seen_by="table/test_dynamodb_streams.py::test_a_beginning_whose_mark_has_expired_is_found_by_its_time",
    ),
    Difference(
        what="`table.snapshot`",
        sqlite="One reading.",
        dynamodb="Two equal readings, or more while others write: twice the reads.",
        seen_by="table/test_snapshots.py::test_a_snapshot_is_true_at_one_instant_while_others_write",
    ),
    Difference(
        what="A batch of keys",
        sqlite="Is of one instant.",
        dynamodb="Is of one instant only with `snapshot=True`, which costs twice and holds 97 keys; several batches"
        " are sent for what DynamoDB left out.",
        seen_by="table/test_driver_writes.py::test_a_snapshot_read_sees_lists_whole",
    ),
    Difference(
        what="A write",
        sqlite="Waits for the one writer of the file; those that wait together are one commit.",
        dynamodb="A single action is one request at 1 unit for each KB; several are a transaction at 2, and two of"
        " them that touch the same item at the same time are tried again.",
        seen_by="table/test_driver_writes.py::test_of_concurrent_lists_that_expect_one_version_one_is_done",
    ),
    Difference(
        what="A page",
        sqlite="Is full unless it is the last.",
        dynamodb="May be short where the items read have 1 MB together. Only a missing cursor means the end.",
        seen_by="table/test_driver_queries.py::test_a_stretch_that_is_not_the_last_has_an_item",
    ),
    Difference(
        what="Decimals",
        sqlite='Come back in plain notation: `Decimal("100")`.',
        dynamodb='Come back as DynamoDB spells them, perhaps `Decimal("1E+2")`: equal, and another text.',
        seen_by="table/test_values.py::test_equal_values_are_no_change_however_they_were_written",
    ),
)


def tests_left_out(engine: str) -> frozenset[str]:
    """Of the contract, where it runs on this engine or emulator."""
    gaps = (test for gap in GAPS if gap.engine == engine for test in gap.tests)
    return frozenset((*gaps, *SECOND_OPINION.get(engine, ())))
