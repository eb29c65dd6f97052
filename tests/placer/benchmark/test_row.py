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
