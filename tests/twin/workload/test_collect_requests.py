"""Requests are collected once each, given ones and drawn ones, whatever the room for them."""

from __future__ import annotations

import numpy as np
import pytest

from twin.workload.collect_requests import (
    GIVEN,
    REQUEST,
    STREAM,
    Drawing,
    Given,
    collect,
    draw_first,
)
from twin.workload.lengths import CopulaLengths, LogNormalLength
from twin.workload.substreams import Substreams

LENGTHS = CopulaLengths(LogNormalLength(200, 100), LogNormalLength(100, 150), -0.3)
TIMES = np.array([0.0, 3.0, 3.0, 9.0, 1.0, 3.0])  # of two streams, four and two
RATE = 2.0


def streams_and_drawing(seed: int) -> tuple[np.ndarray, Drawing]:
    """Two given streams, one without requests, and one that is drawn."""
    places, step = Substreams(np.random.default_rng(seed)).places(2)
    table = np.zeros(4, STREAM)
    table["model"] = GIVEN, GIVEN, GIVEN, 0
    table["next"] = 0.0, 1.0, np.inf, 0.0
    table["position"] = 0, 4, 6, 0
    table["end"] = 4, 6, 6, 0
    table["rate"][3] = RATE
    table["arrivals_high"][3], table["arrivals_low"][3] = places[0]
    table["lengths_high"][3], table["lengths_low"][3] = places[1]
    prompt, output = LENGTHS.score_tables
    drawing = Drawing(prompt[None], output[None], np.array([LENGTHS.correlation]), step)
    draw_first(table, step)
    return table, drawing


def collected(until: list[float], room: int) -> np.ndarray:
    """All requests before some times, one time after the other, of one stream after the other."""
    table, drawing = streams_and_drawing(5)
    prompt = np.arange(TIMES.size, dtype=np.int32)
    parts = []
    for end in until:
        requests, size = collect(
            table, drawing, Given(TIMES, prompt, prompt + 1000), end, np.empty(room, REQUEST)
        )
        assert requests.size >= size
        parts.append(requests[:size].copy())
        assert (parts[-1]["time"] < end).all()
        assert (np.diff(parts[-1]["stream"]) >= 0).all()
    together = np.concatenate(parts)
    return together[np.argsort(together["stream"], kind="stable")]


@pytest.mark.parametrize("until", [[1000.0], [3.0, 3.1, 3.2, 500.0, 1000.0]])
@pytest.mark.parametrize("room", [1, 10_000])
def test_each_once(until: list[float], room: int) -> None:
    requests = collected(until, room)
    own = requests["stream"] < 3
    np.testing.assert_array_equal(requests["time"][own], TIMES)
    np.testing.assert_array_equal(requests["stream"][own], [0] * 4 + [1] * 2)
    np.testing.assert_array_equal(requests["prompt"][own], np.arange(6))
    np.testing.assert_array_equal(requests["output"][own], np.arange(6) + 1000)

    drawn = requests[~own]
    streams = Substreams(np.random.default_rng(5))
    gaps = streams.select(0).exponential(size=drawn.size)
    prompt, output = LENGTHS.sample(drawn.size, streams.select(1))
    np.testing.assert_allclose(drawn["time"], np.cumsum(gaps) / RATE, rtol=1e-12)
    np.testing.assert_array_equal(drawn["prompt"], prompt)
    np.testing.assert_array_equal(drawn["output"], output)
    assert abs(drawn.size - 1000 * RATE) < 6 * np.sqrt(1000 * RATE)
