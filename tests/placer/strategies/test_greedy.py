"""The paper's greedy."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from estimators.base import Candidate, Estimates
from estimators.closed_form import ClosedFormEstimator
from estimators.starvation import StarvationRule
from estimators.testing import example_adapters
from placer.gpu.items import Item
from placer.objectives import GpuCount
from placer.solve import solve
from placer.strategies import Greedy
from placer.strategies.greedy import zigzag
from placer.testing import StrategyContract, example_problem
from twin.files.errors import InputError


class TestGreedy(StrategyContract):
    @pytest.fixture
    def strategy(self) -> Greedy:
        return Greedy()


def test_zigzag_orders_by_rank_then_largest_and_smallest_in_turn() -> None:
    adapters = example_adapters(15, rates=(1.0, 2.0, 3.0, 4.0, 5.0))
    items = [Item((a,), 1.0, (i, 1.0)) for i, a in enumerate(adapters)]
    ordered = zigzag(items)
    assert [item.adapters[0].rank for item in ordered] == [32] * 5 + [16] * 5 + [8] * 5
    assert [item.rate for item in ordered] == [5.0, 1.0, 4.0, 2.0, 3.0] * 3


def test_gpus_are_closed_at_test_points() -> None:
    """The closed form serves 20 to 30 adapters of 1.05 req/s; 16 is the last test point below."""

    class Recording:
        sizes: set[int] = set()  # noqa: RUF012  # one instance

        def estimate(self, candidates: Sequence[Candidate], rule: StarvationRule) -> Estimates:
            self.sizes |= {len(c.adapters) for c in candidates}
            return ClosedFormEstimator().estimate(candidates, rule)

    problem = example_problem(48, rates=(1.05,))
    recording = Recording()
    result = solve(problem, Greedy(), recording, GpuCount(), verify=False)
    assert {8, 16, 32} <= recording.sizes
    assert result.is_feasible()


@pytest.mark.parametrize("points", [(), (0, 8), (8, 8), (16, 8)])
def test_test_points_must_ascend(points: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="test_points"):
        Greedy(points)
