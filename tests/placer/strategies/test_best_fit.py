"""Best fit."""

from __future__ import annotations

import pytest

from estimators.closed_form import ClosedFormEstimator
from estimators.testing import example_profile
from placer.objectives import GpuCount
from placer.problem.fleet import GpuType
from placer.problem.problem import Problem
from placer.solve import solve
from placer.strategies import BestFit
from placer.testing import StrategyContract
from twin.workload.adapter import Adapter
from twin.workload.lengths import CopulaLengths, FixedLength
from twin.workload.workload import Workload

PURE = ClosedFormEstimator(capacity=9_000.0, adapter_cost=0.0, slot_cost=0.0)  # up to 10,000


class TestBestFit(StrategyContract):
    @pytest.fixture
    def strategy(self) -> BestFit:
        return BestFit()


def contents(sizes: list[float], strategy: BestFit) -> list[list[str]]:
    """Adapters on each GPU, for adapters that take these shares of one."""
    lengths = CopulaLengths(FixedLength(500), FixedLength(500))
    adapters = tuple(Adapter(f"a{i}", 8, 10 * s, lengths) for i, s in enumerate(sizes))
    problem = Problem(Workload(adapters), (GpuType(example_profile()),))
    result = solve(problem, strategy, PURE, GpuCount(), verify=False)
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
