"""Burstiness of a recorded stream, and an arrival process that has it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.workload.arrivals import ArrivalProcess, BurstyArrivals, GammaArrivals, PoissonArrivals

__all__ = ["dispersion_index", "fit_arrivals"]

FloatArray = NDArray[np.float64]

_FEWEST_REQUESTS = 100
_FEWEST_WINDOWS = 30
_MOST_WINDOWS = 300  # beyond, more windows give a figure no more weight
_WINDOWS = 10


def dispersion_index(times: FloatArray, span: float, window: float) -> float:
    """Variance over mean of the number of arrivals in a window; 1 for Poisson.

    Parameters
    ----------
    times : ndarray of shape (n,)
        Sorted arrival times (s) in [0, span).
    span : float
        Length of the recording in seconds.
    window : float
        Length of the windows in seconds; the recording should hold many.
    """
    edges = np.arange(0.0, span, window)
    counts = np.diff(np.searchsorted(times, edges))
    return float(counts.var(ddof=1) / counts.mean())


def fit_arrivals(times: FloatArray, span: float) -> ArrivalProcess:
    """Arrival process with the index of dispersion of a recorded stream, at every time scale.

    The index is measured in windows from four gaps up to a thirtieth of the recording: below,
    counts say little, and clocks that tick in seconds would look like bursts; above, there are too
    few windows. The logarithm of an index measured in n windows has a variance of about 2 / n.
    `BurstyArrivals` is fitted to the logarithms by least squares with these weights. A stream that
    is more regular than Poisson gets gamma gaps with the mean index as squared coefficient of
    variation. One that does not differ from Poisson by more than the noise, or has less than 100
    requests, is taken as Poisson.

    Parameters
    ----------
    times : ndarray of shape (n,)
        Sorted arrival times in seconds, from 0.
    span : float
        Length of the recording in seconds.
    """
    largest = span / _FEWEST_WINDOWS
    gaps = np.diff(times)
    gaps = gaps[gaps > 0]
    if times.size < _FEWEST_REQUESTS:
        return PoissonArrivals()
    smallest = 4 * max(span / times.size, float(np.median(gaps)))
    windows = np.geomspace(min(smallest, largest), largest, _WINDOWS)
    index = np.array([dispersion_index(times, span, window) for window in windows])
    logs = np.log(np.maximum(index, 1e-3))
    weights = np.minimum(span / windows, _MOST_WINDOWS) / 2
    if float(np.sum(weights * logs**2)) < 2 * _WINDOWS:
        return PoissonArrivals()
    mean_log = float(np.average(logs, weights=weights))
    if mean_log < 0:
        return GammaArrivals(math.exp(mean_log / 2))
    return _fit_bursts(windows, logs, weights)


def _fit_bursts(windows: FloatArray, logs: FloatArray, weights: FloatArray) -> BurstyArrivals:
    """Best pair of excess and relaxation time on a grid."""
    best = (math.inf, 1.0, 1.0)
    for relaxation in np.geomspace(windows[0] / 4, windows[-1], 40):
        x = windows / relaxation
        growth = 1 - (1 - np.exp(-x)) / x
        excess = np.geomspace(0.01, 4 * math.exp(logs.max()) / growth[-1], 100)
        errors = np.sum(weights * (np.log1p(np.outer(excess, growth)) - logs) ** 2, axis=1)
        i = int(np.argmin(errors))
        best = min(best, (float(errors[i]), float(excess[i]), float(relaxation)))
    return BurstyArrivals(math.sqrt(1 + best[1]), best[2])
