"""What one strategy did with one instance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.placer.benchmark.example_row import ROW


@pytest.mark.parametrize(
    ("feasible", "value", "optimal"),
    [
        *((True, (3.0,), True), (True, (3.0 + 1e-12,), True), (False, (3.0,), False)),
        *((True, (5.0,), False), (True, (3.0, 0.2), False)),
    ],
)
def test_optimal_is_what_is_feasible_and_reaches_its_bound(
    feasible: bool, value: tuple[float, ...], optimal: bool
) -> None:
    bound = (3.0, 0.0)[: len(value)]
    assert replace(ROW, feasible=feasible, value=value, lower_bound=bound).optimal is optimal


@pytest.mark.parametrize(
    ("status", "asked", "by_itself"),
    [
        *(("feasible", 9, True), ("optimal", 9, True), ("infeasible", 9, True)),
        *(("feasible", 10, False), ("time_limit", 9, False), ("unchecked", 9, False)),
    ],
)
def test_a_search_that_ended_by_itself_gains_nothing_from_a_larger_limit(
    status: str, asked: int, by_itself: bool
) -> None:
    row = replace(ROW, status=status, num_estimates=asked, max_estimates=10.0)
    assert row.ended_by_itself is by_itself
