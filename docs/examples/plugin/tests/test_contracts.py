"""Everything that the package adds keeps lora-placer's rules."""

from __future__ import annotations

import pytest
from fleet_plugin.deploy import Supervisor
from fleet_plugin.estimator import TokenBudget
from fleet_plugin.objective import Tenants
from fleet_plugin.strategy import OneEach

from estimators.testing import EstimatorContract
from placer.testing import DeploymentContract, ObjectiveContract, StrategyContract


class TestTenants(ObjectiveContract):
    @pytest.fixture
    def objective(self) -> Tenants:
        return Tenants()


class TestOneEach(StrategyContract):
    slack = 6

    @pytest.fixture
    def strategy(self) -> OneEach:
        return OneEach()


class TestTokenBudget(EstimatorContract):
    @pytest.fixture
    def estimator(self) -> TokenBudget:
        return TokenBudget()


class TestSupervisor(DeploymentContract):
    @pytest.fixture
    def target(self) -> Supervisor:
        return Supervisor()
