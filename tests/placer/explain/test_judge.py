"""The judge of explanations."""

from __future__ import annotations

from estimators.twin_backed import TwinEstimator
from placer.explain import twin_judge
from placer.objectives import GpuCount
from placer.testing import example_problem


def test_it_is_the_twin_with_random_numbers_that_no_search_uses() -> None:
    problem = example_problem(2)
    judge = twin_judge(problem, GpuCount(), num_workers=1)
    twin = judge.estimator
    assert isinstance(twin, TwinEstimator)
    assert set(twin.seeds).isdisjoint(TwinEstimator().seeds)
    assert twin.num_workers == 1
    assert judge.problem is problem


def test_the_same_gpu_is_judged_alike_every_time() -> None:
    problem = example_problem(2)
    one, two = (twin_judge(problem, GpuCount()) for _ in range(2))
    plan = one.plan(problem.fleet[0], 2, dict.fromkeys(one.adapters, 1.0))
    assert one.evaluate([plan])[0].estimate == two.evaluate([plan])[0].estimate
