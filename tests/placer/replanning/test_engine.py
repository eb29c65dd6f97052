"""Engines that go on: what they give up, and what they take."""

from __future__ import annotations

from dataclasses import replace

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.evaluator import Evaluator
from placer.gpu.items import items_of, make_items
from placer.objectives import GpuCount
from placer.problem.placement import GpuPlan
from placer.problem.planned_gpu import EvaluatedGpu
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.replanning.engine import add_items, give_up
from placer.testing import example_problem
from twin.workload.workload import Workload


def evaluator_of(rates: list[float], rules: Rules | None = None) -> Evaluator:
    problem = example_problem(len(rates))
    adapters = tuple(
        replace(a, rate=rate) for a, rate in zip(problem.workload.adapters, rates, strict=True)
    )
    problem = Problem(Workload(adapters), problem.fleet, rules=rules or Rules())
    return Evaluator(ClosedFormEstimator(), GpuCount(), problem)


def engine(evaluator: Evaluator, numbers: range, rank: int = 32) -> EvaluatedGpu:
    profile = evaluator.problem.fleet[0].profile
    shares = tuple((f"adapter-{i:03d}", 1.0) for i in numbers)
    plan = GpuPlan(profile.name, profile.engine_config(8, rank), shares, "home")
    return evaluator.evaluate([plan])[0]


def names(gpu: EvaluatedGpu) -> list[str]:
    return [name for name, _ in gpu.plan.shares]


def test_an_overloaded_engine_gives_up_as_few_as_possible_and_the_smallest_such() -> None:
    evaluator = evaluator_of([2.0] * 30)
    gpu = engine(evaluator, range(30))
    assert not gpu.admissible
    kept, given = give_up(evaluator, gpu)
    assert kept is not None
    assert kept.admissible
    assert (kept.plan.name, kept.plan.config) == ("home", gpu.plan.config)
    assert sorted([*names(kept), *(item.name for item in given)]) == names(gpu)
    one_more = [*items_of(evaluator, kept.plan), given[0]]
    shares = tuple(sorted((item.name, 1.0) for item in one_more))
    assert not evaluator.evaluate([replace(gpu.plan, shares=shares)])[0].admissible


def test_the_smallest_that_suffices_is_given_up() -> None:
    evaluator = evaluator_of([0.25, 24.0, 3.0, 0.5, 1.0])
    gpu = engine(evaluator, range(5))
    assert not gpu.admissible
    kept, given = give_up(evaluator, gpu)
    assert kept is not None
    assert [item.name for item in given] == ["adapter-004"]


def test_an_engine_that_serves_nothing_gives_up_everything() -> None:
    evaluator = evaluator_of([500.0])
    kept, given = give_up(evaluator, engine(evaluator, range(1)))
    assert kept is None
    assert [item.name for item in given] == ["adapter-000"]


def test_an_engine_takes_what_fits_and_goes_on_as_it_was_started() -> None:
    evaluator = evaluator_of([8.0, 1.0, 24.0, 1.0])
    gpu = engine(evaluator, range(1))
    fuller, left = add_items(evaluator, gpu, make_items(evaluator)[0][1:])
    assert fuller.admissible
    assert (fuller.plan.name, fuller.plan.config) == ("home", gpu.plan.config)
    assert "adapter-001" in names(fuller)
    assert "adapter-003" in names(fuller)
    assert {item.name for item in left} <= {"adapter-002"}


def test_an_engine_takes_no_larger_rank_than_it_was_started_for() -> None:
    evaluator = evaluator_of([0.1] * 6)
    small = [a.name for a in evaluator.problem.workload.adapters if a.rank <= 8]
    number = int(small[0].removeprefix("adapter-"))
    gpu = engine(evaluator, range(number, number + 1), rank=8)
    others = [item for item in make_items(evaluator)[0] if item.name != small[0]]
    fuller, left = add_items(evaluator, gpu, others)
    assert set(names(fuller)) == set(small)
    assert {item.name for item in left} == {item.name for item in others} - set(small)


def test_rules_are_kept() -> None:
    evaluator = evaluator_of([0.1] * 3, Rules(apart=[["adapter-000", "adapter-001"]]))
    fuller, left = add_items(evaluator, engine(evaluator, range(1)), make_items(evaluator)[0][1:])
    assert names(fuller) == ["adapter-000", "adapter-002"]
    assert [item.name for item in left] == ["adapter-001"]
