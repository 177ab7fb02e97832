"""The manual clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from entaku.testing import ManualClock


def test_the_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock()
    start = clock.now()

    assert clock.now() == start
    assert clock.advance(timedelta(milliseconds=1)) == clock.now() == start + timedelta(milliseconds=1)


def test_the_clock_can_be_set_back_and_answers_in_utc() -> None:
    clock = ManualClock()

    clock.set(datetime(2020, 1, 1, 9, tzinfo=timezone(timedelta(hours=9))))

    assert clock.now() == datetime(2020, 1, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        ManualClock(datetime(2020, 1, 1))  # noqa: DTZ001
