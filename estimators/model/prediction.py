"""What a model predicts for an engine, under which conditions, and when it cannot."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.starvation import USUAL_RULE
from estimators.window import USUAL_WINDOW

__all__ = [
    "FITS",
    "MEMORY_ERROR",
    "OUTPUTS",
    "RANK_TOO_LARGE",
    "USUAL",
    "Conditions",
    "Prediction",
    "Predictions",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

OUTPUTS = (
    "served_share",
    "spread",
    "neglected",
    "ttft_mean",
    "ttft_p50",
    "ttft_p90",
    "ttft_p99",
    "tpot_mean",
    "tpot_p50",
    "tpot_p90",
    "tpot_p99",
    "itl_mean",
    "itl_p99",
    "busy",
)
"""What the trees of a model add up to, in order: logarithms relative to the equilibrium
(served_share, ttft_mean, tpot_mean, itl_mean, busy), to the mean (quantiles), the logarithm of the
error to be expected of the first, and the log odds that an adapter is neglected."""


class Prediction(IntEnum):
    """Rows of what a model predicts, the first ones in the order of `estimators.base.Estimate`."""

    OFFERED = 0
    SERVED = 1
    STARVATION = 2
    MEMORY_ERROR = 3
    TTFT_MEAN = 4
    TTFT_P99 = 5
    TPOT_MEAN = 6
    TPOT_P99 = 7
    ITL_MEAN = 8
    ITL_P99 = 9
    POWER = 10
    UNCERTAINTY = 11
    TTFT_P50 = 12
    TTFT_P90 = 13
    TPOT_P50 = 14
    TPOT_P90 = 15
    BUSY = 16


class Conditions(NamedTuple):
    """What a prediction is for, and what it needs of the profile beside its costs.

    Parameters
    ----------
    min_requests : float
        The window is lengthened until so many requests are expected.
    adapters_starve : bool
        Whether an engine starves too that neglects one of its adapters.
    idle_watts, busy_watts : float
        Power of the GPU.
    uncertainty : float
        Relative standard error of the profile's throughput.
    """

    min_requests: float = float(USUAL_WINDOW.min_requests)
    adapters_starve: bool = USUAL_RULE.adapters_starve
    idle_watts: float = math.nan
    busy_watts: float = math.nan
    uncertainty: float = 0.0


USUAL = Conditions()
"""Without power and uncertainty."""

FITS, MEMORY_ERROR, RANK_TOO_LARGE = -1, -2, -3


class Predictions(NamedTuple):
    """Predictions for n engines.

    Parameters
    ----------
    figures : ndarray of shape (len(Prediction), n)
        One row for each `Prediction`: offered and served tokens/s, probability of starvation,
        whether there is a memory error, latencies in seconds, W, relative standard error of the
        served throughput, and the share of the time in which the engine works.
    outside : ndarray of shape (n,)
        Number of the feature that lies farthest outside the range of the training; `FITS` for
        none, `MEMORY_ERROR` where the engine does not start, and `RANK_TOO_LARGE` where an
        adapter's rank is above ``max_lora_rank``.
    """

    figures: FloatArray
    outside: IntArray
