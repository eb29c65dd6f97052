"""Warm start."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.base import Estimator
from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount, Latency
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.search.search import Search
from placer.solve import solve
from placer.strategies import CapacityPacking, FirstFit, Greedy
from placer.strategies.warm_start import warm_start
from placer.testing import example_problem

CLOSED_FORM = ClosedFormEstimator()


def search_of(
    problem: Problem,
    objective: Objective,
    estimator: Estimator = CLOSED_FORM,
    most: int | None = None,
) -> Search:
    budget = Budget(max_estimates=most)
    evaluator = Evaluator(estimator, objective, problem, budget)
    return Search(problem, evaluator, budget, np.random.default_rng(0))


def test_what_is_proven_is_not_to_be_improved() -> None:
    search = search_of(example_problem(24), GpuCount())
    assert not warm_start(search)
    assert search.proven()


def test_it_is_as_good_as_each_of_the_heuristics() -> None:
    problem = example_problem(24, max_gpus=6)
    search = search_of(problem, Latency())
    assert warm_start(search)
    for heuristic in (CapacityPacking(), FirstFit(), FirstFit(decreasing=True), Greedy()):
        other = solve(problem, heuristic, CLOSED_FORM, Latency(), verify=False)
        assert search.value() <= other.value


def test_without_a_placement_there_is_nothing_to_improve() -> None:
    search = search_of(example_problem(6), GpuCount(), ClosedFormEstimator(capacity=0.01))
    assert not warm_start(search)
    assert search.hopeless


def test_a_spent_budget_ends_it() -> None:
    with pytest.raises(BudgetExhausted):
        warm_start(search_of(example_problem(24), GpuCount(), most=3))
