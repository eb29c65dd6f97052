"""Packing of one GPU."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from estimators.base import Estimate
from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.packing import Packer
from placer.objectives import Churn, GpuCount, Lexicographic
from placer.objectives.objective import Relaxation
from placer.problem.placement import Placement
from placer.problem.planned_gpu import PlannedGpu
from placer.problem.problem import Problem
from placer.testing import example_problem
from tests.placer.gpu.example_items import fits, setting
from twin.workload.workload import Workload


@dataclass(frozen=True)
class FewSlots:
    """One cost for each slot."""

    def gpu_cost(self, gpu: PlannedGpu, estimate: Estimate) -> tuple[float, ...]:
        return (float(gpu.plan.config.max_loras),)

    def admissible(self, estimate: Estimate) -> bool:
        return True

    def lower_bound(self, problem: Problem, relaxation: Relaxation) -> tuple[float, ...]:
        return (1.0,)


@pytest.mark.parametrize("number", [1, 2, 5, 20, 60])
def test_fit_finds_slots_where_there_are_any(number: int) -> None:
    evaluator, packer, items = setting(number)
    gpu = packer.fit(evaluator.problem.fleet[0], items)
    assert (gpu is not None) is fits(evaluator, items)
    if gpu is not None:
        assert gpu.admissible
        assert len(gpu.plan.shares) == number


def test_fit_of_one_adapter_too_many_ends() -> None:
    evaluator, packer, items = setting(1)
    hot = replace(items[0], adapters=(replace(items[0].adapters[0], rate=60.0),))
    problem = replace(evaluator.problem, workload=Workload(hot.adapters))
    packer = Packer(Evaluator(ClosedFormEstimator(), GpuCount(), problem))
    assert packer.fit(problem.fleet[0], [hot]) is None


def test_fit_where_no_slot_has_memory() -> None:
    _, packer, items = setting(3)
    large, _, small = example_problem(3, counts=(None, None, None)).fleet  # of 64, 40 and 16 GiB
    assert packer.fit(small, items) is None
    assert packer.fit(large, items) is not None


def test_refine_looks_for_the_slots_that_the_objective_prefers() -> None:
    problem = example_problem(6, (0.5,))
    evaluator = Evaluator(ClosedFormEstimator(), FewSlots(), problem)
    names = sorted(evaluator.adapters)
    (gpu,) = evaluator.evaluate([evaluator.plan(problem.fleet[0], 6, dict.fromkeys(names, 1.0))])
    refined = Packer(evaluator).refine(gpu)
    assert refined.plan.config.max_loras < 6
    assert refined.plan.shares == gpu.plan.shares
    assert refined.admissible
    best = min(
        other.cost
        for option in evaluator.max_loras_options(problem.fleet[0], names)
        for other in evaluator.evaluate(
            [evaluator.plan(problem.fleet[0], option, dict.fromkeys(names, 1.0))]
        )
        if other.admissible
    )
    assert refined.cost == best


def test_refine_finds_the_slots_of_a_running_engine_wherever_they_are() -> None:
    evaluator, packer, items = setting(24, (0.02,))
    gpu_type = evaluator.problem.fleet[0]
    running = packer.fit(gpu_type, items)
    assert running is not None
    slots = evaluator.max_loras_options(gpu_type, [item.name for item in items])
    config = gpu_type.profile.engine_config(slots[0], running.plan.config.max_lora_rank)
    previous = Placement((replace(running.plan, config=config),))
    problem = replace(evaluator.problem, previous=previous)
    objective = Lexicographic((GpuCount(), Churn()))
    careful = Evaluator(ClosedFormEstimator(), objective, problem)
    shares = dict(running.plan.shares)
    (far,) = careful.evaluate([careful.plan(gpu_type, slots[-1], shares)])
    assert far.cost == (1.0, 24.0)
    assert Packer(careful).refine(far).plan.config == config
