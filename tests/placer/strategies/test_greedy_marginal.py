"""Greedy by the objective."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.objectives import Cost, GpuCount, Latency
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.solve import solve
from placer.strategies import FirstFit, GreedyMarginal
from placer.testing import StrategyContract, example_problem
from twin.files.errors import InputError

ESTIMATOR = ClosedFormEstimator()


class TestGreedyMarginal(StrategyContract):
    @pytest.fixture
    def strategy(self) -> GreedyMarginal:
        return GreedyMarginal(candidates=4)


def test_a_cheap_gpu_is_opened_before_a_dear_one() -> None:
    dear = GpuType(replace(example_profile("dear"), price_per_hour=4.0))
    cheap = GpuType(replace(example_profile("cheap"), price_per_hour=1.0), 2)
    problem = Problem(example_problem(48).workload, (dear, cheap))
    result = solve(problem, GreedyMarginal(), ESTIMATOR, Cost(), verify=False)
    used = [plan.profile_name for plan in result.placement.gpus]
    assert used.count("cheap") == 2
    assert used.count("dear") > 0


def test_latency_uses_all_gpus_and_gpu_count_as_few_as_it_can() -> None:
    problem = example_problem(24, max_gpus=8)
    spread = solve(problem, GreedyMarginal(), ESTIMATOR, Latency(), verify=False)
    packed = solve(problem, GreedyMarginal(), ESTIMATOR, GpuCount(), verify=False)
    assert len(spread.placement.gpus) == 8
    assert len(packed.placement.gpus) < 8
    first = solve(problem, FirstFit(), ESTIMATOR, Latency(), verify=False)
    assert spread.value[0] < 1.2 * first.value[0]


def test_without_a_limit_latency_opens_a_gpu_only_where_it_must() -> None:
    problem = example_problem(24)
    latency = solve(problem, GreedyMarginal(), ESTIMATOR, Latency(), verify=False)
    count = solve(problem, GreedyMarginal(), ESTIMATOR, GpuCount(), verify=False)
    assert len(latency.placement.gpus) <= len(count.placement.gpus) + 1


def test_candidates_below_one_are_refused() -> None:
    with pytest.raises(InputError, match="candidates"):
        GreedyMarginal(candidates=0)
