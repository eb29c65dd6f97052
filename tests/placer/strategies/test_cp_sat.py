"""Constraint program over patterns, by CP-SAT."""

from __future__ import annotations

import pytest

from placer.objectives import GpuCount, Latency
from placer.objectives.objective import Objective
from placer.strategies import CpSat
from placer.testing import StrategyContract


class TestCpSat(StrategyContract):
    @pytest.fixture
    def strategy(self) -> CpSat:
        return CpSat(max_rounds=1, orders=1)

    @pytest.fixture(params=[GpuCount(), Latency()], ids=repr)
    def objective(self, request: pytest.FixtureRequest) -> Objective:
        """Fewer than for others: all but the solver is as with `Milp`."""
        objective: Objective = request.param
        return objective
