"""Two engines, one table: whatever is done on both comes to the same.

A walk is a random sequence of operations on two fresh tables; in a storm the weather is of the same seed on both sides.
The long walks are others in every run, log the number by which `--walk-seed=N` repeats them, and are made smaller when
they fail.
"""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.table.twin_driver_walk import DriverWalk
from tests.table.twin_walk import TableWalk

pytestmark = pytest.mark.engine("dynamodb")

Walk = Callable[[Path, int | None], RuleBasedStateMachine]

# A walk is some hundred requests, and to make one that fails smaller takes some hundred walks: the long test does that.
SHORT = settings(
    max_examples=30,
    stateful_step_count=40,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
)
LONG = settings(
    SHORT,
    max_examples=150,
    stateful_step_count=80,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    derandomize=False,
    database=None,
    print_blob=True,
)

SEEDS = 2**32

log = logging.getLogger(__name__)


@pytest.fixture
def storm_seed(is_storm: bool, request: pytest.FixtureRequest) -> int | None:
    return int(request.config.getoption("--storm-seed") or 0) if is_storm else None


@pytest.fixture
def walk_seed(request: pytest.FixtureRequest) -> int:
    given = request.config.getoption("--walk-seed")
    number = secrets.randbelow(SEEDS) if given is None else int(given)
    log.warning("these walks again: --walk-seed=%d", number)
    return number


@pytest.mark.thorough
@pytest.mark.parametrize("walk", [TableWalk, DriverWalk])
def test_both_engines_answer_the_same(walk: Walk, tmp_path: Path, storm_seed: int | None) -> None:
    begin: Any = functools.partial(walk, tmp_path, storm_seed)
    run_state_machine_as_test(begin, settings=SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("walk", [TableWalk, DriverWalk])
def test_both_engines_answer_the_same_for_long(
    walk: Walk, tmp_path: Path, storm_seed: int | None, walk_seed: int
) -> None:
    begin: Any = seed(walk_seed)(functools.partial(walk, tmp_path, storm_seed))
    run_state_machine_as_test(begin, settings=LONG)
