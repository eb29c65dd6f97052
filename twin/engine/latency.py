"""Latencies: the figures that sum up how long requests took, and their names, in one place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
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
        return cls(float(values.mean()), *_quantiles(values, (0.5, 0.9, 0.99)))


def _quantiles(values: NDArray[np.float64], probabilities: Sequence[float]) -> Iterator[float]:
    """Quantiles of ascending probabilities, linear between values.

    Each is looked for among the values above the one before, which takes a third of the time of
    sorting, and that less than what NumPy's own quantiles take.
    """
    above, below = values, 0  # values from the last quantile on, and how many are below it
    for probability in probabilities:
        rank = probability * (values.size - 1)
        place = int(rank)
        above = np.partition(above, place - below)[place - below :]
        below = place
        following = above[1:].min() if above.size > 1 else above[0]
        yield float(above[0] + (rank - place) * (following - above[0]))
