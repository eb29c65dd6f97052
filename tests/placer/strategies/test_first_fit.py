"""First fit and first fit decreasing."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import StrategyContract, example_problem
from twin.files.errors import InputError


class TestFirstFit(StrategyContract):
    @pytest.fixture
    def strategy(self) -> FirstFit:
        return FirstFit()


class TestFirstFitDecreasing(StrategyContract):
    @pytest.fixture
    def strategy(self) -> FirstFit:
        return FirstFit(decreasing=True)


def test_a_count_below_one_is_refused() -> None:
    with pytest.raises(InputError, match="max_misses"):
        FirstFit(max_misses=0)


@pytest.mark.parametrize("decreasing", [False, True])
def test_it_needs_no_more_gpus_than_one_adapter_at_a_time(decreasing: bool) -> None:
    problem = example_problem(40)
    estimator = ClosedFormEstimator()
    result = solve(problem, FirstFit(decreasing), estimator, GpuCount(), verify=False)
    evaluator = Evaluator(estimator, GpuCount(), problem)
    gpu_type = problem.fleet[0]

    def admissible(names: list[str]) -> bool:
        options = evaluator.max_loras_options(gpu_type, names)
        plans: list[GpuPlan] = [
            evaluator.plan(gpu_type, option, dict.fromkeys(names, 1.0)) for option in options
        ]
        return any(gpu.admissible for gpu in evaluator.evaluate(plans))

    gpus: list[list[str]] = []
    adapters = list(problem.workload.adapters)
    if decreasing:
        adapters.sort(key=lambda a: -a.token_rate)
    for adapter in adapters:
        for held in gpus:
            if admissible([*held, adapter.name]):
                held.append(adapter.name)
                break
        else:
            gpus.append([adapter.name])
    assert len(result.placement.gpus) <= len(gpus)
