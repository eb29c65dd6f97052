"""Merging is a stable sort, whatever the times are like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.workload.merge_streams import merge_streams


def check(streams: Sequence[np.ndarray], duration: float) -> None:
    """The merged stream is that of a stable sort; there may be room between the streams."""
    room = np.full(3, -1.0)
    times = np.concatenate([np.concatenate((own, room)) for own in streams])
    counts = np.array([own.size for own in streams])
    starts = np.cumsum(counts + room.size) - counts - room.size
    n = int(counts.sum())
    prompt, output = np.arange(n, dtype=np.int32), np.arange(n, dtype=np.int32) + 1000
    merged = merge_streams(times, starts, counts, prompt, output, duration)
    together = np.concatenate(streams)
    order = np.argsort(together, kind="stable")
    np.testing.assert_array_equal(merged.arrival, together[order])
    np.testing.assert_array_equal(merged.stream, np.repeat(np.arange(counts.size), counts)[order])
    np.testing.assert_array_equal(merged.prompt, prompt[order])
    np.testing.assert_array_equal(merged.output, output[order])
    assert {array.dtype for array in merged[1:]} == {np.dtype(np.int32)}


def times_of(elements: st.SearchStrategy[float]) -> st.SearchStrategy[list[np.ndarray]]:
    stream = st.lists(elements, max_size=40).map(lambda own: np.sort(np.array(own, np.float64)))
    return st.lists(stream, min_size=1, max_size=8)


@given(times_of(st.floats(0, 10, exclude_max=True)))
def test_any_times(streams: list[np.ndarray]) -> None:
    check(streams, 10.0)


@given(times_of(st.sampled_from([0.0, 1.0, 1.5, 9.0])))
def test_equal_times_stay_in_order(streams: list[np.ndarray]) -> None:
    check(streams, 10.0)


@pytest.mark.parametrize("rate", [1.0, 30.0])
def test_many_chunks(rate: float) -> None:
    rng = np.random.default_rng(0)
    sizes = (1000, 1, 0, *(rng.poisson(rate * 1000, 20)))
    check([np.sort(rng.uniform(0, 1000, size)) for size in sizes], 1000.0)


def test_more_streams_than_cells() -> None:
    rng = np.random.default_rng(0)
    check([np.sort(rng.uniform(0, 10, rng.integers(0, 3))) for _ in range(20_000)], 10.0)


@pytest.mark.parametrize("size", [64, 65, 1000])
def test_crowded_times(size: int) -> None:
    """Most requests in one moment: beyond 64 in a cell another way of sorting takes over."""
    rng = np.random.default_rng(size)
    crowd = np.sort(rng.uniform(0, 1e-6, size))
    check([crowd, np.sort(rng.uniform(0, 3600, 100)), crowd], 3600.0)
    check([np.full(size, 7.0), np.full(3, 7.0)], 3600.0)


def test_busy_spells() -> None:
    """All in a tenth of the window, more than a chunk has room for."""
    rng = np.random.default_rng(1)
    check([np.sort(rng.uniform(500, 600, 30_000)) for _ in range(4)], 1000.0)


def test_times_at_the_end_of_the_window() -> None:
    last = np.nextafter(10.0, 0.0)
    check([np.array([last]), np.array([0.0, last])], 10.0)


def test_nothing_arrives() -> None:
    check([np.empty(0), np.empty(0)], 10.0)
