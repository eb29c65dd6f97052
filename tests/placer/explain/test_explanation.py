"""What limits a placement, and what would free a GPU."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from estimators.base import Estimate
from estimators.closed_form import ClosedFormEstimator
from placer.explain import Suggestion, explain_placement
from placer.explain.absorbing import Absorber
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.problem.result import GpuFigures
from placer.testing import example_problem
from twin.workload.workload import Workload


def judge_of(
    rates: list[float], ranks: list[int] | None = None, slot_cost: float = 0.0001
) -> Evaluator:
    """A judge of adapters that differ in rate and rank only."""
    problem = example_problem(len(rates))
    lengths = problem.workload.adapters[0].lengths
    ranks = ranks or [8] * len(rates)
    adapters = tuple(
        replace(a, rate=rate, rank=rank, lengths=lengths)
        for a, rate, rank in zip(problem.workload.adapters, rates, ranks, strict=True)
    )
    problem = Problem(Workload(adapters), problem.fleet)
    estimator = ClosedFormEstimator(capacity=9_000.0, slot_cost=slot_cost)
    return Evaluator(estimator, GpuCount(), problem)


def placed(judge: Evaluator, *groups: str) -> Placement:
    """The adapters of these digits on a GPU each."""
    gpu_type = judge.problem.fleet[0]
    plans = tuple(
        judge.plan(gpu_type, len(group), {f"adapter-00{digit}": 1.0 for digit in group})
        for group in groups
    )
    return Placement(plans)


def suggestions(judge: Evaluator, placement: Placement) -> list[Suggestion]:
    return list(explain_placement(judge, placement).suggestions)


def capacity(judge: Evaluator) -> float:
    """Requests/s of one adapter that a GPU serves, roughly."""
    placement = placed(judge, "0")
    evaluated = judge.evaluate(placement.gpus)[0]
    (gpu,) = explain_placement(judge, placement).gpus
    return evaluated.candidate.rate * (1 + gpu.headroom)


FULL = capacity(judge_of([1.0]))


def test_each_gpu_and_the_fleet_say_what_binds_and_what_can_be_added() -> None:
    judge = judge_of([0.5 * FULL, 0.8 * FULL])
    explanation = explain_placement(judge, placed(judge, "0", "1"))
    loose, tight = explanation.gpus
    assert (loose.name, tight.name) == ("gpu-00", "gpu-01")
    assert loose.headroom == pytest.approx(1.0, abs=0.15)
    assert tight.headroom == pytest.approx(0.25, abs=0.1)
    assert explanation.tightest is tight
    assert explanation.headroom == tight.headroom
    assert explanation.binding == tight.binding == "compute"
    assert loose.spare_throughput == loose.offered_throughput * loose.headroom
    total = loose.spare_throughput + tight.spare_throughput
    assert explanation.spare_throughput == pytest.approx(total)


def test_a_gpu_that_starves_can_take_nothing() -> None:
    judge = judge_of([0.5 * FULL, 1.5 * FULL])
    explanation = explain_placement(judge, placed(judge, "0", "1"))
    assert math.isnan(explanation.headroom)
    assert explanation.tightest.name == "gpu-01"
    assert explanation.tightest.spare_throughput == 0


def test_what_a_result_says_is_not_determined_again() -> None:
    judge = judge_of([1.0, 2.0])
    estimate = Estimate(1.0, 1.0, 0.0, False, 0.1, 0.1, 0.1)
    known = [GpuFigures(estimate, (1.0,), "slots", 0.125), GpuFigures(estimate, (1.0,))]
    gpus = explain_placement(judge, placed(judge, "0", "1"), known).gpus
    assert (gpus[0].binding, gpus[0].headroom) == ("slots", 0.125)
    assert gpus[1].binding not in ("", "slots")


def test_without_a_gpu_there_is_nothing_to_explain() -> None:
    with pytest.raises(ValueError, match="no GPU"):
        explain_placement(judge_of([1.0]), Placement())


def test_gpus_whose_adapters_fit_elsewhere_can_be_closed() -> None:
    judge = judge_of([0.3 * FULL, 0.3 * FULL, 0.8 * FULL])
    found = suggestions(judge, placed(judge, "0", "1", "2"))
    assert found[0] == Suggestion("close", "gpu-00")


def test_the_smallest_adapter_that_keeps_a_gpu_is_named() -> None:
    judge = judge_of([share * FULL for share in (0.3, 0.05, 0.2, 0.25, 0.35)])
    placement = placed(judge, "01", "234")  # 0.35 and 0.8 of a GPU
    found = suggestions(judge, placement)
    assert Suggestion("remove", "gpu-00", "adapter-002", "gpu-01") in found
    gpus = judge.evaluate(placement.gpus)
    absorber = Absorber(judge, gpus, [0.0, 0.0], 0)
    assert absorber.left_over()
    assert absorber.left_over("adapter-001")
    assert absorber.left_over("adapter-002") == []


def test_one_gpu_is_never_freed() -> None:
    judge = judge_of([1.0])
    assert suggestions(judge, placed(judge, "0")) == []


def test_an_adapter_that_moves_makes_room() -> None:
    """0.4 fits on neither of 0.6 + 0.1 and 0.55 + 0.15, but beside 0.55 alone."""
    judge = judge_of([share * FULL for share in (0.4, 0.6, 0.1, 0.5, 0.15)])
    placement = placed(judge, "0", "12", "34")
    found = suggestions(judge, placement)
    assert found[0] == Suggestion("move", "gpu-00", "adapter-004", "gpu-02", "gpu-01")
    moved = judge.evaluate(placed(judge, "124", "03").gpus)
    assert all(gpu.admissible for gpu in moved)


def test_a_smaller_rank_frees_a_gpu() -> None:
    """Slots of the largest rank slow every step, so that two GPUs are needed, not one."""
    rates, groups = [0.21 * FULL] * 4, ("01", "23")
    judge = judge_of(rates, [8, 8, 8, 32], slot_cost=0.002)
    found = suggestions(judge, placed(judge, *groups))
    assert Suggestion("re-rank", "gpu-00", "adapter-003", "gpu-01", rank=8) in found
    assert not any(suggestion.action == "close" for suggestion in found)
    changed = judge_of(rates, [8] * 4, slot_cost=0.002)
    assert suggestions(changed, placed(changed, *groups))[0].action == "close"


def test_shared_adapters_are_left_as_they_are() -> None:
    judge = judge_of([0.9 * FULL, 0.9 * FULL])
    config = judge.problem.fleet[0].profile.engine_config(2, 8)
    half = (("adapter-000", 0.5), ("adapter-001", 0.5))
    plans = tuple(GpuPlan(judge.problem.fleet[0].profile.name, config, half) for _ in range(2))
    assert suggestions(judge, Placement(plans)) == []
