"""Popularity that drifts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placer.controllers.popularity import drifting_places


@given(
    adapters=st.integers(1, 30),
    intervals=st.integers(1, 20),
    drift=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_every_interval_has_an_order(
    adapters: int, intervals: int, drift: float, seed: int
) -> None:
    places = drifting_places(adapters, intervals, drift, np.random.default_rng(seed))
    assert places.shape == (intervals, adapters)
    np.testing.assert_array_equal(
        np.sort(places, axis=1), np.tile(np.arange(adapters), (intervals, 1))
    )


def test_without_drift_it_stays() -> None:
    places = drifting_places(20, 10, 0.0, np.random.default_rng(0))
    assert (places == places[0]).all()


def test_as_many_are_drawn_as_it_says() -> None:
    places = drifting_places(100, 2000, 0.02, np.random.default_rng(0))
    changed = (places[1:] != places[:-1]).mean()
    # Of k that are drawn k - 1 change places in the mean, unless k is 0.
    expected = (0.02 * 100 - (1 - 0.98**100)) / 100
    assert changed == pytest.approx(expected, rel=0.1)
