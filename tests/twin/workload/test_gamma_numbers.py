"""Gamma-distributed numbers of compiled code are numpy's, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from twin.compiled import compiled
from twin.workload.gamma_numbers import gamma
from twin.workload.substreams import Substreams

COUNT = 200_000  # among which the rare cases are: beyond a layer, and in the tail


@compiled
def gammas(shape: float, place: np.ndarray, step: np.ndarray, numbers: np.ndarray) -> None:
    high, low = place
    for k in range(numbers.size):
        numbers[k], high, low = gamma(shape, high, low, step[0], step[1])


@pytest.mark.parametrize("shape", [1e-6, 0.25, 0.9, 1.0, 1.25, 4.0, 1e6])
def test_numbers_are_numpys(shape: float) -> None:
    streams = Substreams(np.random.default_rng(4))
    places, step = streams.places(3)
    for number in range(3):
        numbers = np.empty(COUNT)
        gammas(shape, places[number], step, numbers)
        expected = streams.select(number).standard_gamma(shape, COUNT)
        np.testing.assert_array_equal(numbers, expected)
