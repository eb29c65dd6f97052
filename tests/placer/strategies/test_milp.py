"""Integer program over patterns, by CBC."""

from __future__ import annotations

import pytest

from placer.strategies import Milp
from placer.testing import StrategyContract


class TestMilp(StrategyContract):
    @pytest.fixture
    def strategy(self) -> Milp:
        return Milp(max_rounds=2, orders=2)
