"""Pooled capacity."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.bounds.pooled_capacity import PooledCapacity
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.testing import example_problem


def test_what_no_gpu_exceeds_is_a_little_more_than_its_capacity() -> None:
    problem = example_problem(24)
    tokens = problem.workload.token_rate
    estimator = ClosedFormEstimator(capacity=tokens / 4, adapter_cost=0.0, slot_cost=0.0)
    evaluator = Evaluator(estimator, GpuCount(), problem)
    capacity = PooledCapacity(evaluator)
    adapters = problem.workload.adapters
    accepted = 0.25 / problem.starvation.threshold
    assert accepted < capacity.share(problem.fleet[0], adapters) <= accepted * 1.051
    asked = evaluator.num_estimates
    assert asked
    capacity.share(problem.fleet[0], adapters)
    assert evaluator.num_estimates == asked


@pytest.mark.parametrize(("part", "expected"), [(2.0, 1.0), (1e-6, 0.0)])
def test_a_gpu_serves_all_of_it_or_nothing_worth_counting(part: float, expected: float) -> None:
    problem = example_problem(24)
    estimator = ClosedFormEstimator(capacity=problem.workload.token_rate * part)
    capacity = PooledCapacity(Evaluator(estimator, GpuCount(), problem))
    assert capacity.share(problem.fleet[0], problem.workload.adapters) == expected
