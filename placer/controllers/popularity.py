"""Popularity that drifts: who is the most popular adapter, the second, and so on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["drifting_places"]


def drifting_places(
    num_adapters: int, num_intervals: int, drift: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Place of each adapter in the order of popularity, interval by interval.

    Adapters are shuffled first. Before each further interval every adapter is drawn with the same
    probability, and those that are drawn exchange their places at random: the law of popularity
    stays, and who has which is forgotten in about 1 / drift intervals.

    Parameters
    ----------
    num_adapters, num_intervals : int
    drift : float
        Probability of being drawn.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (num_intervals, num_adapters)
        From 0, the most popular; each row is a permutation.
    """
    places = np.empty((num_intervals, num_adapters), np.int64)
    places[0] = rng.permutation(num_adapters)
    for interval in range(1, num_intervals):
        places[interval] = places[interval - 1]
        drawn = np.flatnonzero(rng.random(num_adapters) < drift)
        places[interval, drawn] = places[interval, rng.permutation(drawn)]
    return places
