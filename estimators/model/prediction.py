"""What a model predicts for an engine, under which conditions, and when it cannot."""

from __future__ import annotations

import math
from enum import IntEnum
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimate
from estimators.starvation import USUAL_RULE
from estimators.window import USUAL_WINDOW

__all__ = [
    "EVERY_ENGINE",
    "FITS",
    "MEMORY_ERROR",
    "OUTPUTS",
    "PLAIN",
    "PREDICTION",
    "RANK_TOO_LARGE",
    "USUAL",
    "WIDTH",
    "Conditions",
    "Output",
    "Predictions",
    "served_ratio",
]


EVERY_ENGINE = "every-engine"
"""In place of a fingerprint: the model was trained for the engines of every profile."""


class Output(IntEnum):
    """What the trees of a model add up to, in the order of the model files.

    Logarithms relative to the equilibrium (served_share, ttft_mean, tpot_mean, itl_mean, busy), or
    to the mean (quantiles); the logarithm of the error to be expected of the first (spread); and
    the log odds that an adapter is neglected.
    """

    SERVED_SHARE = 0
    SPREAD = 1
    NEGLECTED = 2
    TTFT_MEAN = 3
    TTFT_P50 = 4
    TTFT_P90 = 5
    TTFT_P99 = 6
    TPOT_MEAN = 7
    TPOT_P50 = 8
    TPOT_P90 = 9
    TPOT_P99 = 10
    ITL_MEAN = 11
    ITL_P99 = 12
    BUSY = 13


OUTPUTS = tuple(output.name.lower() for output in Output)
"""Names of the outputs, in order."""


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

_FIELDS = [
    *((name, "?" if name == "memory_error" else "d") for name in Estimate._fields),
    ("busy", "d"),
    ("outside", "q"),
]
PREDICTION = np.dtype(_FIELDS, align=True)
"""A prediction: the figures of `Estimate`; ``busy``, the share of the time in which the engine
works; and ``outside``, the number of the feature that lies farthest outside the range of the
training: `FITS` for none, `MEMORY_ERROR` where the engine does not start, and `RANK_TOO_LARGE`
where an adapter's rank is above ``max_lora_rank``."""

WIDTH = PREDICTION.itemsize // 8
"""Numbers of a prediction."""

PLAIN = Struct("".join(code for _, code in _FIELDS))
"""Turns a prediction into Python's own numbers, in less time than NumPy."""

Predictions = NDArray[np.void]
"""Predictions for n engines: records of `PREDICTION`, of shape (n,)."""


def served_ratio(predictions: Predictions) -> NDArray[np.float64]:
    """Served over offered throughput, of shape (n,)."""
    ratio: NDArray[np.float64] = (
        predictions["served_throughput"] / predictions["offered_throughput"]
    )
    return ratio
