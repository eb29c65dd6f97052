"""What one strategy did with one instance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.placer.benchmark.example_row import ROW


@pytest.mark.parametrize(
    ("feasible", "gap", "optimal"),
    [(True, 0.0, True), (True, 1e-12, True), (True, 0.4, False), (False, 0.0, False)],
)
def test_optimal_is_what_is_feasible_and_reaches_its_bound(
    feasible: bool, gap: float, optimal: bool
) -> None:
    assert replace(ROW, feasible=feasible, gap=gap).optimal is optimal
