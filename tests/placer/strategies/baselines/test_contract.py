"""The published methods meet the contract of strategies."""

from __future__ import annotations

import pytest

from estimators.base import Estimator
from placer.objectives import GpuCount
from placer.objectives.objective import Objective
from placer.problem.result import SolveStatus
from placer.solve import solve
from placer.strategies.base import Strategy
from placer.strategies.baselines import (
    DloraProactive,
    Hrw,
    LeastLoaded,
    LoraServe,
    MaxBackbone,
    Random,
)
from placer.testing import StrategyContract, example_problem

BASELINES = [DloraProactive(), Hrw(), LeastLoaded(), LoraServe(), MaxBackbone(), Random()]


class TestBaselines(StrategyContract):
    slack = 4

    @pytest.fixture(params=BASELINES, ids=lambda strategy: type(strategy).__name__)
    def strategy(self, request: pytest.FixtureRequest) -> Strategy:
        strategy: Strategy = request.param
        return strategy

    @pytest.fixture(params=[GpuCount()], ids=repr)
    def objective(self, request: pytest.FixtureRequest) -> Objective:
        """They look at no objective, so that one is enough."""
        objective: Objective = request.param
        return objective

    def test_too_few_gpus_are_a_status_with_a_reason(
        self, strategy: Strategy, estimator: Estimator, objective: Objective
    ) -> None:
        """They place all adapters, and the result says which GPUs starve."""
        problem = example_problem(48, max_gpus=2)
        result = solve(problem, strategy, estimator, objective, verify=False)
        assert result.status is SolveStatus.INFEASIBLE
        assert not result.is_feasible()
        assert result.reason.startswith("not admissible by the estimator: GPU ")
        assert result.placement.unplaced == ()
        assert len(result.placement.gpus) <= 2
