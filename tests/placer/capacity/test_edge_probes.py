"""Edge probes."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.budget import Budget, BudgetExhausted
from placer.capacity.edge_probes import EdgeProbe, admissible_probes, edge_probes
from placer.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.testing import example_problem

PROBLEM = example_problem(12, rates=(8.0,))


def test_weights_of_probes_sum_to_one_or_a_little_more() -> None:
    weights = np.random.default_rng(0).uniform(0.02, 0.2, 60)
    weights[:5] = np.inf
    probes = list(edge_probes(weights, weights, 0))
    sums = [float(weights[p.positions].sum() * p.factor) for p in probes]
    assert min(sums) == pytest.approx(1.0)
    assert max(sums) == pytest.approx(1.06)
    assert all(0.8 < p.factor < 1.1 for p in probes)
    spreads = [np.ptp(weights[p.positions]) for p in probes]
    assert min(spreads) < 0.5 * max(spreads)
    again = list(edge_probes(weights, weights, 0))
    assert [p.positions.tolist() for p in again] == [p.positions.tolist() for p in probes]


def test_too_little_load_for_a_gpu_is_not_probed() -> None:
    assert list(edge_probes(np.full(4, 0.2), np.ones(4), 0)) == []
    assert list(edge_probes(np.array([2.0, np.inf]), np.ones(2), 0)) == []


def test_the_estimator_says_what_is_admissible() -> None:
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM)
    few, many = np.array([0]), np.arange(12)
    probes = [EdgeProbe(few, 1.0), EdgeProbe(many, 1.0), EdgeProbe(many, 0.1)]
    answers = admissible_probes(evaluator, PROBLEM.fleet[0], 32, PROBLEM.workload.adapters, probes)
    assert answers == [True, False, True]


def test_a_spent_budget_ends_it() -> None:
    budget = Budget(max_estimates=1)
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM, budget)
    budget.spend(1)
    with pytest.raises(BudgetExhausted):
        admissible_probes(evaluator, PROBLEM.fleet[0], 32, PROBLEM.workload.adapters, [])
