"""What objectives say of themselves: whether they gain from every further GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.base import Estimate
from estimators.closed_form import ClosedFormEstimator
from placer.bounds import IdleEngines
from placer.gpu.evaluator import Evaluator
from placer.objectives import (
    Churn,
    Cost,
    Energy,
    GpuCount,
    Latency,
    Lexicographic,
    Slo,
    Weighted,
)
from placer.objectives.objective import Objective, gpus_are_free
from placer.problem.problem import Problem
from placer.solve import solve
from placer.strategies import FirstFit
from placer.testing import example_problem

EXAMPLE = example_problem(24)
PREVIOUS = solve(EXAMPLE, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)
PROBLEM = replace(EXAMPLE, previous=PREVIOUS.placement)


def idle_cost(objective: Objective, problem: Problem, share: float) -> float:
    """Cost of a GPU with a share of one adapter, whose latencies no target allows."""
    evaluator = Evaluator(ClosedFormEstimator(), objective, problem)
    adapter = problem.workload.adapters[0]
    (estimate,) = IdleEngines(evaluator).estimates(adapter)
    slow = {name: 30.0 for name in Estimate._fields if name.startswith(("ttft", "tpot"))}
    gpu = evaluator.planned(evaluator.plan(problem.fleet[0], 1, {adapter.name: share}))
    return objective.gpu_cost(gpu, estimate._replace(**slow))[0]


@pytest.mark.parametrize(
    ("objective", "free"),
    [
        (GpuCount(), False),
        (Cost(), False),
        (Energy(), False),
        (Latency(), True),
        (Latency("tpot", "p99"), True),
        (Slo(ttft=1.0, tpot=0.1), True),
        (Churn(), False),
        (Lexicographic([GpuCount(), Latency()]), False),
        (Lexicographic([Latency(), GpuCount()]), True),
        (Weighted([Latency(), GpuCount()], [1.0, 0.01]), False),
        (Weighted([Latency(), GpuCount()], [1.0, 0.0]), True),
        (Weighted([Latency(), Slo()], [1.0, 2.0]), True),
    ],
    ids=repr,
)
def test_objectives_say_whether_a_gpu_costs_nothing_without_traffic(
    objective: Objective, free: bool
) -> None:
    assert gpus_are_free(objective) is free
    small, whole = (idle_cost(objective, PROBLEM, share) for share in (1e-6, 1.0))
    assert (abs(small) <= 1e-3 * abs(whole) and whole != 0) is free


def test_where_nothing_counts_gpus_are_not_said_to_be_free() -> None:
    assert not gpus_are_free(Weighted([Latency()], [0.0]))


class Silent:
    """An objective of a user that says nothing of it."""

    def gpu_cost(self, gpu: object, estimate: Estimate) -> tuple[float, ...]:
        return (estimate.ttft_mean,)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: object) -> tuple[float, ...]:
        return (0.0,)


def test_an_objective_that_says_nothing_is_taken_to_have_gpus_that_cost() -> None:
    assert not gpus_are_free(Silent())
