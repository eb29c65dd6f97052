"""A strategy is whatever has the method `place`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimators.closed_form import ClosedFormEstimator
from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.objectives import GpuCount
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.solve import solve
from placer.strategies import FirstFit, LocalSearch
from placer.strategies.base import Strategy
from placer.testing import StrategyContract, example_problem


class Wrapped:
    """Has nothing of ours but what it calls."""

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        return FirstFit().place(problem, evaluator, budget=budget, rng=rng)

    def __repr__(self) -> str:
        return "Wrapped()"


class TestWrapped(StrategyContract):
    @pytest.fixture
    def strategy(self) -> Wrapped:
        return Wrapped()


@pytest.mark.parametrize("strategy", [Wrapped(), LocalSearch(Wrapped(), patience=1)])
def test_solve_and_other_strategies_take_it(strategy: Strategy) -> None:
    problem = example_problem(12)
    result = solve(problem, strategy, ClosedFormEstimator(), GpuCount(), verify=False)
    other = solve(problem, FirstFit(), ClosedFormEstimator(), GpuCount(), verify=False)
    assert result.is_feasible()
    assert result.value <= other.value
    assert replace(other, runtime=0.0).placement.gpus
