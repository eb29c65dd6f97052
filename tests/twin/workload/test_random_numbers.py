"""Numbers of compiled code are numpy's, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from twin.compiled import compiled
from twin.workload.random_numbers import exponential, uniform
from twin.workload.substreams import Substreams

COUNT = 200_000  # among which the rare cases are: beyond a layer, and in the tail


@compiled
def uniforms(place: np.ndarray, step: np.ndarray, numbers: np.ndarray) -> None:
    high, low = place
    for k in range(numbers.size):
        numbers[k], high, low = uniform(high, low, step[0], step[1])


@compiled
def exponentials(place: np.ndarray, step: np.ndarray, numbers: np.ndarray) -> None:
    high, low = place
    for k in range(numbers.size):
        numbers[k], high, low = exponential(high, low, step[0], step[1])


@pytest.mark.parametrize(
    ("draw", "name"), [(uniforms, "random"), (exponentials, "standard_exponential")]
)
def test_numbers_are_numpys(draw: Callable[..., Any], name: str) -> None:
    streams = Substreams(np.random.default_rng(4))
    places, step = streams.places(12)
    for number in (0, 1, 11):
        numbers = np.empty(COUNT)
        draw(places[number], step, numbers)
        expected = getattr(streams.select(number), name)(COUNT)
        np.testing.assert_array_equal(numbers, expected)
