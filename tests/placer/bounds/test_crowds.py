"""Crowds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from placer.bounds.crowds import Box, Crowds
from placer.testing import example_problem
from twin.workload.adapter import Adapter


def adapters(*rates: float) -> list[Adapter]:
    pattern = example_problem(1).workload.adapters[0]
    return [replace(pattern, name=f"a{i}", rate=rate) for i, rate in enumerate(rates)]


def rates(found: tuple[Adapter, ...]) -> list[float]:
    return [adapter.rate for adapter in found]


def test_the_easiest_have_rates_as_different_as_the_traffic_allows() -> None:
    crowds = Crowds(adapters(1.0, 5.0, 2.0, 4.0), least=1.0)
    assert rates(crowds.easiest(2, 6.0)) == [5.0, 1.0]
    assert rates(crowds.easiest(3, 8.0)) == [5.0, 2.0, 1.0]
    assert rates(crowds.easiest(3, 9.0)) == pytest.approx([5.0, 3.0, 1.0])
    assert rates(crowds.easiest(4, 12.0)) == [5.0, 4.0, 2.0, 1.0]


def test_of_an_adapter_that_may_be_split_a_part_may_be_elsewhere() -> None:
    crowds = Crowds(adapters(2.0, 2.0), least=0.5)
    assert rates(crowds.easiest(2, 2.0)) == [1.0, 1.0]
    assert rates(crowds.easiest(2, 3.0)) == [2.0, 1.0]


@pytest.mark.parametrize("seed", range(8))
def test_no_set_is_outside_of_a_box_that_was_shrunk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.1, 3.0, 6)
    crowds = Crowds(adapters(*values.tolist()), least=1.0)
    box = Box(2, 4, 1.0, 5.0)
    shrunk = crowds.shrunk(box)
    assert shrunk is not None
    for _ in range(200):
        chosen = rng.permutation(6)[: int(rng.integers(1, 7))]
        number, traffic = chosen.size, float(values[chosen].sum())
        if 2 <= number <= 4 and 1.0 <= traffic <= 5.0:
            assert shrunk.fewest <= number <= shrunk.most
            assert shrunk.low - 1e-9 <= traffic <= shrunk.high + 1e-9


def test_a_box_without_any_set_is_none() -> None:
    crowds = Crowds(adapters(1.0, 1.0, 1.0), least=1.0)
    assert crowds.shrunk(Box(3, 3, 0.0, 2.0)) is None
    assert crowds.shrunk(Box(1, 1, 1.5, 2.0)) is None
    assert crowds.shrunk(crowds.whole) == Box(1, 3, 1.0, 3.0)


def test_halves_are_the_whole_box() -> None:
    parts = Box(1, 10, 0.0, 8.0).halves(4, 3.0)
    assert sorted((p.fewest, p.most, p.low, p.high) for p in parts) == [
        (1, 3, 0.0, 3.0),
        (1, 3, 3.0, 8.0),
        (4, 10, 0.0, 3.0),
        (4, 10, 3.0, 8.0),
    ]


def test_points_are_sets_that_there_are() -> None:
    crowds = Crowds(adapters(4.0, 1.0, 1.0, 1.0), least=1.0)
    for number, traffic in crowds.points():
        assert sum(rates(crowds.easiest(number, traffic))) == pytest.approx(traffic)
