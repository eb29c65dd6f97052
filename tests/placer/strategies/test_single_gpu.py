"""SingleGpu."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.result import SolveStatus
from placer.solve import solve
from placer.strategies.single_gpu import SingleGpu
from placer.testing import example_problem
from twin.files.errors import InputError


def test_it_has_the_slots_that_are_asked_for() -> None:
    problem = example_problem(4)
    result = solve(
        problem, SingleGpu(max_loras=5), ClosedFormEstimator(), GpuCount(), verify=False
    )
    (plan,) = result.placement.gpus
    assert plan.config.max_loras == 5
    assert [share for _, share in plan.shares] == [1.0] * 4
    assert result.is_feasible()


def test_a_gpu_that_starves_is_shown_as_it_is() -> None:
    workload = example_problem(48).workload.scaled(20.0)
    problem = replace(example_problem(48), workload=workload, max_gpus=1)
    result = solve(problem, SingleGpu(), ClosedFormEstimator(), GpuCount(), verify=False)
    assert result.status is SolveStatus.INFEASIBLE
    assert result.placement.unplaced == ()
    assert 0 < result.gpus[0].estimate.served_throughput < workload.token_rate


def test_without_a_number_it_has_those_that_serve_most() -> None:
    problem = example_problem(48)
    problem = replace(problem, workload=problem.workload.scaled(20.0))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    shares = {adapter.name: 1.0 for adapter in problem.workload.adapters}
    options = evaluator.max_loras_options(problem.fleet[0], list(shares))
    served = [
        evaluator.evaluate([evaluator.plan(problem.fleet[0], slots, shares)])[0]
        for slots in options
    ]
    best = max(gpu.estimate.served_throughput for gpu in served)
    result = solve(problem, SingleGpu(), ClosedFormEstimator(), GpuCount(), verify=False)
    assert result.gpus[0].estimate.served_throughput == best


def test_slots_that_do_not_fit_are_a_memory_error() -> None:
    result = solve(
        example_problem(4), SingleGpu(60_000), ClosedFormEstimator(), GpuCount(), verify=False
    )
    assert result.gpus[0].estimate.memory_error
    assert result.status is SolveStatus.INFEASIBLE


def test_no_slots_are_refused() -> None:
    with pytest.raises(InputError, match=r"strategy\.max_loras"):
        SingleGpu(0)
