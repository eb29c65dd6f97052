"""Operating points."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.strategies.baselines.operating_point import backbone_throughput, operating_point
from tests.placer.strategies.baselines.settings import problem_of


def test_figures_of_the_formula() -> None:
    problem = problem_of([1.0] * 12, ranks=(16,))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    adapters, gpu_type = problem.workload.adapters, problem.fleet[0]
    capacity = 10_000 / (1 + 0.01 + 0.0016)
    assert backbone_throughput(evaluator, gpu_type, adapters) == pytest.approx(capacity, rel=0.01)
    point = operating_point(evaluator, gpu_type, adapters)
    assert capacity / 0.9 * 0.98 <= point <= capacity / 0.9


def test_a_gpu_that_serves_nothing_has_no_operating_point() -> None:
    problem = problem_of([10.0] * 12)
    evaluator = Evaluator(ClosedFormEstimator(capacity=0.01), GpuCount(), problem)
    assert operating_point(evaluator, problem.fleet[0], problem.workload.adapters) == 0
