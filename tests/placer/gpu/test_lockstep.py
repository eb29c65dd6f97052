"""Searches in lockstep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.gpu.lockstep import Asking, run_alone, run_together
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan
from placer.testing import example_problem


@dataclass
class Counting:
    """An estimator that notes how much it is asked at once."""

    batches: list[int] = field(default_factory=list)

    def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
        self.batches.append(len(candidates))
        return ClosedFormEstimator().estimate(candidates, rule)


def plan_of(evaluator: Evaluator, number: int) -> GpuPlan:
    names = [adapter.name for adapter in evaluator.problem.workload.adapters[:number]]
    return evaluator.plan(evaluator.problem.fleet[0], number, dict.fromkeys(names, 1.0))


def count_down(evaluator: Evaluator, number: int) -> Asking[list[int]]:
    """Ask for ever fewer adapters, and return the numbers that were answered."""
    answered = []
    while number:
        (gpu,) = yield [plan_of(evaluator, number)]
        answered.append(len(gpu.plan.shares))
        number -= 1
    return answered


def test_what_is_asked_in_a_round_is_one_batch() -> None:
    estimator = Counting()
    evaluator = Evaluator(estimator, GpuCount(), example_problem(12))
    starts = (3, 0, 1, 9)
    results = run_together(evaluator, [count_down(evaluator, number) for number in starts])
    assert results == [list(range(number, 0, -1)) for number in starts]
    assert estimator.batches == [3, 2, 1, 1, 1, 1]  # 3, 1, 9; 2, 8; 7 (1 is known); 6; 5; 4


def test_one_alone() -> None:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(4))
    assert run_alone(evaluator, count_down(evaluator, 2)) == [2, 1]
    assert run_together(evaluator, []) == []


def test_a_spent_budget_ends_all() -> None:
    budget = Budget(max_estimates=3)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), example_problem(12), budget)
    with pytest.raises(BudgetExhausted):
        run_together(evaluator, [count_down(evaluator, number) for number in (3, 9)])
