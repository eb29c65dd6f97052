"""Requests that pass the server before the engine."""

from __future__ import annotations

import math

import numpy as np

from twin.kernel.front_end import pass_on


def test_what_is_written_and_how_much_of_it() -> None:
    """The same adapter again does not block; what adjoins a period prolongs it."""
    arrival = np.array([1.0, 1.5, 3.0, 3.25, 9.0])
    adapter = np.array([0, 0, 1, -1, 2])
    seen = np.zeros(4, np.bool_)
    at_engine, still = np.full(5, math.nan), np.full((4, 2), math.nan)
    assert pass_on(arrival, adapter, 2.0, seen, -math.inf, at_engine, still) == 2
    assert at_engine.tolist() == [3.0, 3.0, 5.0, 5.0, 11.0]
    assert still[:2].tolist() == [[1.0, 5.0], [9.0, 11.0]]
    assert np.isnan(still[2:]).all()
    assert seen.tolist() == [True, True, True, False]


def test_a_server_that_stands_still_already() -> None:
    at_engine, still = np.empty(1), np.empty((1, 2))
    seen = np.zeros(1, np.bool_)
    assert pass_on(np.array([1.0]), np.array([0]), 2.0, seen, 4.0, at_engine, still) == 1
    assert (at_engine.tolist(), still.tolist()) == ([6.0], [[4.0, 6.0]])
