"""Best fit."""

from __future__ import annotations

import pytest

from placer.objectives import GpuCount
from placer.solve import solve
from placer.strategies import BestFit
from placer.testing import StrategyContract
from tests.placer.packing_problem import PURE, packing_problem


class TestBestFit(StrategyContract):
    @pytest.fixture
    def strategy(self) -> BestFit:
        return BestFit()


def contents(sizes: list[float], strategy: BestFit) -> list[list[str]]:
    """Adapters on each GPU, for adapters that take these shares of one."""
    result = solve(packing_problem(sizes), strategy, PURE, GpuCount(), verify=False)
    return [[name for name, _ in plan.shares] for plan in result.placement.gpus]


def test_an_adapter_goes_to_the_fullest_gpu_that_takes_it() -> None:
    """First fit would put the last one beside the first."""
    found = contents([0.5, 0.7, 0.25, 0.45], BestFit(decreasing=False))
    assert found == [["a0", "a3"], ["a1", "a2"]]


def test_largest_first() -> None:
    """As they come, they need three GPUs."""
    sizes = [0.3, 0.3, 0.3, 0.7, 0.4]
    assert len(contents(sizes, BestFit(decreasing=False))) == 3
    assert len(contents(sizes, BestFit())) == 2
