"""Merging is a stable sort, whatever the times are like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.workload import merge_streams as module
from twin.workload.collect_requests import GIVEN, STREAM, Drawing, Given
from twin.workload.merge_streams import merge_streams
from twin.workload.sort_requests import Merged
from twin.workload.stopped import Stopped, never

NO_TABLE = np.ones((1, 1))
NO_DRAWING = Drawing(NO_TABLE, NO_TABLE, np.ones(1), np.zeros(2, np.uint64))


def merge(streams: Sequence[np.ndarray], duration: float, stop: object = never) -> Merged:
    table = np.zeros(len(streams), STREAM)
    ends = np.cumsum([own.size for own in streams])
    table["model"], table["end"] = GIVEN, ends
    table["position"] = ends - [own.size for own in streams]
    table["next"] = [own[0] if own.size else np.inf for own in streams]
    prompt = np.arange(ends[-1], dtype=np.int32)
    together = Given(np.concatenate(streams), prompt, prompt + 1000)
    return merge_streams(table, NO_DRAWING, together, duration, stop)  # type: ignore[arg-type]


def check(streams: Sequence[np.ndarray], duration: float) -> None:
    """The merged stream is that of a stable sort."""
    merged = merge(streams, duration)
    together = np.concatenate(streams)
    order = np.argsort(together, kind="stable")
    owner = np.repeat(np.arange(len(streams)), [own.size for own in streams])
    np.testing.assert_array_equal(merged.arrival, together[order])
    np.testing.assert_array_equal(merged.stream, owner[order])
    np.testing.assert_array_equal(merged.prompt, order)
    np.testing.assert_array_equal(merged.output, order + 1000)
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
def test_many_pieces(rate: float) -> None:
    rng = np.random.default_rng(0)
    sizes = (1000, 1, 0, *(rng.poisson(rate * 1000, 20)))
    check([np.sort(rng.uniform(0, 1000, size)) for size in sizes], 1000.0)


def test_more_streams_than_requests_in_a_piece() -> None:
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
    """All in a tenth of the window, more than a piece has room for."""
    rng = np.random.default_rng(1)
    check([np.sort(rng.uniform(500, 600, 30_000)) for _ in range(4)], 1000.0)


def test_times_at_the_end_of_the_window() -> None:
    last = np.nextafter(10.0, 0.0)
    check([np.array([last]), np.array([0.0, last])], 10.0)


def test_nothing_arrives() -> None:
    check([np.empty(0), np.empty(0)], 10.0)


def test_merging_can_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PART", 5000)
    answers = iter([False, True])
    times = np.linspace(0, 9, 20_000)
    with pytest.raises(Stopped):
        merge([times], 10.0, lambda: next(answers))
    assert not list(answers)
