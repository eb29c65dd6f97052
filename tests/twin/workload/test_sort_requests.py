"""Requests of a piece are sorted by cells of time; a crowded cell is left to the usual sort."""

from __future__ import annotations

import numpy as np
import pytest

from twin.workload.collect_requests import REQUEST
from twin.workload.sort_requests import Merged, write_crowded, write_sorted

CELLS = 10
BEGIN, PER_SECOND = 100.0, 2.0  # a piece of five seconds


def requests_at(times: list[float]) -> np.ndarray:
    requests = np.zeros(len(times), REQUEST)
    requests["time"] = times
    requests["stream"] = requests["prompt"] = np.arange(len(times))
    requests["output"] = requests["prompt"] + 1000
    return requests


def room(size: int) -> Merged:
    return Merged(np.full(size, -1.0), *np.full((3, size), -1, np.int32))


def check(times: list[float], merged: Merged) -> None:
    """They stand from the third place on, in the order of a stable sort."""
    order = np.argsort(times, kind="stable")
    np.testing.assert_array_equal(merged.arrival[2:], np.array(times)[order])
    np.testing.assert_array_equal(merged.stream[2:], order)
    np.testing.assert_array_equal(merged.prompt[2:], order)
    np.testing.assert_array_equal(merged.output[2:], order + 1000)
    assert all((column[:2] == -1).all() for column in merged)


@pytest.mark.parametrize(
    "times",
    [
        [],
        [104.9, 100.0, 102.0, 102.0, 101.9, 103.3],
        [105.0 - 1e-13, 104.99, 104.98],  # the last one's cell is beyond, by rounding
        [101.2] * 64,
        [101.0 + 0.4 * (k % 7) / 7 for k in range(64)],
    ],
)
def test_sorted_in_both_ways(times: list[float]) -> None:
    merged = room(len(times) + 2)
    ends = np.empty(CELLS + 1, np.int32)
    assert write_sorted(requests_at(times), len(times), BEGIN, PER_SECOND, ends, merged, 2)
    check(times, merged)
    merged = room(len(times) + 2)
    write_crowded(requests_at(times), merged, 2)
    check(times, merged)


def test_a_crowded_cell_is_left() -> None:
    times = [101.3, *[101.2] * 64]
    merged = room(len(times) + 2)
    ends = np.empty(CELLS + 1, np.int32)
    assert not write_sorted(requests_at(times), len(times), BEGIN, PER_SECOND, ends, merged, 2)
    assert all((column == -1).all() for column in merged)
    write_crowded(requests_at(times), merged, 2)
    check(times, merged)
