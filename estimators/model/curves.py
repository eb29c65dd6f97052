"""Curves and quantiles, looked up by compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

__all__ = ["interpolated", "share_below"]

FloatArray = NDArray[np.float64]


@compiled
def _interval(x: float, bounds: FloatArray) -> int:
    """Number of the last bound, ascending, that x reaches; x lies between the outer ones."""
    low, high = 0, bounds.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if bounds[middle] <= x:
            low = middle
        else:
            high = middle
    return low


@compiled
def interpolated(x: float, xs: FloatArray, ys: FloatArray) -> Any:
    """Value at x of a growing curve of straight lines, constant beyond its ends."""
    if x <= xs[0]:
        return ys[0]
    if x >= xs[-1]:
        return ys[-1]
    k = _interval(x, xs)
    return ys[k] + (ys[k + 1] - ys[k]) * (x - xs[k]) / (xs[k + 1] - xs[k])


@compiled
def share_below(x: float, quantiles: FloatArray) -> Any:
    """Probability that a variable with these quantiles lies below x."""
    last = quantiles.size - 1
    if x <= quantiles[0]:
        return 0.0
    if x >= quantiles[last]:
        return 1.0
    k = _interval(x, quantiles)
    return (k + (x - quantiles[k]) / (quantiles[k + 1] - quantiles[k])) / last
