"""A GPU of a placement together with its problem."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.testing import example_problem

PROBLEM = example_problem(4, rates=(3.0, 1.0), counts=(None, 2))  # 3, 3, 3 and 1 req/s
EVALUATOR = Evaluator(ClosedFormEstimator(), GpuCount(), PROBLEM)


def test_rate_share_is_that_of_all_requests() -> None:
    plan = EVALUATOR.plan(PROBLEM.fleet[0], 2, {"adapter-000": 0.5, "adapter-003": 1.0})
    planned = EVALUATOR.planned(plan)
    assert planned.rate_share == pytest.approx((1.5 + 1.0) / 10.0)
    assert [adapter.rate for adapter in planned.candidate.adapters] == [1.5, 1.0]


@pytest.mark.parametrize("position", [0, 1])
def test_an_evaluated_gpu_knows_its_plan_its_candidate_and_its_type(position: int) -> None:
    gpu_type = PROBLEM.fleet[position]
    plan = EVALUATOR.plan(gpu_type, 1, {"adapter-000": 1.0})
    (gpu,) = EVALUATOR.evaluate([plan])
    assert gpu.plan is gpu.planned.plan
    assert gpu.plan == plan
    assert gpu.candidate is gpu.planned.candidate
    assert gpu.candidate.profile is gpu_type.profile
    assert gpu.gpu_type is gpu_type


def test_the_response_time_is_that_of_whole_answers() -> None:
    plan = EVALUATOR.plan(PROBLEM.fleet[0], 2, {"adapter-000": 0.5, "adapter-003": 1.0})
    (gpu,) = EVALUATOR.evaluate([plan])
    first, last = gpu.candidate.adapters
    outputs = (1.5 * first.lengths.output_mean + 1.0 * last.lengths.output_mean) / 2.5
    expected = gpu.estimate.ttft_mean + (outputs - 1) * gpu.estimate.tpot_mean
    assert gpu.response_time == pytest.approx(expected)
