"""Portfolio."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.equilibrium_backed import EquilibriumEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, Energy, GpuCount, Latency
from placer.objectives.objective import Objective
from placer.problem.problem import Problem
from placer.problem.result import SolveStatus
from placer.search.search import Search
from placer.solve import solve
from placer.strategies import (
    BestFit,
    CapacityPacking,
    CpSat,
    FirstFit,
    Greedy,
    GreedyMarginal,
    LocalSearch,
    Milp,
    Portfolio,
)
from placer.testing import StrategyContract, example_problem
from placer.testing.brute_force import brute_force
from tests.placer.bounds.small_instances import MIXED_FLEET, small_instance
from tests.placer.one_kind import of_one_kind
from twin.files.errors import InputError
from twin.workload.workload import Workload

ESTIMATOR = ClosedFormEstimator()
OTHERS = (
    *(CapacityPacking(), FirstFit(), FirstFit(decreasing=True), BestFit(), Greedy()),
    *(GreedyMarginal(), LocalSearch(), Milp(max_rounds=3), CpSat(max_rounds=3)),
)


class TestPortfolio(StrategyContract):
    """With improvements that take little time, as they are tested by themselves."""

    @pytest.fixture
    def strategy(self, monkeypatch: pytest.MonkeyPatch) -> Portfolio:
        improvements = LocalSearch(patience=2, batch=4), Milp(max_rounds=2, orders=2)
        monkeypatch.setattr("placer.strategies.portfolio._IMPROVEMENTS", improvements)
        return Portfolio()


@pytest.mark.parametrize("objective", [GpuCount(), Energy(), Latency()], ids=repr)
@pytest.mark.parametrize("seed", range(2))
def test_it_is_as_good_as_any_other(seed: int, objective: Objective) -> None:
    rates = np.random.default_rng(seed).lognormal(0.5, 1.0, 24)
    problem = example_problem(24, tuple(rates.tolist()), max_gpus=6)
    result = solve(problem, Portfolio(), ESTIMATOR, objective, verify=False)
    for strategy in OTHERS:
        other = solve(problem, strategy, ESTIMATOR, objective, verify=False)
        assert result.value[0] <= other.value[0] * (1.0 if objective == GpuCount() else 1.02)


@pytest.mark.parametrize("seed", range(3))
def test_tiny_problems_are_solved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = example_problem(7)
    adapters = tuple(
        replace(a, rate=float(rng.uniform(2.0, 15.0))) for a in problem.workload.adapters
    )
    problem = replace(problem, workload=Workload(adapters))
    result = solve(problem, Portfolio(), ESTIMATOR, GpuCount(), verify=False)
    optimum = brute_force(Evaluator(ESTIMATOR, GpuCount(), problem))
    assert optimum is not None
    assert result.value <= optimum
    assert result.lower_bound <= optimum


def test_it_ends_when_the_gap_is_closed() -> None:
    """Of adapters of one kind, so that the bound is that of the engine mix."""
    problem, budget = of_one_kind(120), Budget()
    result = solve(problem, Portfolio(), ESTIMATOR, GpuCount(), budget, verify=False)
    assert result.status is SolveStatus.OPTIMAL
    alone = Budget()
    for strategy in (Greedy(), FirstFit(decreasing=True, max_misses=4), CapacityPacking()):
        solve(problem, strategy, ESTIMATOR, GpuCount(), alone, verify=False)
    assert budget.num_estimates < alone.num_estimates + 100


@dataclass(frozen=True)
class _Spending:
    """Capacity packing that spends a part of the budget besides, and notes when it is called."""

    part: float
    calls: list[str]

    def search(self, search: Search) -> None:
        self.calls.append("heuristic")
        CapacityPacking().search(search)
        assert search.budget.max_estimates is not None
        search.evaluator.budget.spend(int(self.part * search.budget.max_estimates))


@dataclass(frozen=True)
class _Noting:
    """Improves nothing, and notes when it is called."""

    calls: list[str]

    def improve(self, search: Search) -> None:
        assert search.gpus
        self.calls.append("improvement")


@pytest.mark.parametrize(
    ("estimates", "expected"), [(10_000, 2), (45_000, 3), (70_000, 4), (100_000, 4)]
)
def test_heuristics_that_would_start_late_come_after_improvements(
    estimates: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    heuristics = tuple(_Spending(part, calls) for part in (0.2, 0.21, 0.1, 0.1))
    monkeypatch.setattr("placer.strategies.portfolio._QUICK", heuristics[:1])
    monkeypatch.setattr("placer.strategies.portfolio._MEASURING", heuristics[1])
    monkeypatch.setattr("placer.strategies.portfolio._FURTHER", heuristics[2:])
    monkeypatch.setattr("placer.strategies.portfolio._IMPROVEMENTS", (_Noting(calls),))
    budget = Budget(max_estimates=100_000)
    solve(example_problem(48), Portfolio(estimates), ESTIMATOR, Energy(), budget, verify=False)
    assert calls.index("improvement") == expected
    assert calls.count("heuristic") == len(heuristics)


@pytest.mark.parametrize("estimates", [0, -1])
def test_numbers_out_of_range_are_refused(estimates: int) -> None:
    with pytest.raises(InputError, match="heuristics_estimates"):
        Portfolio(estimates)


@pytest.mark.parametrize("objective", [GpuCount(), Energy(), Latency()], ids=repr)
def test_more_estimates_never_give_a_larger_value(objective: Objective) -> None:
    rates = np.random.default_rng(5).lognormal(0.5, 1.0, 40)
    problem = example_problem(40, tuple(rates.tolist()), max_gpus=12)
    values = []
    for most in (1, 5, 10, 25, 50, 100, 200, 400, 800):
        budget = Budget(max_estimates=most)
        result = solve(problem, Portfolio(), ESTIMATOR, objective, budget, verify=False)
        assert result.placement.unplaced == ()
        assert most < 50 or result.num_estimates <= 1.5 * most
        values.append(result.value)
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0]


@pytest.mark.parametrize("seed", range(3))
def test_it_is_never_worse_than_the_heuristics_that_it_begins_with(seed: int) -> None:
    """At equal limits, as if these had run one after the other."""
    rates = np.random.default_rng(seed).lognormal(0.5, 1.0, 40)
    problem = example_problem(40, tuple(rates.tolist()))

    def place(strategy: Greedy | FirstFit | Portfolio, most: int) -> tuple[float, int]:
        budget = Budget(max_estimates=most)
        result = solve(problem, strategy, ESTIMATOR, GpuCount(), budget, verify=False)
        assert not result.placement.unplaced
        return result.value[0], result.num_estimates

    _, spent = place(Greedy(), 10_000)
    for most in (25, 50, 100, 200):
        assert place(Portfolio(), most)[0] <= place(Greedy(), most)[0]
        fitted, _ = place(FirstFit(decreasing=True, max_misses=4), most)
        assert place(Portfolio(), most + spent)[0] <= fitted


@pytest.mark.parametrize("seed", range(721, 725))
def test_a_mixed_fleet_costs_no_more_than_any_of_its_types(seed: int) -> None:
    """By the balance of engines, which answers for any of them."""
    problem = small_instance(seed, own_lengths=seed % 2 == 1, fleet=MIXED_FLEET)

    def cost(problem: Problem) -> float:
        budget = Budget(max_estimates=1_500)
        result = solve(problem, Portfolio(), EquilibriumEstimator(), Cost(), budget, verify=False)
        return result.value[0] if result.is_feasible() else math.inf

    alone = [cost(replace(problem, fleet=(gpu_type,))) for gpu_type in MIXED_FLEET]
    assert cost(problem) <= min(alone) < math.inf
