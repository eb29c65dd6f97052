"""Capacity packing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.bounds.envelope import Envelope
from placer.gpu.budget import Budget, BudgetExhausted
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.problem.result import SolveStatus
from placer.problem.rules import Rules
from placer.search.search import Search
from placer.solve import solve
from placer.strategies import CapacityPacking, FirstFit, capacity_packing
from placer.testing import StrategyContract, example_problem
from tests.placer.one_kind import of_one_kind

ESTIMATOR = ClosedFormEstimator()


class TestCapacityPacking(StrategyContract):
    @pytest.fixture
    def strategy(self) -> CapacityPacking:
        return CapacityPacking()


@pytest.mark.parametrize(
    ("number", "bound"), [(12, "pooled capacity"), (40, "engine mix"), (120, "engine mix")]
)
def test_what_it_finds_is_optimal_or_one_gpu_from_it(number: int, bound: str) -> None:
    result = solve(of_one_kind(number), CapacityPacking(), ESTIMATOR, GpuCount(), verify=False)
    assert result.value[0] - result.lower_bound[0] <= 1
    assert result.bound == f"{bound}, by ClosedFormEstimator"


def test_several_kinds_of_traffic_have_the_weaker_bound() -> None:
    """Weights prove nothing of kinds that may complement each other."""
    result = solve(example_problem(120), CapacityPacking(), ESTIMATOR, GpuCount(), verify=False)
    assert result.bound == "pooled capacity, by ClosedFormEstimator"
    assert result.value[0] - result.lower_bound[0] <= 2


def test_a_search_that_ends_while_room_is_made_keeps_what_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ended(*_: object) -> None:
        raise BudgetExhausted

    monkeypatch.setattr(capacity_packing, "do_with", ended)
    problem = example_problem(150, rates=(4.1, 3.0, 2.3, 1.7, 1.1, 0.9, 0.6))
    evaluator = Evaluator(ESTIMATOR, GpuCount(), problem)
    search = Search(problem, evaluator, Budget(), np.random.default_rng(0))
    with pytest.raises(BudgetExhausted):
        CapacityPacking().search(search)
    assert search.gpus
    assert not search.unplaced


def test_few_estimates_for_each_gpu_beside_the_measurement() -> None:
    problem = example_problem(600, rates=(4.0, 1.0))
    budget = Budget()
    evaluator = Evaluator(ESTIMATOR, GpuCount(), problem, budget)
    search = Search(problem, evaluator, budget, np.random.default_rng(0))
    search.envelope.probe_edges()
    measured = budget.num_estimates
    CapacityPacking().search(search)
    assert not search.unplaced
    assert 0.5 < (budget.num_estimates - measured) / len(search.gpus) < 6


@pytest.mark.parametrize("number", [60, 6000])
def test_measurement_does_not_grow_with_the_adapters(number: int) -> None:
    problem = example_problem(number, rates=(4.0, 1.0))
    evaluator = Evaluator(ESTIMATOR, GpuCount(), problem)
    Envelope(evaluator).probe_edges()
    assert 100 < evaluator.num_estimates < 1500


def test_the_cheaper_type_is_taken_as_far_as_it_goes() -> None:
    cheap = replace(example_profile("cheap"), price_per_hour=1.0)
    dear = replace(example_profile("dear"), price_per_hour=3.0)
    adapters = example_problem(60).workload
    for count, expected in ((None, 0), (2, 3)):
        problem = Problem(adapters, (GpuType(dear), GpuType(cheap, count)))
        result = solve(problem, CapacityPacking(), ESTIMATOR, Cost(), verify=False)
        used = [plan.profile_name for plan in result.placement.gpus]
        assert result.is_feasible()
        assert used.count("cheap") <= (count or 99)
        assert used.count("dear") >= expected
        assert (count is None) == (used.count("dear") == 0)


def test_rules_are_kept() -> None:
    names = [f"adapter-{i:03d}" for i in range(24)]
    rules = Rules(
        apart=[names[:4]],
        together=[names[4:6]],
        min_replicas={names[6]: 3},
        pinned={names[7]: "gpu-01", names[8]: "gpu-02"},
    )
    problem = replace(example_problem(24), rules=rules)
    result = solve(problem, CapacityPacking(), ESTIMATOR, GpuCount(), verify=False)
    assert result.is_feasible()
    for plan in result.placement.gpus:
        assert rules.violation(plan.shares) is None


def test_without_any_load_that_is_served_nothing_is_offered() -> None:
    result = solve(
        example_problem(6), CapacityPacking(), ClosedFormEstimator(0.01), GpuCount(), verify=False
    )
    assert result.status is SolveStatus.INFEASIBLE
    assert result.placement.gpus == ()


def test_the_papers_order_needs_more_gpus() -> None:
    problem = example_problem(120, rates=(8.0, 4.0, 0.1, 0.05))
    ours = solve(problem, CapacityPacking(), ESTIMATOR, GpuCount(), verify=False)
    theirs = solve(problem, FirstFit(), ESTIMATOR, GpuCount(), verify=False)
    assert ours.value <= theirs.value
