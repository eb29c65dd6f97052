"""Traffic split."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from placer.bounds.traffic_split import cheapest_split


@pytest.mark.parametrize("seed", range(20))
def test_no_split_of_broken_units_is_cheaper(seed: int) -> None:
    """Units are cut into three; an engine costs what it does with the whole units it has."""
    rng = np.random.default_rng(seed)
    costs = rng.uniform(0.0, 5.0, 4)
    if seed % 2:
        costs = np.sort(costs)
    fewest, most, total = int(rng.integers(1, 3)), 3, int(rng.integers(1, 7))
    found = cheapest_split(costs, total, fewest, most)
    possible = [
        sum(costs[part // 3] for part in parts)
        for number in range(fewest, most + 1)
        for parts in itertools.product(range(3 * costs.size), repeat=number)
        if sum(parts) == 3 * total
    ]
    assert found <= min(possible, default=math.inf) + 1e-9
    whole = [
        sum(costs[part] for part in parts)
        for number in range(fewest, most + 1)
        for parts in itertools.product(range(costs.size), repeat=number)
        if total - (number - 1) <= sum(parts) <= total
    ]
    assert found == pytest.approx(min(whole, default=math.inf))


def test_one_engine_has_it_all() -> None:
    assert cheapest_split(np.array([1.0, 5.0, 7.0]), 2, 1, 1) == 7.0


def test_what_engines_cannot_have_is_infinite() -> None:
    assert cheapest_split(np.array([1.0, 5.0]), 4, 2, 2) == math.inf


def test_without_a_limit_the_cheapest_number_counts() -> None:
    rising = np.array([0.0, 1.0, 4.0, 9.0, 16.0])  # the more engines, the cheaper
    assert cheapest_split(rising, 4, 1) == 0.0
    fixed = np.array([10.0, 11.0, 12.0, 13.0, 14.0])  # the fewer, the cheaper
    assert cheapest_split(fixed, 4, 1) == 14.0
    assert cheapest_split(fixed, 4, 3) == pytest.approx(10.0 + 10.0 + 12.0)


def test_of_many_engines_each_costs_something() -> None:
    """Two engines can have it all: far more of them cost far more, though each has little."""
    costs = np.array([1.0, *np.full(40, 10.0)])
    assert cheapest_split(costs, 60, 2) == 20.0
