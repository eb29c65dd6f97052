"""Loads at the edge of what engines hold."""

from __future__ import annotations

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds.edges import Edge, edge_candidates, measure_edges
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.testing import example_problem

PROBLEM = example_problem(12, rates=(8.0,))
ADAPTERS = PROBLEM.workload.adapters


def edge_of(number: int, total: float = 1.0) -> Edge:
    return Edge(PROBLEM.fleet[0], 32, np.arange(number), total, similar=True, scattered=True)


def evaluator_of(budget: Budget | None = None) -> Evaluator:
    return Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM, budget)


def test_weights_of_loads_sum_to_just_about_one() -> None:
    weights = np.random.default_rng(0).uniform(0.02, 0.2, 200)
    weights[:5] = np.inf
    candidates = edge_candidates(weights, weights, 0)
    sums = [float(weights[positions].sum()) for positions, _ in candidates]
    assert min(sums) >= 1.0
    assert max(sums) <= 1.2
    spread = {
        similar: np.mean([np.ptp(weights[p]) for p, alike in candidates if alike is similar])
        for similar in (True, False)
    }
    assert spread[True] < 0.5 * spread[False]
    again = edge_candidates(weights, weights, 0)
    assert [p.tolist() for p, _ in again] == [p.tolist() for p, _ in candidates]


def test_more_engines_are_probed_at_more_rates() -> None:
    few, many = (
        edge_candidates(np.full(n, 0.1), np.arange(n, dtype=float), 0) for n in (50, 2000)
    )
    assert 4 <= len(few) < len(many) <= 16


def test_too_little_load_for_an_engine_is_not_probed() -> None:
    assert edge_candidates(np.full(4, 0.2), np.ones(4), 0) == []
    assert edge_candidates(np.array([2.0, np.inf]), np.ones(2), 0) == []


@pytest.mark.parametrize(("number", "total"), [(2, 0.6), (4, 1.2), (6, 1.7)])
def test_the_edge_is_between_what_is_admissible_and_what_is_not(number: int, total: float) -> None:
    evaluator, edge = evaluator_of(), edge_of(number, total)
    measure_edges(evaluator, ADAPTERS, [edge])
    assert edge.bracket.low < edge.bracket.high <= 1.005 * edge.bracket.low

    def admissible(factor: float) -> bool:
        edge.slots = []
        return any(
            map(evaluator.admissible, evaluator.estimate(edge.candidates(ADAPTERS, factor)))
        )

    assert admissible(edge.bracket.low)
    assert not admissible(edge.bracket.high)


def test_what_is_never_admissible_is_given_up() -> None:
    evaluator = Evaluator(ClosedFormEstimator(capacity=0.01), GpuCount(), PROBLEM)
    edge = edge_of(6)
    measure_edges(evaluator, ADAPTERS, [edge])
    assert edge.bracket.low == 0.0
    assert evaluator.num_estimates < 100


def test_a_load_that_was_accepted_counts_for_more_than_one_that_was_not() -> None:
    edge = edge_of(3)
    edge.bracket.narrow(1.0, accepted=False)
    edge.bracket.narrow(1.1, accepted=True)
    assert edge.bracket.low == 1.1
    assert edge.bracket.high == np.inf
    assert not edge.done


def test_a_spent_budget_ends_it() -> None:
    budget = Budget(max_estimates=1)
    budget.spend(1)
    with pytest.raises(BudgetExhausted):
        measure_edges(evaluator_of(budget), ADAPTERS, [edge_of(3)])
