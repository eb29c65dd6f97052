"""Measuring capacity curves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds.probes import EngineKind, measure_curves
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.testing import example_problem

PROBLEM = example_problem(4)
LIKE = PROBLEM.workload.adapters[0]
TOKENS = LIKE.token_rate / LIKE.rate


def kind(rank: int, most: int = 200) -> EngineKind:
    return EngineKind(PROBLEM.fleet[0], rank, LIKE, lowest=0.05, highest=4.0, most=most)


def evaluator_of(estimator: ClosedFormEstimator, budget: Budget | None = None) -> Evaluator:
    return Evaluator(estimator, GpuCount(), PROBLEM, budget)


def limit(number: int, rank: int) -> float:
    """Requests/s up to which the closed form accepts a load with a slot for every adapter."""
    return 10_000.0 / (1 + 0.01 * number + 0.0001 * number * rank) / 0.9 / TOKENS


def test_curves_are_those_of_the_estimator() -> None:
    curves = measure_curves(evaluator_of(ClosedFormEstimator()), [kind(8), kind(32)])
    for rank, curve in zip((8, 32), curves, strict=True):
        assert curve.numbers[0] == 1
        for number, capacity in zip(curve.numbers, curve.capacities, strict=True):
            assert limit(number, rank) <= capacity <= 1.02 * limit(number, rank)


def test_they_end_where_adapters_are_as_slow_as_wanted() -> None:
    (curve,) = measure_curves(evaluator_of(ClosedFormEstimator()), [kind(8, most=2000)])
    assert curve.capacities[-1] / curve.numbers[-1] <= 0.05
    assert curve.capacities[-2] / curve.numbers[-2] > 0.05


def test_there_are_no_more_adapters_than_there_can_be() -> None:
    (curve,) = measure_curves(evaluator_of(ClosedFormEstimator()), [kind(8, most=5)])
    assert curve.numbers[-1] == 5


def test_adapters_that_are_never_served_have_no_capacity() -> None:
    (curve,) = measure_curves(evaluator_of(ClosedFormEstimator(capacity=1e-3)), [kind(8)])
    assert curve.capacities == (0.0,)


def test_more_adapters_than_slots_fit_in_memory_are_measured_with_fewer_slots() -> None:
    big = replace(kind(32, most=1000), lowest=0.0)
    (curve,) = measure_curves(evaluator_of(ClosedFormEstimator()), [big])
    assert curve.numbers[-1] == 1000
    assert 0 < curve.capacities[-1] < limit(1000, 32)


def test_a_spent_budget_ends_it() -> None:
    with pytest.raises(BudgetExhausted):
        measure_curves(evaluator_of(ClosedFormEstimator(), Budget(max_estimates=30)), [kind(8)])
