"""Made-up changes: no GPU more than need be, few moves, and no more estimates than before."""

from __future__ import annotations

from pathlib import Path

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.replanning import plan_migration
from placer.solve import solve
from placer.strategies import CapacityPacking
from tests.placer.replanning.changes import CHANGES, Change

MOST_MOVES = 1.5  # times those of the best plan that is known
MOST_ESTIMATES = 1.1  # times those that it took when the change was written down


def replanned(change: Change) -> tuple[Problem, Result]:
    problem = change.problem()
    estimator, budget = ClosedFormEstimator(), Budget(max_estimates=3000)
    return problem, solve(
        problem, CapacityPacking(), estimator, change.objective, budget, verify=False
    )


@pytest.mark.parametrize("name", CHANGES)
def test_few_adapters_move(name: str) -> None:
    change = CHANGES[name]
    problem, result = replanned(change)
    assert result.is_feasible()
    assert len(result.placement.gpus) == change.gpus
    assert problem.previous is not None
    migration = plan_migration(problem.previous, result.placement, problem)
    assert migration.num_moves <= MOST_MOVES * change.moves
    assert result.num_estimates <= MOST_ESTIMATES * change.estimates


def test_the_documentation_has_them_as_they_are() -> None:
    text = (Path(__file__).parents[3] / "docs" / "benchmark.md").read_text(encoding="utf-8")
    rows = (line.strip("| ").split(" | ") for line in text.splitlines())
    shown = {row[0].partition(",")[0]: row for row in rows if len(row) == 7}
    for name, change in CHANGES.items():
        *_, gpus, _, moves, estimates = shown[name.partition(",")[0]]
        assert (int(gpus), int(moves), int(estimates)) == (
            *(change.gpus, change.moves, change.estimates),
        ), name


def test_there_are_a_dozen_changes() -> None:
    assert len(CHANGES) >= 12
