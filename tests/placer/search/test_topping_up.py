"""What fills a GPU is found as numpy finds it."""

from __future__ import annotations

import numpy as np
import pytest

from placer.bounds.weight_table import utilization
from placer.search.topping_up import best_beside, number_within


def figures_of(number: int, seed: int) -> np.ndarray:
    """Traffic, weight and crowd; a weight is at least the traffic, and the crowd their ratio's."""
    rng = np.random.default_rng(seed)
    traffic = rng.uniform(0.001, 0.05, number)
    weight = traffic * rng.uniform(1, 3, number)
    return np.stack([traffic, weight, weight**2 / traffic], axis=1)


@pytest.mark.parametrize("limit", [0.0, 0.3, 0.9, 1.0, 50.0])
@pytest.mark.parametrize("seed", range(5))
def test_items_in_order_are_within_the_limit_together(limit: float, seed: int) -> None:
    figures = figures_of(60, seed)
    beyond = np.flatnonzero(utilization(np.cumsum(figures, axis=0)) > limit)
    assert number_within(figures, limit) == (beyond[0] if beyond.size else 60)


@pytest.mark.parametrize("limit", [0.05, 0.5, 0.7, 50.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_one_that_fills_most_is_found(limit: float, seed: int) -> None:
    figures = figures_of(60, seed)
    total, allowed = figures[:20].sum(axis=0), np.random.default_rng(seed).random(60) < 0.8
    used = utilization(total + figures)
    used[~allowed | (used > limit)] = -1.0
    best = int(np.argmax(used))
    assert best_beside(total, figures, allowed, limit) == (best if used[best] >= 0 else -1)


def test_of_equal_ones_it_is_the_first_and_what_takes_nothing_may_be_taken() -> None:
    three = np.zeros((3, 3))
    everyone = np.ones(3, dtype=bool)
    assert best_beside(np.zeros(3), three, everyone, 1.0) == 0
    three[1:] = 0.5, 0.5, 0.5
    assert best_beside(np.zeros(3), three, everyone, 1.0) == 1
    assert best_beside(np.zeros(3), three, np.zeros(3, dtype=bool), 1.0) == -1
