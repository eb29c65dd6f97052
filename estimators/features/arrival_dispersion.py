"""How much the number of arrivals in a window scatters, for every kind of arrival process."""

from __future__ import annotations

import math

from twin.workload.arrivals import (
    ArrivalProcess,
    BurstyArrivals,
    DiurnalArrivals,
    GammaArrivals,
    OnOffArrivals,
    PoissonArrivals,
)

__all__ = ["arrival_dispersion"]


def arrival_dispersion(arrivals: ArrivalProcess, rate: float, window: float) -> float:
    """Index of dispersion: variance over mean of the number of arrivals in a window.

    1 is Poisson. It is exact for Poisson, on/off, bursty and diurnal arrivals (of random phase).
    Gamma gaps have clusters of arrivals, which long windows hold whole and short ones in part; the
    formula for that is within a quarter of what is sampled. Any other process is taken to scatter
    as much in this window as in a long one.

    Parameters
    ----------
    arrivals : ArrivalProcess
    rate : float
        Mean requests/s.
    window : float
        Seconds.
    """
    if isinstance(arrivals, PoissonArrivals):
        return 1.0
    excess = arrivals.cv**2 - 1
    if isinstance(arrivals, BurstyArrivals):
        return 1 + excess * _grown(window / arrivals.relaxation)
    if isinstance(arrivals, OnOffArrivals):
        if arrivals.on_fraction == 1:
            return 1.0
        relaxation = arrivals.mean_on * (1 - arrivals.on_fraction)
        return 1 + excess * rate * _grown(window / relaxation)
    if isinstance(arrivals, DiurnalArrivals):
        half = math.pi * window / arrivals.period
        return 1 + rate * window * (arrivals.amplitude * math.sin(half) / half) ** 2 / 2
    if isinstance(arrivals, GammaArrivals):
        gaps = rate * window
        if excess < 0:
            return 1 + excess * gaps / (0.25 + gaps)
        ratio = 0.25 + 5 * gaps / arrivals.cv**2
        return 1 + excess * ratio / (1 + ratio)
    return 1 + excess


def _grown(ratio: float) -> float:
    """Part of the long-run excess that a window shows whose length is ``ratio`` relaxations."""
    return 1 - (-math.expm1(-ratio)) / ratio
