"""Contracts of strategies and objectives, as tests that any implementation can be put through.

Needs pytest. Inherit a class in a test module and give it your strategy or objective::

    class TestMyStrategy(StrategyContract):
        @pytest.fixture
        def strategy(self):
            return MyStrategy()
"""

from placer.testing.examples import example_problem
from placer.testing.objective_contract import ObjectiveContract
from placer.testing.strategy_contract import EVERY_OBJECTIVE, StrategyContract

__all__ = ["EVERY_OBJECTIVE", "ObjectiveContract", "StrategyContract", "example_problem"]
