"""Local search."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import Cost, GpuCount, Latency
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.problem.result import Result, SolveStatus
from placer.search.run_search import run_search
from placer.solve import solve
from placer.strategies import FirstFit, Greedy, LocalSearch
from placer.strategies.base import Strategy
from placer.testing import StrategyContract, example_problem
from twin.files.errors import InputError

ESTIMATOR = ClosedFormEstimator()


@dataclass(frozen=True)
class OneEach:
    """A strategy of somebody else: every adapter has a GPU of its own, as far as there are."""

    interrupted: bool = False

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        def body(search) -> None:  # type: ignore[no-untyped-def]  # a Search
            names = list(evaluator.adapters)[: problem.gpu_limit]
            plans = [evaluator.plan(problem.fleet[0], 1, {name: 1.0}) for name in names]
            search.offer(evaluator.evaluate(plans))
            if self.interrupted:
                raise KeyboardInterrupt

        return run_search(self, body, problem, evaluator, budget, rng)


class TestLocalSearch(StrategyContract):
    @pytest.fixture
    def strategy(self) -> LocalSearch:
        return LocalSearch(start=FirstFit(), patience=2, batch=4)


@pytest.mark.parametrize("start", [Greedy(), FirstFit(), OneEach()])
def test_gpus_are_emptied(start: Strategy) -> None:
    problem = example_problem(60, rates=(4.0, 1.0, 0.2))
    first = solve(problem, start, ESTIMATOR, GpuCount(), verify=False)
    improved = solve(problem, LocalSearch(start), ESTIMATOR, GpuCount(), verify=False)
    assert improved.is_feasible()
    assert improved.value[0] <= first.value[0]
    assert improved.value[0] - improved.lower_bound[0] <= 1
    if isinstance(start, OneEach):
        assert improved.value[0] < 10 < first.value[0]


def test_what_had_no_place_gets_one() -> None:
    problem = example_problem(12, rates=(4.0, 1.0), max_gpus=4)
    first = solve(problem, OneEach(), ESTIMATOR, GpuCount(), verify=False)
    assert first.placement.unplaced
    improved = solve(problem, LocalSearch(OneEach()), ESTIMATOR, GpuCount(), verify=False)
    assert improved.is_feasible()


def test_latency_is_improved_by_moves() -> None:
    problem = example_problem(24, max_gpus=6)
    first = solve(problem, Greedy(), ESTIMATOR, Latency(), verify=False)
    improved = solve(problem, LocalSearch(Greedy()), ESTIMATOR, Latency(), verify=False)
    assert improved.value < first.value
    assert len(improved.placement.gpus) == 6


def test_a_cheaper_type_is_found() -> None:
    dear = GpuType(replace(example_profile("dear"), price_per_hour=4.0))
    cheap = GpuType(replace(example_profile("cheap"), price_per_hour=1.0))
    problem = Problem(example_problem(12).workload, (dear, cheap))
    result = solve(problem, LocalSearch(OneEach()), ESTIMATOR, Cost(), verify=False)
    assert {plan.profile_name for plan in result.placement.gpus} == {"cheap"}


def test_same_seed_same_moves() -> None:
    problem = example_problem(24, max_gpus=6)
    one, two, other = (
        solve(problem, LocalSearch(), ESTIMATOR, Latency(), seed=seed, verify=False)
        for seed in (1, 1, 2)
    )
    assert one.placement == two.placement
    assert other.placement != one.placement


def test_an_interrupted_start_ends_the_search() -> None:
    problem = example_problem(6)
    strategy = LocalSearch(OneEach(interrupted=True))
    result = solve(problem, strategy, ESTIMATOR, GpuCount(), verify=False)
    assert result.status is SolveStatus.INTERRUPTED
    assert len(result.placement.gpus) == 6


@pytest.mark.parametrize("name", ["patience", "batch"])
def test_counts_below_one_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        LocalSearch(**{name: 0})
