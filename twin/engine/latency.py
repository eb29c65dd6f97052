"""Latencies: the figures that sum up how long requests took, and their names, in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["LATENCY_NAMES", "Distribution", "Latencies"]

Figure = TypeVar("Figure")

_UNKNOWN: Any = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies(Generic[Figure]):
    """Latencies in seconds, over the requests that finished; NaN where there is none.

    They are numbers, or arrays with a number for each of several candidates. Whoever has these
    figures is a subclass, and `LATENCY_NAMES` names them all in order.

    Parameters
    ----------
    ttft_mean, ttft_p50, ttft_p90, ttft_p99
        Time to first token.
    tpot_mean, tpot_p50, tpot_p90, tpot_p99
        Time per output token, of requests with two tokens or more.
    itl_mean, itl_p50, itl_p99
        Gaps between output tokens, pooled over requests.
    """

    ttft_mean: Figure = _UNKNOWN
    ttft_p50: Figure = _UNKNOWN
    ttft_p90: Figure = _UNKNOWN
    ttft_p99: Figure = _UNKNOWN
    tpot_mean: Figure = _UNKNOWN
    tpot_p50: Figure = _UNKNOWN
    tpot_p90: Figure = _UNKNOWN
    tpot_p99: Figure = _UNKNOWN
    itl_mean: Figure = _UNKNOWN
    itl_p50: Figure = _UNKNOWN
    itl_p99: Figure = _UNKNOWN


LATENCY_NAMES = tuple(field.name for field in fields(Latencies))
"""Names of the figures, in order."""


class Distribution(NamedTuple):
    """Mean, median, 90th and 99th percentile; NaN where there is no value."""

    mean: float
    p50: float
    p90: float
    p99: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Distribution:
        """Distribution of values, of shape (n,)."""
        if not values.size:
            return cls(*[math.nan] * 4)
        ordered = np.sort(values)  # which NumPy does faster than finding quantiles

        def quantile(probability: float) -> float:
            rank = probability * (ordered.size - 1)
            low = int(rank)
            high = min(low + 1, ordered.size - 1)
            return float(ordered[low] + (rank - low) * (ordered[high] - ordered[low]))

        return cls(float(values.mean()), quantile(0.5), quantile(0.9), quantile(0.99))
