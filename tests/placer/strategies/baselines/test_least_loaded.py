"""LeastLoaded."""

from __future__ import annotations

from placer.strategies.baselines import LeastLoaded
from tests.placer.strategies.baselines.settings import holdings, place, problem_of


def test_each_adapter_goes_to_the_gpu_with_the_lowest_rate() -> None:
    contents = holdings(place(problem_of([50.0, 30.0, 30.0, 40.0]), LeastLoaded()))
    assert [sorted(content) for content in contents] == [["a00", "a03"], ["a01", "a02"]]
