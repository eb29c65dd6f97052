"""Known numbers of GPUs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from estimators.twin_backed import TwinEstimator
from placer.bounds import IdleEngines, KnownCount, gpus_for_everything, gpus_for_rules
from placer.gpu.evaluator import Evaluator
from placer.objectives import FewestGpus, GpuCount
from placer.problem.fleet import GpuType
from placer.problem.latency_limits import LatencyLimits
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.testing import example_problem
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

LENGTHS = CopulaLengths(FixedLength(500), FixedLength(20))


def evaluator_of(problem: Problem, capacity: float = 10_000.0) -> Evaluator:
    return Evaluator(ClosedFormEstimator(capacity), GpuCount(), problem)


def test_they_weigh_at_least_as_much_as_the_lightest_type() -> None:
    evaluator = evaluator_of(example_problem(4, counts=(None, None)))
    known = KnownCount("rules", 3, IdleEngines(evaluator))
    assert known.min_gpus == 3
    assert known.least({"example-0": 2.0, "example-1": 1.5}) == 4.5
    assert KnownCount("rules", 0, IdleEngines(evaluator)).min_gpus == 1


@pytest.mark.parametrize(("capacity", "gpus"), [(10_000.0, 1), (1_000.0, 2)])
def test_everything_fits_on_one_gpu_or_does_not(capacity: float, gpus: int) -> None:
    problem = example_problem(4, rates=(2.0,))
    assert gpus_for_everything(evaluator_of(problem, capacity)) == gpus


def test_one_type_that_takes_everything_is_enough() -> None:
    problem = example_problem(4, rates=(2.0,), counts=(None, None))
    problem = replace(problem, rules=Rules(profiles={"adapter-000": "example-1"}))
    evaluator = evaluator_of(problem)
    assert gpus_for_everything(evaluator) == 1
    asked = evaluator.num_estimates
    assert asked == 1


@pytest.mark.parametrize(("factor", "gpus"), [(0.3, 2), (0.7, 1), (1.1, 1)])
def test_one_gpu_is_too_few_only_where_it_is_far_beyond_a_limit(factor: float, gpus: int) -> None:
    """Under other arrivals what is a little late may be in time."""
    adapters = tuple(Adapter(f"a{i}", 8, 1.0, LENGTHS) for i in range(4))
    problem = Problem(Workload(adapters), (GpuType(example_profile()),))
    twin = TwinEstimator()
    evaluator = Evaluator(twin, FewestGpus(), problem)
    plan = evaluator.plan(problem.fleet[0], 4, {adapter.name: 1.0 for adapter in adapters})
    (gpu,) = evaluator.evaluate([plan])
    limits = LatencyLimits(factor * gpu.estimate.ttft_p99)
    tight = replace(problem, latency_limits=limits)
    assert gpus_for_everything(Evaluator(twin, FewestGpus(), tight)) == gpus
    assert gpus_for_everything(Evaluator(twin, GpuCount(), tight)) == 1


def test_rules_take_gpus() -> None:
    names = [f"adapter-00{i}" for i in range(3)]
    problem = replace(example_problem(4), rules=Rules(apart=[names]))
    assert gpus_for_rules(evaluator_of(problem)) == 3
