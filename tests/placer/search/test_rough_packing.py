"""Rough packing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from estimators.equilibrium_backed import EquilibriumEstimator
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, GpuCount
from placer.problem.problem import Problem
from placer.problem.rules import Rules
from placer.search import alike as alike_module
from placer.search import rough_packing as module
from placer.search.rough_packing import rough_packing
from placer.testing import example_problem
from twin.workload.workload import Workload


def totals(problem: Problem, room: float = 0.8) -> dict[str, float]:
    plans = rough_packing(problem, GpuCount(), room)
    assert plans is not None
    sums: dict[str, float] = {}
    for plan in plans:
        for name, share in plan.shares:
            sums[name] = sums.get(name, 0.0) + share
    return sums


@pytest.mark.parametrize("counts", [(None,), (None, None), (20, 20)])
def test_every_adapter_has_a_place(counts: tuple[int | None, ...]) -> None:
    problem = example_problem(48, counts=counts)
    names = {adapter.name for adapter in problem.workload.adapters}
    assert totals(problem) == pytest.approx(dict.fromkeys(names, 1.0))


def test_an_adapter_too_hot_for_one_gpu_is_shared() -> None:
    problem = example_problem(4)
    hot = replace(problem.workload.adapters[0], name="hot", rate=100.0)
    problem = replace(problem, workload=Workload((*problem.workload.adapters, hot)))
    plans = rough_packing(problem, GpuCount(), 0.8)
    assert plans is not None
    assert sum("hot" in dict(plan.shares) for plan in plans) > 1
    assert totals(problem)["hot"] == pytest.approx(1.0)


def test_less_room_takes_more_gpus_and_too_few_are_none() -> None:
    problem = example_problem(48)
    wide, tight = (rough_packing(problem, GpuCount(), room) for room in (0.4, 0.8))
    assert wide is not None
    assert tight is not None
    assert len(wide) > len(tight)
    assert rough_packing(replace(problem, max_gpus=2), GpuCount(), 0.8) is None


def test_very_many_are_packed_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every adapter has a place, and GPUs are hardly more, however few are packed one by one."""
    problem = example_problem(900, counts=(None,))
    usual = problem.workload.adapters
    adapters = tuple(replace(a, rate=60 / (k + 50)) for k, a in enumerate(usual))
    problem = replace(problem, workload=Workload(adapters))
    whole = rough_packing(problem, GpuCount(), 0.8)
    monkeypatch.setattr(module, "_MOST", 400)
    monkeypatch.setattr(alike_module, "_HOTTEST", 10)
    alike = rough_packing(problem, GpuCount(), 0.8)
    assert whole is not None
    assert alike is not None
    assert alike != whole
    assert len(whole) > 3
    assert len(alike) <= len(whole) + 2
    assert totals(problem) == pytest.approx({adapter.name: 1.0 for adapter in adapters})
    estimator = EquilibriumEstimator(0.8)
    evaluator = Evaluator(estimator, GpuCount(), problem)
    assert all(gpu.admissible for gpu in evaluator.evaluate(alike))
    assert rough_packing(replace(problem, max_gpus=len(alike) - 1), GpuCount(), 0.8) is None


def test_parts_of_hot_adapters_and_rules_among_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = example_problem(900, counts=(None,)).workload.adapters
    adapters = [replace(a, rate=60 / (k + 50)) for k, a in enumerate(usual)]
    hot = [replace(usual[0], name=f"hot-{k}", rate=100.0 + k) for k in range(2)]
    names = [adapter.name for adapter in (*adapters[400:402], hot[0])]
    rules = Rules(apart=[names], pinned={names[0]: "gpu-03"})
    problem = replace(example_problem(), workload=Workload((*adapters, *hot)), rules=rules)
    monkeypatch.setattr(module, "_MOST", 400)
    monkeypatch.setattr(alike_module, "_HOTTEST", 10)
    plans = rough_packing(problem, GpuCount(), 0.8)
    assert plans is not None
    assert all(rules.violation(plan.shares) is None for plan in plans)
    alone = [plan for plan in plans if plan.shares[0][0] == "hot-1"]
    assert len(alone) > 2
    assert len({plan.shares for plan in alone}) == 1
    wanted = {adapter.name: 1.0 for adapter in problem.workload.adapters}
    assert totals(problem) == pytest.approx(wanted)
    evaluator = Evaluator(EquilibriumEstimator(0.8), GpuCount(), problem)
    assert all(gpu.admissible for gpu in evaluator.evaluate(plans))


def test_rules_are_kept() -> None:
    rules = Rules(min_replicas=2, apart=[["adapter-000", "adapter-001"]])
    problem = replace(example_problem(12), rules=rules)
    plans = rough_packing(problem, GpuCount(), 0.8)
    assert plans is not None
    assert all(rules.violation(plan.shares) is None for plan in plans)
    assert all(sum(name in dict(plan.shares) for plan in plans) >= 2 for name in totals(problem))


def test_only_what_is_given_up_is_packed_anew() -> None:
    problem = example_problem(48)
    plans = rough_packing(problem, Cost(), 0.8)
    assert plans is not None
    first, *others = plans
    again = rough_packing(problem, Cost(), 0.4, others, [first])
    assert again is not None
    assert again[: len(others)] == others
    fresh = again[len(others) :]
    assert len(fresh) >= 2
    held = sorted(name for plan in fresh for name, _ in plan.shares)
    assert sorted(set(held)) == [name for name, _ in first.shares]
