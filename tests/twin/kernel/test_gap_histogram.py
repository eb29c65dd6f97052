"""Bins of gaps: their edges, and quantiles from counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twin.kernel.gap_histogram import bin_edges, gap_bin, gap_quantile
from twin.kernel.layout import NUM_GAP_BINS


@given(st.floats(0, 1e6))
@example(1e-4)
@example(1e4)
@example(0.1)
def test_bins_are_250_to_a_decade(gap: float) -> None:
    position = gap_bin(gap)
    assert 0 <= position < NUM_GAP_BINS
    if 1e-4 < gap < 9999:
        expected = (math.log10(gap) + 4) * 250
        assert position <= expected + 1e-6
        assert position + 1 >= expected - 1e-6


@given(st.floats(1e-5, 1e5), st.floats(1e-5, 1e5))
def test_longer_gaps_never_go_to_an_earlier_bin(one: float, other: float) -> None:
    assert gap_bin(min(one, other)) <= gap_bin(max(one, other))


@pytest.mark.parametrize(
    ("gap", "position"), [(0.0, 0), (-1.0, 0), (1e-9, 0), (1e9, NUM_GAP_BINS - 1)]
)
def test_outermost_bins_take_the_rest(gap: float, position: int) -> None:
    assert gap_bin(gap) == position


@given(st.integers(0, NUM_GAP_BINS - 1), st.floats(0, 1))
def test_all_between_the_edges_is_in_the_bin(position: int, fraction: float) -> None:
    low, high = bin_edges(position)
    gap = low + fraction * (high - low)
    if low < gap <= high:
        assert gap_bin(gap) == position


def test_no_gaps_no_quantile() -> None:
    assert math.isnan(gap_quantile(np.zeros(NUM_GAP_BINS, np.int64), 0.5))


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.9, 0.99, 1.0])
def test_quantiles_to_within_a_bin(probability: float) -> None:
    gaps = np.random.default_rng(0).lognormal(-3, 1.0, 20_000)
    counts = np.zeros(NUM_GAP_BINS, np.int64)
    for gap in gaps:
        counts[gap_bin(gap)] += 1
    assert counts.sum() == gaps.size
    expected = np.quantile(gaps, probability, method="inverted_cdf")
    assert gap_quantile(counts, probability) == pytest.approx(expected, rel=0.005)
