"""Replanning is a strategy, also where nothing runs yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from placer.gpu.budget import Budget
from placer.gpu.evaluator import Evaluator
from placer.problem.placement import Placement
from placer.problem.problem import Problem
from placer.problem.result import Result
from placer.replanning.replan import Replan
from placer.strategies import FirstFit
from placer.testing import StrategyContract


@dataclass(frozen=True)
class FromNothing:
    """Replans a placement without a GPU."""

    def place(
        self, problem: Problem, evaluator: Evaluator, *, budget: Budget, rng: np.random.Generator
    ) -> Result:
        empty = replace(problem, previous=Placement())
        own = Evaluator(evaluator.estimator, evaluator.objective, empty, budget)
        return Replan(FirstFit()).place(empty, own, budget=budget, rng=rng)


class TestReplan(StrategyContract):
    @pytest.fixture
    def strategy(self) -> FromNothing:
        return FromNothing()
