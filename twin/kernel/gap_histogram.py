"""Histogram of the gaps between output tokens: logarithmic bins from 0.1 ms to 10,000 s."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.compiled import inlined
from twin.kernel.layout import NUM_GAP_BINS

__all__ = ["bin_edges", "gap_bin", "gap_quantile"]

_LOWEST = 1e-4
_BINS_PER_DECADE = NUM_GAP_BINS // 8


@inlined
def gap_bin(seconds: float) -> int:
    """Bin of a gap; gaps beyond either end go to the outermost bin."""
    if seconds <= _LOWEST:
        return 0
    return min(NUM_GAP_BINS - 1, int(math.log10(seconds / _LOWEST) * _BINS_PER_DECADE))


@inlined
def bin_edges(position: int) -> tuple[float, float]:
    """Gaps (s) that certainly belong to this bin: above the first value, up to the second."""
    margin = 1e-9
    low = _LOWEST * 10.0 ** (position / _BINS_PER_DECADE)
    high = _LOWEST * 10.0 ** ((position + 1) / _BINS_PER_DECADE)
    return low * (1 + margin), high * (1 - margin)


def gap_quantile(counts: NDArray[np.int64], probability: float) -> float:
    """Gap (s) at a cumulative probability, to within the 0.9 % width of a bin; NaN if empty."""
    cumulative = np.cumsum(counts)
    if cumulative[-1] == 0:
        return math.nan
    position = int(np.searchsorted(cumulative, probability * cumulative[-1], side="left"))
    return float(_LOWEST * 10 ** ((position + 0.5) / _BINS_PER_DECADE))
