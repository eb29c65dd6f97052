"""Which GPU goes on with which engine."""

from __future__ import annotations

from dataclasses import replace

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan, Placement
from placer.problem.problem import Problem
from placer.replanning.matching import match_engines
from placer.testing import example_problem

PROBLEM = example_problem(24, rates=(0.5,))  # adapters of equal rank differ in their names only


def gpu(numbers: list[int], name: str = "", max_loras: int = 4, rank: int = 32) -> GpuPlan:
    profile = PROBLEM.fleet[0].profile
    shares = tuple((f"adapter-{i:03d}", 1.0) for i in sorted(numbers))
    return GpuPlan(profile.name, profile.engine_config(max_loras, rank), shares, name)


def matched(before: list[GpuPlan], after: list[GpuPlan], *, adopt: bool = True) -> list[GpuPlan]:
    problem = replace(PROBLEM, previous=Placement(tuple(before)))
    evaluator = Evaluator(ClosedFormEstimator(), GpuCount(), problem)
    assert problem.running is not None
    gpus = evaluator.evaluate(after)
    return [gpu.plan for gpu in match_engines(evaluator, gpus, problem.running, adopt=adopt)]


def held(problem: Problem, rank: int) -> list[int]:
    return [i for i, a in enumerate(problem.workload.adapters) if a.rank == rank]


def test_gpus_go_on_where_they_have_most_in_common() -> None:
    before = [gpu([0, 1, 2], "a"), gpu([3, 4, 5], "b")]
    plans = matched(before, [gpu([3, 4, 0]), gpu([1, 2, 5])])
    assert [plan.name for plan in plans] == ["b", "a"]


def test_equal_adapters_change_places_to_be_at_home() -> None:
    one, two, three, four = held(PROBLEM, 8)[:4]
    before = [gpu([one, two], "a"), gpu([three, four], "b")]
    plans = matched(before, [gpu([one, three]), gpu([two, four])])
    assert {plan.name: plan.shares for plan in plans} == {p.name: p.shares for p in before}


def test_gpus_with_nothing_in_common_have_no_name() -> None:
    plans = matched([gpu([0, 1], "a")], [gpu([0, 1]), gpu([2], max_loras=1)])
    assert [plan.name for plan in plans] == ["a", ""]


def test_an_engine_is_adopted_rather_than_restarted() -> None:
    before = [gpu([0, 1], "a", max_loras=4)]
    (plan,) = matched(before, [gpu([0, 1], max_loras=2)])
    assert (plan.name, plan.config.max_loras) == ("a", 4)
    (plan,) = matched(before, [gpu([0, 1], max_loras=2)], adopt=False)
    assert (plan.name, plan.config.max_loras) == ("", 2)


def test_an_engine_for_a_smaller_rank_is_not_adopted() -> None:
    small, large = held(PROBLEM, 8)[0], held(PROBLEM, 32)[0]
    (plan,) = matched([gpu([small], "a", rank=8)], [gpu([small, large])])
    assert (plan.name, plan.config.max_lora_rank) == ("", 32)
